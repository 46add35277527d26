/** Checkpoints that are made for a test; tools/golden/checkpoints.py makes the same. @module */
import { dirname, join } from "node:path";
import { type FloatTensors, safetensorsParts } from "../src/models/mod.ts";
import { elementCount } from "../src/runtime/mod.ts";
import { characterTokenizer } from "../src/text/tokenizer.ts";
import golden from "./golden/checkpoints.json" with { type: "json" };

/** A tensor: the name that its numbers follow from, and its shape. */
export type MadeTensor = readonly [name: string, ...shape: number[]];
/** The tensors of a file by name. */
export type MadeTensors = Readonly<Record<string, MadeTensor>>;
/** The files of a directory by path: JSON, or tensors. */
export type MadeFiles = Readonly<Record<string, object>>;

/** Numbers that follow from a name: a hash (FNV-1a) of it, and of each place (the finalizer of murmur3). */
export function made(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  let seed = 2166136261;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 16777619);
  const norm = name.includes("norm");
  return Float32Array.from({ length: elementCount(shape) }, (_, i) => {
    let x = (seed + i) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85EBCA6B);
    x = Math.imul(x ^ (x >>> 13), 0xC2B2AE35);
    const uniform = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32 - 0.5;
    return norm ? 1 + 0.4 * uniform : uniform;
  });
}

const files = new Map<string, Uint8Array<ArrayBuffer>>();

/** The bytes of a safetensors file; made once. */
function madeSafetensors(tensors: MadeTensors): Uint8Array<ArrayBuffer> {
  const key = JSON.stringify(tensors);
  if (!files.has(key)) files.set(key, joined(safetensorsParts(valuesOf(tensors))));
  return files.get(key)!;
}

function valuesOf(tensors: MadeTensors): FloatTensors {
  return new Map(
    Object.entries(tensors).map(([name, [source, ...dims]]) =>
      [name, { dims, data: made(source, dims) }] as const
    ),
  );
}

function joined(parts: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const all = [...parts], bytes = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A directory that is removed with the object. */
export interface Made extends Disposable {
  readonly directory: string;
}

/** Writes files, with a tokenizer and an end id. */
export function makeCheckpoint(files: MadeFiles): Made {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  const all: MadeFiles = {
    "tokenizer.json": characterTokenizer("ab:?#0"),
    "generation_config.json": { eos_token_id: 1 },
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    const path = join(directory, name);
    Deno.mkdirSync(dirname(path), { recursive: true });
    if (name.endsWith(".json")) Deno.writeTextFileSync(path, JSON.stringify(content));
    else Deno.writeFileSync(path, madeSafetensors(content as MadeTensors));
  }
  return { directory, [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }) };
}

/** A case of the golden data. */
export interface GoldenCase {
  readonly name: string;
  readonly files: MadeFiles;
  readonly logps: readonly number[];
  /** Of ten AdamW steps on the adapter. */
  readonly losses?: readonly number[];
}

/** What transformers and PEFT make of checkpoints. */
export const GOLDEN: readonly GoldenCase[] = golden.cases.map(({ files, ...rest }) => ({
  ...rest as Omit<GoldenCase, "files">,
  files: Object.fromEntries(
    Object.entries(files as Record<string, object | number>).map(([file, content]) =>
      [file, typeof content === "number" ? golden.tensors[content]! : content] as const
    ),
  ),
}));

/** A case by name. */
export function goldenCase(name: string): GoldenCase {
  return GOLDEN.find((one) => one.name === name)!;
}

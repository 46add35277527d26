/** GGUF files with metadata of a test's own, around the tensors of a golden one. @module */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBytes } from "../src/models/mod.ts";
import { type GgufTensor, readGgufHeader } from "../src/models/gguf_header.ts";

const GOLDEN = fileURLToPath(new URL("golden/gguf/llama.gguf", import.meta.url));

/** A value of metadata: numbers are uint32, and float32 where they are not whole, unless their type is given. */
export type Stored = unknown;

/** A number of one of GGUF's types. */
export interface Typed {
  readonly type: "uint32" | "int32" | "float32" | "uint64";
  readonly value: number;
}

/** What a file is made of. */
export interface Parts {
  readonly metadata: Readonly<Record<string, Stored>>;
  readonly tensors: readonly (GgufTensor & { readonly bytes: Uint8Array })[];
}

/** The parts of the golden file. */
export function goldenParts(): Parts {
  const file = Deno.readFileSync(GOLDEN),
    { metadata, tensors } = readGgufHeader(fromBytes(file, GOLDEN));
  const ends = [...tensors.map(({ offset }) => offset), file.length].toSorted((a, b) => a - b);
  return {
    metadata,
    tensors: tensors.map((tensor) => ({
      ...tensor,
      bytes: file.slice(tensor.offset, ends.find((end) => end > tensor.offset)),
    })),
  };
}

/** The golden file with other metadata; `undefined` takes a key out. */
export function ggufWith(changes: Readonly<Record<string, Stored>>): Uint8Array<ArrayBuffer> {
  const { metadata, tensors } = goldenParts();
  return writeGguf({ metadata: { ...metadata, ...changes }, tensors });
}

const TYPES = { uint32: 4, int32: 5, float32: 6, uint64: 10 } as const;
const BOOLEAN = 7, STRING = 8, LIST = 9, ALIGNMENT = 32;

/** The bytes of a file, with tensors in their order one after the other. */
export function writeGguf({ metadata, tensors }: Parts): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const number = (value: number, type: Typed["type"]) => {
    const view = new DataView(new ArrayBuffer(type === "uint64" ? 8 : 4));
    if (type === "uint32") view.setUint32(0, value, true);
    if (type === "int32") view.setInt32(0, value, true);
    if (type === "float32") view.setFloat32(0, value, true);
    if (type === "uint64") view.setBigUint64(0, BigInt(value), true);
    parts.push(new Uint8Array(view.buffer));
  };
  const string = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    number(bytes.length, "uint64");
    parts.push(bytes);
  };
  const typeOf = (value: Stored): number => {
    if (typeof value === "boolean") return BOOLEAN;
    if (typeof value === "string") return STRING;
    if (typeof value === "number") return Number.isInteger(value) ? TYPES.uint32 : TYPES.float32;
    return "type" in (value as Typed) ? TYPES[(value as Typed).type] : LIST;
  };
  const store = (value: Stored, type: number): void => {
    if (type === BOOLEAN) return void parts.push(new Uint8Array([value === true ? 1 : 0]));
    if (type === STRING) return string(value as string);
    if (type !== LIST) {
      const [name] = Object.entries(TYPES).find(([, known]) => known === type)!;
      return number((value as Typed).value ?? value, name as Typed["type"]);
    }
    const items = [...value as Iterable<Stored>];
    const inner = items.length === 0 ? TYPES.uint32 : Math.max(...items.map(typeOf));
    number(inner, "uint32");
    number(items.length, "uint64");
    for (const item of items) store(item, inner);
  };
  const entries = Object.entries(metadata).filter(([, value]) => value !== undefined);
  parts.push(new TextEncoder().encode("GGUF"));
  number(3, "uint32");
  number(tensors.length, "uint64");
  number(entries.length, "uint64");
  for (const [key, value] of entries) {
    string(key);
    number(typeOf(value), "uint32");
    store(value, typeOf(value));
  }
  let offset = 0;
  for (const { name, dims, type, bytes } of tensors) {
    string(name);
    number(dims.length, "uint32");
    for (const dim of dims) number(dim, "uint64");
    number(type, "uint32");
    number(offset, "uint64");
    offset += Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
  }
  const pad = () => {
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    parts.push(new Uint8Array((ALIGNMENT - size % ALIGNMENT) % ALIGNMENT));
  };
  pad();
  for (const { bytes } of tensors) {
    parts.push(bytes);
    pad();
  }
  return new Uint8Array(parts.flatMap((part) => Array.from(part)));
}

/** A file that is gone when it is disposed. */
export function asFile(bytes: Uint8Array): { readonly path: string } & Disposable {
  const directory = Deno.makeTempDirSync({ prefix: "soar-gguf-" }),
    path = join(directory, "m.gguf");
  Deno.writeFileSync(path, bytes);
  return { path, [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }) };
}

/** Damaged checkpoints: bytes and values of their files are changed, and what reads them has to take it well. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Random } from "../src/random/random.ts";
import { loadPolicy } from "../src/policy/mod.ts";
import { goldenCase, type MadeFiles, makeCheckpoint } from "./checkpoints.ts";

/** Values that a careless or a hostile program writes. */
const VALUES: readonly string[] = [
  ...["0", "-1", "1", "2", "0.5", "15", "1e9", "2147483648", "1e15", "9007199254740993", "1e308"],
  ...["1e400", "null", "true", "false", '""', '"x"', "[]", "{}", "[1,2]", '{"type":"linear"}'],
  ...['"linear"', '"../x"', `"${"x".repeat(100_000)}"`, `[${"0,".repeat(50_000)}0]`],
  `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
];

/** What is read of a directory besides the tokenizer's files. */
const READ = /^(config\.json|model.*\.(safetensors|json)|adapter\/.*)$/;

/** Changes a few bytes, or cuts off or repeats some. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = Math.floor(random.next() * bytes.length), kind = Math.floor(random.next() * 5);
  if (kind === 0) return bytes.slice(0, at);
  if (kind === 1) return new Uint8Array([...bytes.slice(0, at), ...bytes.slice(at / 2)]);
  const changed = bytes.slice();
  // Most of a file of tensors is numbers: its header is where claims are.
  const limit = kind === 2 ? changed.length : Math.min(changed.length, 4000);
  for (let i = 0; i < 1 + kind; i++) {
    changed[Math.floor(random.next() * limit)] = Math.floor(random.next() * 256);
  }
  return changed;
}

/** Puts another value in the place of a number or a text, another key in that of a key, or an entry where none was. */
export function mutateJson(text: string, random: Random): string {
  const value = VALUES[Math.floor(random.next() * VALUES.length)]!;
  const places = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.e+-]*|true|false|null/g)];
  if (places.length === 0 || random.next() < 0.1) return text.replace("{", `{"added": ${value}, `);
  const { index, 0: old } = places[Math.floor(random.next() * places.length)]!;
  return text.slice(0, index) + value + text.slice(index + old.length);
}

/** The header of safetensors with another value in it, and its length as it should be. */
function mutateHeader(bytes: Uint8Array, random: Random): Uint8Array {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  const header = new TextEncoder().encode(mutateJson(text, random));
  const changed = new Uint8Array(8 + header.length + bytes.length - 8 - length);
  new DataView(changed.buffer).setBigUint64(0, BigInt(header.length), true);
  changed.set(header, 8);
  changed.set(bytes.subarray(8 + length), 8 + header.length);
  return changed;
}

function mutate(file: string, random: Random): void {
  const bytes = Deno.readFileSync(file);
  if (random.next() < 0.3) return Deno.writeFileSync(file, mutateBytes(bytes, random));
  Deno.writeFileSync(
    file,
    file.endsWith(".json")
      ? new TextEncoder().encode(mutateJson(new TextDecoder().decode(bytes), random))
      : mutateHeader(bytes, random),
  );
}

const SOURCES: readonly string[] = [
  "shards",
  "v4 llama3, old key",
  "yarn, mscale",
  "v5 qwen3 linear",
  "tied, with a head of its own",
  "adapter: both patterns",
  "adapter: exclude_modules",
];

/** What came of damaged checkpoints. */
export interface Outcome {
  readonly read: number;
  readonly refused: number;
  /** The most that a process grew by while it read one, in bytes. */
  readonly grown: number;
}

/**
 * Reads so many damaged checkpoints.
 *
 * @throws {AssertionError} when one is refused without the name of its directory, or at length
 */
export function readDamaged(count: number, random: Random): Outcome {
  let read = 0, refused = 0, grown = 0;
  for (let i = 0; i < count; i++) {
    const files: MadeFiles = goldenCase(SOURCES[i % SOURCES.length]!).files;
    using made = makeCheckpoint(files);
    const names = Object.keys(files).filter((name) => READ.test(name));
    mutate(join(made.directory, names[Math.floor(random.next() * names.length)]!), random);
    const before = Deno.memoryUsage().rss;
    try {
      loadPolicy(made.directory)[Symbol.dispose]();
      read++;
    } catch (error) {
      const { message, stack } = error as Error;
      assert.ok(message.includes(made.directory), `${i} does not name its file: ${stack}`);
      assert.ok(message.length < 1000, `${i} tells it in ${message.length} characters`);
      refused++;
    }
    grown = Math.max(grown, Deno.memoryUsage().rss - before);
  }
  return { read, refused, grown };
}

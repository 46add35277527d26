/** Files of checkpoints. @module */
import { type FloatTensors, safetensorsParts } from "../models/mod.ts";

/** No JSON file of a checkpoint is near it: tokenizers and the indices of shards are the longest. */
const LIMIT = 256 * 2 ** 20;

/** Reads a JSON object. @throws {Error} naming the file */
export function readJson(file: string): Record<string, unknown> {
  const fail = (problem: string, cause?: unknown) =>
    new Error(`Cannot read ${file}: ${problem}`, { cause });
  let json: unknown;
  try {
    const { size, isFile } = Deno.statSync(file);
    if (!isFile) throw new TypeError("it is no file");
    if (size > LIMIT) throw new RangeError(`it has ${size} bytes, which no JSON file needs`);
    json = JSON.parse(Deno.readTextFileSync(file));
  } catch (error) {
    throw fail((error as Error).message, error);
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    return json as Record<string, unknown>;
  }
  throw fail("it is not a JSON object");
}

/** Writes a JSON object. */
export function writeJson(file: string, value: unknown): void {
  Deno.writeTextFileSync(file, JSON.stringify(value, null, 2) + "\n");
}

/** Writes tensors as safetensors. */
export function writeTensors(tensors: FloatTensors, file: string): void {
  using handle = Deno.openSync(file, { write: true, create: true, truncate: true });
  for (const part of safetensorsParts(tensors)) {
    for (let done = 0; done < part.length;) done += handle.writeSync(part.subarray(done));
  }
}

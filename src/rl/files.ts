/** Files of checkpoints. @module */
import { type FloatTensors, safetensorsParts } from "../models/mod.ts";

/** Reads a JSON object. @throws {Error} naming the file */
export function readJson(file: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(Deno.readTextFileSync(file));
    if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  throw new Error(`Cannot read ${file}: it is not a JSON object`);
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

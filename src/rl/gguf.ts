import {
  fillFromGguf,
  ggufConfig,
  openFile,
  parameterShapes,
  readGguf,
  Weights,
} from "../models/mod.ts";
import { ggufEndIds, ggufTokenizer } from "../text/gguf.ts";
import { makePolicy } from "./checkpoint.ts";
import type { Policy } from "./policy.ts";

/**
 * Reads a policy from a GGUF file, its weights widened to float32.
 *
 * @throws {Error} naming the file, and the tensor or field, that cannot be used
 */
export async function loadGguf(path: string): Promise<Policy> {
  using source = openFile(path);
  const file = await readGguf(source);
  const config = ggufConfig(file);
  const parts = {
    config,
    tokenizer: ggufTokenizer(file.metadata, path),
    endIds: ggufEndIds(file.metadata, path),
  };
  return makePolicy(
    path,
    parts,
    () => Weights.filled(parameterShapes(config), (weights) => fillFromGguf(weights, file, config)),
  );
}

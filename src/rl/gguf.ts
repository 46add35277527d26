import {
  filled,
  fillFromGguf,
  ggufConfig,
  type LlamaConfig,
  makeWeights,
  openFile,
  parameterShapes,
  type Precision,
  readGguf,
} from "../models/mod.ts";
import { ggufEndIds, ggufTokenizer } from "../text/gguf.ts";
import { makePolicy, withPrecision } from "./checkpoint.ts";
import type { Policy } from "./policy.ts";

/**
 * Reads a policy from a GGUF file.
 *
 * @param precision what to hold its matrices in; float32 unless given
 * @throws {Error} naming the file, and the tensor or field, that cannot be used
 */
export async function loadGguf(path: string, precision?: Precision): Promise<Policy> {
  using source = openFile(path);
  const file = await readGguf(source);
  const config = withPrecision(ggufConfig(file), precision);
  const parts = {
    config,
    tokenizer: ggufTokenizer(file.metadata, path),
    endIds: ggufEndIds(file.metadata, path),
  };
  return makePolicy(
    path,
    parts,
    () =>
      filled(
        makeWeights(parameterShapes(config), config.precision),
        (weights) => fillFromGguf(weights, file, config),
      ),
  );
}

/** Reads the configuration alone. @throws {Error} as {@linkcode loadGguf} */
export async function loadGgufConfig(path: string): Promise<LlamaConfig> {
  using source = openFile(path);
  return ggufConfig(await readGguf(source));
}

import {
  filled,
  fillFromGguf,
  ggufConfig,
  type Ignore,
  type LlamaConfig,
  makeWeights,
  openFile,
  parameterShapes,
  type Precision,
  readGguf,
} from "../models/mod.ts";
import { ggufEndIds, ggufTokenizer, type Pretokenizer } from "../text/gguf_tokenizer.ts";
import { makePolicy, withPrecision } from "./hugging_face.ts";
import type { Policy } from "./policy.ts";

/** What a GGUF file does not say, or says unheard. */
export interface GgufSettings {
  /** How byte-level text is split, for files without `tokenizer.ggml.pre`. */
  readonly pretokenizer?: Pretokenizer | undefined;
  /** The day that the chat template is told, as YYYY-MM-DD. */
  readonly date?: string | undefined;
  /** Keys and tensors that are not known and that the user vouches for. */
  readonly ignore?: Ignore | undefined;
}

/**
 * Reads a policy from a GGUF file.
 *
 * @param precision what to hold its matrices in; float32 unless given
 * @throws {Error} naming the file, and the tensor or field, that cannot be used
 */
export async function loadGguf(
  path: string,
  precision?: Precision,
  { pretokenizer, date, ignore = [] }: GgufSettings = {},
): Promise<Policy> {
  using source = openFile(path);
  const file = await readGguf(source);
  const config = withPrecision(ggufConfig(file, ignore), precision);
  const parts = {
    config,
    tokenizer: ggufTokenizer(file.metadata, path, { pretokenizer, date, ignore }),
    endIds: ggufEndIds(file.metadata, path, ignore),
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
export async function loadGgufConfig(path: string, ignore: Ignore = []): Promise<LlamaConfig> {
  using source = openFile(path);
  return ggufConfig(await readGguf(source), ignore);
}

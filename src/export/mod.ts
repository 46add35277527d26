import { join } from "node:path";
import {
  filled,
  makeWeights,
  mergeAdapters,
  rotaryTables,
  type StoredWeights,
  Weights,
} from "../models/mod.ts";
import { Sessions, writeModel } from "../onnx/mod.ts";
import { loadPolicy, type Policy, withPrecision } from "../policy/mod.ts";
import { decoderModel } from "./decoder_model.ts";
import { writeRunTimeFiles } from "./run_time_files.ts";

export { decoderModel } from "./decoder_model.ts";

/** What a model may be written in, with transformers.js's names. */
const DTYPES = { float32: "fp32", float16: "fp16" } as const;

/** What a model may be written in. */
export type ExportPrecision = keyof typeof DTYPES;

/** The precisions that there are. */
export const EXPORT_PRECISIONS = Object.keys(DTYPES) as readonly ExportPrecision[];

/**
 * Writes a policy as an ONNX model that plain ONNX Runtime, ONNX Runtime GenAI, transformers.js and Optimum open: the
 * graph with the numbers that the policy computes with, adapters merged into them.
 *
 * @param from a policy in Hugging Face layout
 * @param directory is there
 * @param precision what matrices are stored in; all is computed in float32
 * @throws {Error} as {@linkcode loadPolicy}, and when a weight is too large for float16
 */
export async function exportOnnx(
  from: string,
  directory: string,
  precision: ExportPrecision = "float32",
): Promise<void> {
  using policy = loadPolicy(from);
  const { adapter: _, ...bare } = policy.config, config = withPrecision(bare, precision);
  using owned = new DisposableStack();
  const weights = await wholeWeights(policy, precision, owned);
  const tables = rotaryTables(config, config.max_position_embeddings);
  for (const table of Object.values(tables)) owned.use(table);
  const dtype = DTYPES[precision];
  const name = precision === "float32" ? "model.onnx" : `model_${dtype}.onnx`;
  const path = join(directory, "onnx", name);
  Deno.mkdirSync(join(directory, "onnx"), { recursive: true });
  const dataFiles = writeModel(decoderModel(config), { ...weights.bind(), ...tables }, path);
  writeRunTimeFiles(policy, directory, { file: `onnx/${name}`, dtype, dataFiles });
}

/**
 * The weights with the adapters in them, which are added in place, in some precision.
 *
 * @param owned takes what has to be released
 */
async function wholeWeights(
  { config, weights, adapters }: Policy,
  precision: ExportPrecision,
  owned: DisposableStack,
): Promise<StoredWeights> {
  let whole = weights;
  if (adapters !== undefined) {
    const merged = weights instanceof Weights
      ? weights
      : owned.use(copyOf(weights, new Weights(weights.shapes)));
    using sessions = new Sessions();
    await mergeAdapters(config, merged, adapters, sessions);
    whole = merged;
  }
  if (whole.precision === precision) return whole;
  return owned.use(copyOf(whole, makeWeights(whole.shapes, precision)));
}

function copyOf<W extends StoredWeights>(weights: StoredWeights, empty: W): W {
  return filled(empty, (copy) => {
    for (const [name, { data }] of weights.values()) copy.write(name, data, 0);
  });
}

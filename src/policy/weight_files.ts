/** The files of a model's weights. @module */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  filled,
  fillWeights,
  type Ignore,
  type LlamaConfig,
  makeWeights,
  openFile,
  parameterShapes,
  type Placement,
  placeWeights,
  readSafetensors,
  shown,
  type StoredWeights,
} from "../models/mod.ts";
import { readJson } from "./json_files.ts";

/** The file of all weights. */
export const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";
/** Files of other formats. */
const OTHER_WEIGHTS = ["pytorch_model.bin", "pytorch_model.bin.index.json"];

/** A model's weights, and what its files say that its config does not. */
export interface StoredModel {
  readonly config: LlamaConfig;
  readonly weights: StoredWeights;
  /** The one file that has these weights and nothing else. */
  readonly file?: string;
}

/**
 * Reads the weights of a model; their names and shapes are checked before memory is taken.
 *
 * @throws {Error} naming the file, and the tensor that is missing, not finite, of another shape or no part of the model
 */
export function readModel(directory: string, config: LlamaConfig, ignore: Ignore): StoredModel {
  return withPlacement(directory, config, ignore, ({ config: placed, places, exact }, [first]) => {
    const weights = filled(
      weightsFor(placed, directory),
      (weights) => fillWeights(weights, places),
    );
    const one = exact && first === WEIGHTS;
    return { config: placed, weights, ...(one ? { file: join(directory, WEIGHTS) } : {}) };
  });
}

/** The model as its config and the headers of its files tell it. @throws {Error} as {@linkcode readModel} */
export function placedConfig(directory: string, config: LlamaConfig, ignore: Ignore): LlamaConfig {
  return withPlacement(directory, config, ignore, ({ config }) => config);
}

/** Uses the files of weights while they are open. */
function withPlacement<T>(
  directory: string,
  config: LlamaConfig,
  ignore: Ignore,
  use: (placement: Placement, names: readonly string[]) => T,
): T {
  using opened = new DisposableStack();
  const names = weightFiles(directory);
  const files = names.map((name) => readSafetensors(opened.use(openFile(join(directory, name)))));
  return use(placeWeights(config, files, ignore), names);
}

function weightsFor(config: LlamaConfig, directory: string): StoredWeights {
  try {
    return makeWeights(parameterShapes(config), config.precision);
  } catch (error) {
    // Of its precision: that an error names a weight does not tell where it is.
    throw new Error(`Cannot load policy ${directory}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Weights of one file, or of the shards that an index names. */
export function readWeights(directory: string, config: LlamaConfig): StoredWeights {
  return readModel(directory, config, []).weights;
}

/** As transformers has it, one file counts, and the shards of an index where it is not there. */
function weightFiles(directory: string): string[] {
  const index = join(directory, INDEX);
  if (existsSync(join(directory, WEIGHTS))) return [WEIGHTS];
  if (!existsSync(index)) {
    const other = OTHER_WEIGHTS.find((name) => existsSync(join(directory, name)));
    if (other === undefined) return [WEIGHTS]; // reading it tells that there is none
    throw new Error(
      `Cannot read ${join(directory, WEIGHTS)}: it is not there, and ${other} is not read; ` +
        `save the model with transformers' save_pretrained, which writes safetensors`,
    );
  }
  const fail = (problem: string) => new Error(`Cannot read ${index}: ${problem}`);
  const { weight_map } = readJson(index);
  if (typeof weight_map !== "object" || weight_map === null || Array.isArray(weight_map)) {
    throw fail(`weight_map is ${shown(weight_map)}; it names the file of each tensor`);
  }
  const names = [...new Set(Object.values(weight_map))];
  for (const name of names) {
    // A file elsewhere is none of the model's.
    if (typeof name !== "string" || !/^[^/\\]{1,200}\.safetensors$/.test(name)) {
      throw fail(`weight_map has ${shown(name)}; it names files .safetensors of this directory`);
    }
  }
  if (names.length === 0) throw fail("weight_map is empty");
  return names;
}

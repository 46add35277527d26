/** Adapters in the layout of PEFT (https://huggingface.co/docs/peft), which opens them. @module */
import { join } from "node:path";
import {
  type Adapter,
  adapterShapes,
  filled,
  fillWeights,
  type LlamaConfig,
  openFile,
  placeExactly,
  readSafetensors,
  Weights,
} from "../models/mod.ts";
import { readJson, writeJson, writeTensors } from "./json_files.ts";
import { adapterSettings, MERGE, parseAdapter } from "./peft.ts";

/** The file of an adapter's settings. */
export const ADAPTER_CONFIG = "adapter_config.json";
const FILES = { config: ADAPTER_CONFIG, weights: "adapter_model.safetensors" } as const;
/** What PEFT puts before the names of a model's weights. */
const PREFIX = "base_model.model.";

/** Writes adapters for a model, whose config has them. */
export function saveAdapters(config: LlamaConfig, adapters: Weights, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  writeJson(join(to, FILES.config), adapterSettings(config.adapter!, config));
  const named = [...adapters.tensors].map(([name, t]) => [`${PREFIX}${name}`, t] as const);
  writeTensors(new Map(named), join(to, FILES.weights));
}

/** Describes adapters for a model without reading them. @throws {Error} as {@linkcode loadAdapters} */
export function describeAdapter(config: LlamaConfig, directory: string): Adapter {
  const settings = join(directory, FILES.config);
  return parseAdapter(config, readJson(settings), settings);
}

/**
 * Reads adapters for a model; their names and shapes are checked before memory is taken.
 *
 * @throws {Error} naming the file, and the setting or tensor, that cannot be used
 */
export function loadAdapters(
  config: LlamaConfig,
  directory: string,
): { adapter: Adapter; adapters: Weights } {
  const adapter = describeAdapter(config, directory);
  const shapes = adapterShapes({ ...config, adapter });
  using source = openFile(join(directory, FILES.weights));
  const places = placeExactly(
    shapes,
    readSafetensors(source),
    nameOf,
    ` that ${FILES.config} describes; ${MERGE}`,
  );
  const adapters = filled(new Weights(shapes), (weights) => fillWeights(weights, places));
  return { adapter, adapters };
}

/** A tensor's name without PEFT's prefix, and with the one of a causal model where it is for the decoder alone. */
function nameOf(name: string): string {
  const own = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  return own.startsWith("layers.") ? `model.${own}` : own;
}

/** Adapters in the layout of PEFT (https://huggingface.co/docs/peft), which opens them. @module */
import { join } from "node:path";
import {
  type Adapter,
  adapterShapes,
  filled,
  fillWeights,
  type LlamaConfig,
  openFile,
  type Projection,
  PROJECTIONS,
  readSafetensors,
  Weights,
} from "../models/mod.ts";
import { readJson, writeJson, writeTensors } from "./files.ts";

const FILES = { config: "adapter_config.json", weights: "adapter_model.safetensors" } as const;
/** What PEFT puts before the names of a model's weights. */
const PREFIX = "base_model.model.";

/** Settings of PEFT of which one value is supported. */
const ONLY: Readonly<Record<string, unknown>> = {
  peft_type: "LORA",
  bias: "none",
  fan_in_fan_out: false,
  use_dora: false,
  use_rslora: false,
};

/** Writes adapters for a model. */
export function saveAdapters(adapter: Adapter, adapters: Weights, to: string): void {
  const { rank, alpha, targets } = adapter;
  Deno.mkdirSync(to, { recursive: true });
  writeJson(join(to, FILES.config), {
    base_model_name_or_path: null,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    lora_alpha: alpha,
    lora_dropout: 0,
    peft_type: "LORA",
    r: rank,
    target_modules: [...targets].sort(),
    task_type: "CAUSAL_LM",
  });
  const named = [...adapters.tensors].map(([name, t]) => [`${PREFIX}${name}`, t] as const);
  writeTensors(new Map(named), join(to, FILES.weights));
}

/**
 * Reads adapters for a model.
 *
 * @throws {Error} naming the file, and the setting or tensor, that cannot be used
 */
export function loadAdapters(
  config: LlamaConfig,
  directory: string,
): { adapter: Adapter; adapters: Weights } {
  const adapter = readAdapter(join(directory, FILES.config));
  using source = openFile(join(directory, FILES.weights));
  const file = readSafetensors(source);
  const tensors = new Map(
    [...file.tensors].map(([name, stored]) =>
      [name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name, stored] as const
    ),
  );
  const shapes = adapterShapes({ ...config, adapter });
  const adapters = filled(
    new Weights(shapes),
    (weights) => fillWeights(weights, [{ source, tensors }]),
  );
  return { adapter, adapters };
}

function readAdapter(file: string): Adapter {
  const json = readJson(file);
  const fail = (problem: string) => new Error(`Cannot read ${file}: ${problem}`);
  for (const [field, usual] of Object.entries(ONLY)) {
    if (json[field] !== undefined && json[field] !== usual) {
      throw fail(`${field} is ${json[field]}; only ${usual} is supported`);
    }
  }
  const { r, lora_alpha, target_modules } = json;
  if (!Number.isInteger(r) || (r as number) < 1) throw fail(`r is ${r}`);
  if (typeof lora_alpha !== "number") throw fail(`lora_alpha is ${lora_alpha}`);
  if (!Array.isArray(target_modules)) throw fail(`target_modules is no list of projections`);
  const unknown = target_modules.find((name) => !Object.hasOwn(PROJECTIONS, name));
  if (unknown !== undefined) {
    const known = Object.keys(PROJECTIONS).join(", ");
    throw fail(`target_modules has ${unknown}; supported are ${known}`);
  }
  return { rank: r as number, alpha: lora_alpha, targets: target_modules as Projection[] };
}

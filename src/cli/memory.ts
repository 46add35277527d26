/** What a plan's steps will take in memory. @module */
import { join } from "node:path";
import type { forecast, Plan, Store } from "../core/mod.ts";
import {
  type LlamaConfig,
  loadConfig,
  loadGgufConfig,
  type Precision,
  withPrecision,
} from "../rl/mod.ts";
import { estimateMemory } from "../../stages/memory.ts";
import type { Services } from "../../stages/mod.ts";

/** The estimated peak of each step, in bytes, where the model that reaches it can be told before it runs. */
export async function memoryOf(
  plan: Plan<Services>,
  store: Store,
  forecasts: ReturnType<typeof forecast>,
): Promise<Map<string, number>> {
  /** The model that leaves each step. */
  const models = new Map<string, LlamaConfig | undefined>();
  const estimates = new Map<string, number>();
  for (const { id, stage, config, inputs } of plan.steps) {
    const source = inputs.policy?.sources[0];
    const model = source === undefined
      ? await configAt(config.path, config.precision as Precision | undefined)
      : models.get(source.step);
    const bytes = model && estimateMemory(stage.name, config)?.(model);
    if (bytes !== undefined) estimates.set(id, bytes);
    const lookup = forecasts.get(id)?.lookup;
    const digest = lookup?.kind === "hit" ? lookup.action.outputs.policy : undefined;
    const stored = typeof digest === "string"
      ? await configAt(join(store.directory, "artifacts", digest))
      : undefined;
    models.set(id, stored ?? model);
  }
  return estimates;
}

/** The model in a directory or a GGUF file; undefined when there is none that can be read. */
async function configAt(path: unknown, precision?: Precision): Promise<LlamaConfig | undefined> {
  if (typeof path !== "string") return undefined;
  try {
    const config = path.endsWith(".gguf") ? await loadGgufConfig(path) : loadConfig(path);
    return withPrecision(config, precision);
  } catch {
    return undefined; // running the step tells what is wrong with it
  }
}

/** What a plan's steps will take in memory. @module */
import type { forecast, Plan, PlannedStep, Store } from "../core/mod.ts";
import {
  describeModel,
  type LlamaConfig,
  loadGgufConfig,
  type Precision,
  withPrecision,
} from "../policy/mod.ts";
import { estimateMemory } from "../../stages/memory.ts";
import type { Services } from "../../stages/mod.ts";

/** The estimated peak of each step that is to run, in bytes, where the model that reaches it can be told before. */
export async function memoryOf(
  plan: Plan<Services>,
  store: Store,
  forecasts: ReturnType<typeof forecast>,
): Promise<Map<string, number>> {
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  const left = new Map<string, Promise<LlamaConfig | undefined>>();
  const reaching = ({ inputs, config }: PlannedStep<Services>) => {
    const source = inputs.policy?.sources[0]?.step;
    if (source === undefined) {
      return configAt(config.path, config.precision as Precision, config.ignore as string[]);
    }
    if (!left.has(source)) left.set(source, leaving(byId.get(source)!));
    return left.get(source)!;
  };
  const leaving = (step: PlannedStep<Services>): Promise<LlamaConfig | undefined> => {
    const lookup = forecasts.get(step.id)?.lookup;
    const digest = lookup?.kind === "hit" ? lookup.action.outputs.policy : undefined;
    return typeof digest === "string" ? configAt(store.directoryOf(digest)) : reaching(step);
  };
  const estimates = new Map<string, number>();
  for (const step of plan.steps) {
    const estimate = estimateMemory(step.stage.name, step.config);
    if (estimate === undefined || forecasts.get(step.id)?.lookup.kind === "hit") continue;
    const model = await reaching(step);
    if (model !== undefined) estimates.set(step.id, estimate(model));
  }
  return estimates;
}

/** The model in a directory or a GGUF file; undefined when there is none that can be read. */
async function configAt(
  path: unknown,
  precision?: Precision,
  ignore?: readonly string[],
): Promise<LlamaConfig | undefined> {
  if (typeof path !== "string") return undefined;
  try {
    const config = path.endsWith(".gguf")
      ? await loadGgufConfig(path)
      : describeModel(path, ignore);
    return withPrecision(config, precision);
  } catch {
    return undefined; // running the step tells what is wrong with it
  }
}

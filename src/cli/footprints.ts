/** What a plan's steps will take in memory. @module */
import {
  firstOutput,
  type forecast,
  parsePort,
  type PlannedStep,
  type Store,
} from "../core/mod.ts";
import type { Project } from "./project.ts";
import { describeModel, type LlamaConfig } from "../policy/mod.ts";
import { Footprints } from "../stage/footprint.ts";
import { type AnyStage, type Services, STAGES } from "../../stages/mod.ts";

/** The estimated peak of each step that is to run, in bytes, where the model that reaches it can be told before. */
export async function footprintsOf(
  { plan, definitions }: Pick<Project, "plan" | "definitions">,
  store: Store,
  forecasts: ReturnType<typeof forecast>,
): Promise<Map<string, number>> {
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  const left = new Map<string, Promise<LlamaConfig | undefined>>();
  /** The model of the first policy that a step reads. */
  const reaching = async ({ stage, inputs }: PlannedStep<Services>) => {
    const port = portOf(stage.inputs);
    const source = port === undefined ? undefined : firstOutput(inputs[port]?.sources ?? [])?.step;
    if (source === undefined) return undefined;
    if (!left.has(source)) left.set(source, leaving(byId.get(source)!));
    return await left.get(source)!;
  };
  const leaving = async (step: PlannedStep<Services>): Promise<LlamaConfig | undefined> => {
    const lookup = forecasts.get(step.id)?.lookup, port = portOf(step.stage.outputs);
    if (lookup?.kind === "hit" && port !== undefined) {
      const [digest] = [lookup.action.outputs[port]!].flat();
      return digest === undefined ? undefined : describeModel(store.directoryOf(digest));
    }
    try {
      const { modelOf } = stageOf(step);
      return modelOf === undefined ? await reaching(step) : await modelOf(step.config);
    } catch {
      return undefined; // running the step tells what is wrong with the model
    }
  };
  const footprints = new Footprints(plan.steps.map(({ config }) => config), definitions);
  const estimates = new Map<string, number>();
  for (const step of plan.steps) {
    const stage = stageOf(step);
    const kind = forecasts.get(step.id)?.lookup.kind;
    if (stage.footprint === undefined || kind === "hit" || kind === "skipped") continue;
    const model = await reaching(step);
    if (model === undefined) continue;
    const bytes = await footprints.of(stage, step.config, model);
    if (bytes !== undefined) estimates.set(step.id, bytes);
  }
  return estimates;
}

/** The stage itself: the plan's may be what the catalogue says of it. */
function stageOf({ stage }: PlannedStep<Services>): AnyStage {
  return STAGES[stage.name] ?? stage;
}

/** The first port of policies. */
function portOf(ports: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(ports).find((port) => parsePort(ports[port]!).kind === "policy");
}

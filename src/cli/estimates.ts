/** What a plan's steps will take and do. @module */
import {
  firstOutput,
  type InputSource,
  isChoice,
  type JsonObject,
  parsePort,
  type PlannedStep,
  type Prospect,
  type Store,
} from "../core/mod.ts";
import type { Project } from "./project.ts";
import { describeModel, type LlamaConfig } from "../policy/mod.ts";
import { Footprints } from "../stage/footprint.ts";
import { type Counts, problemsOf, type Work, workOf } from "../stage/work.ts";
import { type AnyStage, type Services, STAGES } from "../../stages/mod.ts";

/** What can be told of a step before it runs. */
export interface Estimate {
  /** Peak of memory in bytes; only of a step that is to run. */
  readonly memory?: number;
  /** What it computes and keeps. */
  readonly work?: Work;
}

type Step = PlannedStep<Services>;

/** Estimates by step, where the model that reaches it can be told before. */
export async function estimatesOf(
  { plan, definitions }: Pick<Project, "plan" | "definitions">,
  store: Store,
  forecasts: ReadonlyMap<string, Prospect>,
): Promise<Map<string, Estimate>> {
  const models = new ReachingModels(plan.steps, store, forecasts);
  const problems = new ReachingProblems();
  const footprints = new Footprints(plan.steps.map(({ config }) => config), definitions);
  const estimates = new Map<string, Estimate>();
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  for (const step of plan.steps) {
    const stage = stageOf(step), { config, proposes } = settingsOf(step, byId);
    const known = problems.at(step), model = await models.at(step);
    if (model === undefined) continue;
    const promptTokens = await footprints.promptTokens(config, proposes);
    const work = workOf(stage.name, { config, model, problems: known, promptTokens });
    const kind = forecasts.get(step.id)?.lookup.kind;
    const isIdle = stage.footprint === undefined || kind === "hit" || kind === "skipped";
    const memory = isIdle ? undefined : footprints.of(stage, config, model, promptTokens);
    estimates.set(step.id, {
      ...(memory === undefined ? {} : { memory }),
      ...(work === undefined ? {} : { work }),
    });
  }
  return estimates;
}

/**
 * A step's settings, and whether it is about proposals, which answer a prompt of their own: it samples them, or is trained on
 * them. These are as long as the step that samples them says.
 */
function settingsOf(
  step: Step,
  steps: ReadonlyMap<string, Step>,
): { readonly config: JsonObject; readonly proposes: boolean } {
  const { footprint, outputs } = stageOf(step), { config, inputs } = step;
  if (footprint === "sampling") {
    const proposes = Object.values(outputs).some((port) => {
      const { kind, list } = parsePort(port);
      return kind === "problems" && list;
    });
    return { config, proposes };
  }
  const writer = steps.get(firstOutput(inputs.datasets?.sources ?? [])?.step ?? "");
  if (footprint === undefined || writer === undefined) return { config, proposes: false };
  const told = ["task", "max_completion_length"].filter((key) => Object.hasOwn(writer.config, key));
  const known = Object.fromEntries(told.map((key) => [key, writer.config[key]!]));
  return { config: { ...config, ...known }, proposes: true };
}

/** The models that policies in a plan are of. */
class ReachingModels {
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #store: Store;
  readonly #forecasts: ReadonlyMap<string, Prospect>;
  readonly #leaving = new Map<string, Promise<LlamaConfig | undefined>>();

  constructor(steps: readonly Step[], store: Store, forecasts: ReadonlyMap<string, Prospect>) {
    this.#steps = new Map(steps.map((step) => [step.id, step]));
    this.#store = store;
    this.#forecasts = forecasts;
  }

  /** The model that a step is about: that of the first policy it reads, or the one it makes. */
  async at(step: Step): Promise<LlamaConfig | undefined> {
    const port = policyPort(step.stage.inputs);
    if (port === undefined) return await this.#left(step.id);
    const source = firstOutput(step.inputs[port]?.sources ?? [])?.step;
    return source === undefined ? undefined : await this.#left(source);
  }

  #left(id: string): Promise<LlamaConfig | undefined> {
    const known = this.#leaving.get(id);
    if (known !== undefined) return known;
    const found = this.#find(this.#steps.get(id)!);
    this.#leaving.set(id, found);
    return found;
  }

  async #find(step: Step): Promise<LlamaConfig | undefined> {
    const port = policyPort(step.stage.outputs);
    if (port === undefined) return undefined;
    const lookup = this.#forecasts.get(step.id)?.lookup;
    if (lookup?.kind === "hit") {
      const [digest] = [lookup.action.outputs[port]!].flat();
      return digest === undefined ? undefined : describeModel(this.#store.directoryOf(digest));
    }
    try {
      const { modelOf } = stageOf(step);
      if (modelOf !== undefined) return await modelOf(step.config);
    } catch {
      return undefined; // running the step tells what is wrong with the model
    }
    return policyPort(step.stage.inputs) === undefined ? undefined : await this.at(step);
  }
}

/** How many problems reach the steps of a plan, as they are gone through in order. */
class ReachingProblems {
  readonly #made = new Map<string, Counts>();

  /** Problems by input port of a step; undefined where nothing tells. */
  at(step: Step): Counts {
    const given = Object.fromEntries(
      Object.entries(step.inputs).map(([port, { sources }]) => [port, this.#sum(sources)]),
    );
    this.#made.set(step.id, this.#leaving(step, given));
    return given;
  }

  /** By output port; those of a list's items under `port[]`, and of all of them under its name. */
  #leaving(step: Step, given: Counts): Counts {
    const stage = stageOf(step), made = stage.made?.(step.config, new Set(Object.keys(given)));
    return Object.fromEntries(
      Object.entries(problemsOf(stage.name, step.config, given)).flatMap(([port, count]) => {
        if (!parsePort(stage.outputs[port]!).list) return [[port, count]];
        const items = made?.[port]?.items;
        const all = count === undefined || items === undefined ? undefined : count * items;
        return [[port, all], [`${port}[]`, count]];
      }),
    );
  }

  #sum(sources: readonly InputSource[]): number | undefined {
    let sum = 0;
    for (const source of sources) {
      if (isChoice(source)) return undefined;
      const { step, port, index } = source;
      const count = this.#made.get(step)?.[index === undefined ? port : `${port}[]`];
      if (count === undefined) return undefined;
      sum += count;
    }
    return sum;
  }
}

/** The stage itself: the plan's may be what the catalogue says of it. */
function stageOf({ stage }: Step): AnyStage {
  return STAGES[stage.name] ?? stage;
}

/** The first port of policies. */
function policyPort(ports: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(ports).find((port) => parsePort(ports[port]!).kind === "policy");
}

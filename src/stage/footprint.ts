/** What the stages that run a model take in memory, for `plan`. @module */
import type { Infer, Used } from "../../schemas/infer.ts";
import type { JsonObject } from "../core/document.ts";
import type { LlamaConfig } from "../models/mod.ts";
import { generationMemory, trainingMemory } from "../rl/peak_memory.ts";
import { MAX_COMPLETION_LENGTH } from "../rl/sampling.ts";
import { Random } from "../random/random.ts";
import type { Prompt } from "../text/prompt.ts";
import type { Definitions } from "./definitions.ts";
import type { AnyStage, FootprintName } from "./define_stage.ts";
import { type ADAPTER, adapterOf } from "./training.ts";

/** Tokens of a problem where a plan cannot know them. */
const PROBLEM = 64;
/** Characters of a token, in prose of a tokenizer that nothing is known of. */
const CHARACTERS = 4;
/** Of a problem that stands for others. */
const DEPTH = 6;
/** As many rows as fit. */
const MANY = Number.MAX_SAFE_INTEGER;

/** The model that a stage trains: with the adapter that it asks for. */
export function trainedModel(
  config: { readonly adapter?: Infer<typeof ADAPTER> },
  model: LlamaConfig,
): LlamaConfig {
  const adapter = adapterOf(config.adapter);
  return adapter === undefined ? model : { ...model, adapter };
}

/** Whether a stage compares what it trains with a reference. */
export function isCompared(
  { beta = 0, loss }: { readonly beta?: number; readonly loss: { readonly beta?: number } },
): boolean {
  return beta > 0 || (loss.beta ?? 0) > 0;
}

/** Of a stage that samples. */
function samplingFootprint(
  config: { readonly samples?: number; readonly max_completion_length: number },
  model: LlamaConfig,
  prompt: number,
): number {
  // Without samples one prompt is for all.
  const { samples = MANY, max_completion_length: completion } = config;
  return generationMemory(model, {
    rows: MANY,
    samples,
    promptTokens: prompt,
    completionTokens: completion,
  });
}

/** Of a stage that trains on what it samples, or on what was sampled before. */
function trainingFootprint(
  config: {
    readonly adapter?: Infer<typeof ADAPTER>;
    readonly batch?: number;
    readonly num_generations?: number;
    readonly max_completion_length?: number;
    readonly gradient_checkpointing: boolean;
    readonly beta?: number;
    readonly loss: Used & { readonly beta?: number };
  },
  model: LlamaConfig,
  prompt: number,
): number {
  const { batch = MANY, num_generations, gradient_checkpointing: recompute } = config;
  const samples = num_generations ?? 1;
  const completion = config.max_completion_length ?? MAX_COMPLETION_LENGTH.default;
  return trainingMemory(
    trainedModel(config, model),
    {
      rows: Math.min(MANY, batch * samples),
      samples,
      promptTokens: prompt,
      completionTokens: completion,
    },
    { recompute, reference: isCompared(config), samples: num_generations !== undefined },
  );
}

/** Of a stage that trains on what it is given. */
function supervisedFootprint(
  config: {
    readonly adapter?: Infer<typeof ADAPTER>;
    readonly batch: number;
    readonly max_completion_length?: number;
    readonly gradient_checkpointing: boolean;
  },
  model: LlamaConfig,
  prompt: number,
): number {
  const completion = config.max_completion_length ?? MAX_COMPLETION_LENGTH.default;
  return trainingMemory(
    trainedModel(config, model),
    { rows: config.batch, samples: 1, promptTokens: prompt, completionTokens: completion },
    { recompute: config.gradient_checkpointing, reference: false, samples: false },
  );
}

/** Estimates by the name that a stage's definition has. They stand apart from the stages, whose results they do not touch. */
const FOOTPRINTS = {
  sampling: samplingFootprint,
  training: trainingFootprint,
  supervised: supervisedFootprint,
} as const satisfies Record<FootprintName, unknown>;

/** Tells what the steps of a plan take. */
export class Footprints {
  readonly #library: Definitions;
  /** What the plan's steps are about; a step that trains on what others sampled does not say it. */
  readonly #task: Used | undefined;
  readonly #prompts = new Map<string, Promise<number>>();

  /** @param configs of all steps */
  constructor(configs: readonly JsonObject[], library: Definitions) {
    this.#library = library;
    this.#task = configs.find(({ task }) => task !== undefined)?.task as Used | undefined;
  }

  /** The peak of a step on a model, in bytes; undefined for one that runs none. */
  of(
    { footprint }: Pick<AnyStage, "footprint">,
    config: JsonObject,
    model: LlamaConfig,
    promptTokens: number,
  ): number | undefined {
    if (typeof footprint !== "string") return footprint?.(config, model);
    const estimate = FOOTPRINTS[footprint] as (
      config: JsonObject,
      model: LlamaConfig,
      prompt: number,
    ) => number;
    return estimate(config, model, promptTokens);
  }

  /** Tokens of the prompts of a step. @param proposes whether it asks for problems */
  async promptTokens(config: JsonObject, proposes = false): Promise<number> {
    const task = (config.task ?? this.#task) as Used | undefined;
    if (task === undefined) return PROBLEM;
    const name = JSON.stringify([task, proposes]);
    if (!this.#prompts.has(name)) this.#prompts.set(name, this.#promptTokens(task, proposes));
    return await this.#prompts.get(name)!;
  }

  /** Of a task that makes problems by rule, at most as many as characters; of others, as in prose. */
  async #promptTokens(used: Used, proposes: boolean): Promise<number> {
    const task = await this.#library.task(used);
    const draft = task.generator?.draw(new Random("plan"), DEPTH);
    const tokens = ({ system = "", text }: Prompt) =>
      Math.ceil((system.length + text.length) / (draft === undefined ? CHARACTERS : 1));
    if (proposes && task.proposer !== undefined) return tokens(task.proposer.prompt);
    if (draft !== undefined) return tokens(task.prompt({ id: "plan", ...draft }));
    try {
      return PROBLEM + tokens(task.prompt({ id: "plan", problem: "", answer: "" }));
    } catch {
      return PROBLEM; // a module of the user's may want more of a problem
    }
  }
}

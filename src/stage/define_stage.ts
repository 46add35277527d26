/** What all stages share: their services, and how they are declared. @module */
import type { Infer, ObjectSchema } from "../../schemas/infer.ts";
import type { PortSpec, Stage, StageDefinition } from "../core/stage.ts";
import type { Records } from "../graders/grader.ts";
import type { LlamaConfig } from "../models/mod.ts";
import type { Sessions } from "../onnx/mod.ts";
import type { Engine } from "../rl/mod.ts";
import type { Definitions } from "./definitions.ts";

/** What the program offers every stage. */
export interface Services {
  /** Sessions of the run, shared by its steps. */
  readonly sessions: Sessions;
  /** Rows decoded together. */
  readonly decodeBatch: number;
  /** Rows in one training run; more are accumulated. */
  readonly microBatch: number;
  /** What settings name: tasks, rewards, …. */
  readonly library: Definitions;
  /** What graders keep that ask others: replies, by digest of the question. */
  readonly records?: Records;
}

/**
 * Estimates of memory that stages share; see footprint.ts.
 *
 * @internal
 */
export type FootprintName = "sampling" | "training" | "supervised";

/** What `plan` can tell of a step before it runs. */
export interface Forecasts<C> {
  /** Peak of memory on the model of its policy, in bytes: that of a stage that samples or trains, or what a function says. */
  readonly footprint?: FootprintName | ((config: C, model: LlamaConfig) => number);
  /** The model of the policies it gives, where that is not the one it is given; undefined when that cannot be told. */
  modelOf?(config: C): Promise<LlamaConfig | undefined>;
}

/** A stage of this program. */
// deno-lint-ignore no-explicit-any -- a method of any stage must be callable; see defineStage
export type AnyStage = Stage<Services> & Forecasts<any>;

/**
 * Declares a stage; the types of its config and ports follow from the literal.
 *
 * @example
 * ```ts
 * import { readProblems, writeProblems } from "@soar/soar";
 *
 * const short = defineStage({
 *   name: "short",
 *   version: 1,
 *   summary: "Keeps short problems.",
 *   config: {
 *     type: "object",
 *     properties: { most: { type: "integer", minimum: 1, default: 100 } },
 *     additionalProperties: false,
 *   },
 *   inputs: { problems: "problems" },
 *   outputs: { problems: "problems" },
 *   run({ config, inputs, outputs }) {
 *     const kept = readProblems(inputs.problems).filter(({ problem }) => problem.length <= config.most);
 *     writeProblems(outputs.problems, kept);
 *     return { kept: kept.length };
 *   },
 * });
 * ```
 */
export function defineStage<
  const C extends ObjectSchema,
  const I extends Readonly<Record<string, PortSpec>>,
  const O extends Readonly<Record<string, PortSpec>>,
>(
  definition: Omit<StageDefinition<C, I, O, Services>, "kind"> & Forecasts<Infer<C>>,
): StageDefinition<C, I, O, Services> & Forecasts<Infer<C>> {
  return { kind: "stage", ...definition };
}

/** The engine that the RL functions take. */
export function engineOf(context: { services: Services; signal: AbortSignal }): Engine {
  const { sessions, decodeBatch, microBatch, records } = context.services, { signal } = context;
  return { sessions, decodeBatch, microBatch, signal, ...records === undefined ? {} : { records } };
}

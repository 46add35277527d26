/** What all stages share: their services, and how they are declared. @module */
import type { ObjectSchema } from "../schemas/infer.ts";
import type { PortSpec, StageDefinition } from "../src/core/stage.ts";
import type { Sessions } from "../src/onnx/mod.ts";
import type { Engine } from "../src/rl/mod.ts";

/** What the program offers every stage. */
export interface Services {
  readonly sessions: Sessions;
  readonly decodeBatch: number;
  readonly microBatch: number;
}

/** Declares a stage; the types of its config and ports follow from the literal. */
export function defineStage<
  const C extends ObjectSchema,
  const I extends Readonly<Record<string, PortSpec>>,
  const O extends Readonly<Record<string, PortSpec>>,
>(definition: StageDefinition<C, I, O, Services>): StageDefinition<C, I, O, Services> {
  return definition;
}

/** The engine that the RL functions take. */
export function engineOf(context: { services: Services; signal: AbortSignal }): Engine {
  return { ...context.services, signal: context.signal };
}

/** Settings of how completions are drawn. @module */
import type { InferAll } from "../../schemas/infer.ts";

/** A temperature at which gradients exist. */
export const TRAINING_TEMPERATURE = {
  type: "number",
  exclusiveMinimum: 0,
  default: 1,
  description: "Softmax temperature of sampling, and of the log-probabilities in the loss.",
} as const;

/** Length limit of completions. */
export const MAX_COMPLETION_LENGTH = {
  type: "integer",
  minimum: 1,
  default: 80,
  description: "Completions are cut off after this many tokens.",
  was: ["max_new_tokens", "max_tokens", "max_response_length", "max_length"],
} as const;

/** Settings of sampling that no training follows: what is drawn need not be what a trainer would score. */
export const SAMPLING = {
  samples: {
    type: "integer",
    minimum: 1,
    default: 32,
    description: "Samples of each problem.",
    was: ["num_generations", "num_samples", "n"],
  },
  temperature: {
    type: "number",
    minimum: 0,
    default: 1,
    description: "Softmax temperature; 0 is greedy.",
  },
  max_completion_length: MAX_COMPLETION_LENGTH,
  top_k: {
    type: "integer",
    minimum: 1,
    description:
      "Only the so many most probable tokens are drawn, and those as probable as the last.",
  },
  top_p: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 1,
    description:
      "Only the most probable tokens that together have at least this probability are drawn.",
  },
  min_p: {
    type: "number",
    minimum: 0,
    maximum: 1,
    description: "Only tokens at least this share as probable as the most probable one are drawn.",
  },
  stop_strings: {
    type: "array",
    minItems: 1,
    items: { type: "string", description: "A text." },
    description: "A completion ends before the first of these texts.",
    was: ["stop", "stop_sequences"],
  },
} as const;

/** How completions are drawn. */
export type Sampling = InferAll<typeof SAMPLING>;

/** What of a configuration says how completions are drawn. */
export function samplingOf(config: Sampling): Sampling {
  const given = Object.keys(SAMPLING).filter((key) => Object.hasOwn(config, key));
  return Object.fromEntries(given.map((key) => [key, config[key as keyof Sampling]])) as Sampling;
}

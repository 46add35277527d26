/** Parts of configuration schemas that several stages share. @module */

/** What is learned. */
export const TASK = {
  component: "task",
  description: "Where problems come from, how they are asked, and how completions are graded.",
  was: ["world"],
} as const;

/** What a student is paid for. */
export const REWARDS = {
  components: "reward",
  default: { correct: 1 },
  description: "Rewards by name, with weights.",
  was: ["reward", "reward_funcs", "reward_weights", "reward_fn"],
  shorthand: "weight",
  each: {
    type: "object",
    properties: { weight: { type: "number", description: "What it is multiplied by." } },
    required: ["weight"],
    additionalProperties: false,
  },
} as const;

/** What a policy's matrices are held in. */
export const PRECISION = {
  enum: ["float32", "float16", "int8", "int4"],
  default: "float32",
  description: "What matrices are held in while the policy runs; integers are for adapters alone.",
  was: ["dtype", "torch_dtype", "quantization"],
} as const;

/** What of a checkpoint may be left unread. */
export const IGNORE = {
  type: "array",
  items: { type: "string", description: "A name; * stands for any characters." },
  description: "Keys of config.json or GGUF and tensors that are not known and do not matter.",
} as const;

/** The day of a chat template. */
export const DATE = {
  type: "string",
  description:
    "The day that a chat template asking for one is told, such as 2024-07-26, whatever day it is.",
} as const;

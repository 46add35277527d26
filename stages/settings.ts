/** Parts of configuration schemas that several stages share. @module */

/** What is learned. */
export const TASK = {
  component: "task",
  description: "Where problems come from, how they are asked, and how completions are graded.",
} as const;

/** What a student is paid for. */
export const REWARDS = {
  components: "reward",
  default: { correct: 1 },
  description: "Rewards by name, with weights.",
  shorthand: "weight",
  each: {
    type: "object",
    properties: { weight: { type: "number", description: "What it is multiplied by." } },
    required: ["weight"],
    additionalProperties: false,
  },
} as const;

/** Softmax temperature of sampling. */
const TEMPERATURE = {
  type: "number",
  minimum: 0,
  default: 1,
  description: "Softmax temperature; 0 is greedy.",
} as const;

/** A temperature at which gradients exist. */
export const TRAINING_TEMPERATURE = {
  type: "number",
  exclusiveMinimum: 0,
  default: 1,
  description: "Softmax temperature of sampling, and of the log-probabilities in the loss.",
} as const;

/** Length limit of completions. */
export const MAX_NEW_TOKENS = {
  type: "integer",
  minimum: 1,
  default: 80,
  description: "Completions are cut off after this many tokens.",
} as const;

/** Settings of a policy gradient (docs/decisions/0019). */
export const POLICY_GRADIENT = {
  estimator: {
    enum: ["rloo", "rloo_normalized", "grpo", "dr_grpo"],
    default: "rloo",
    description: "How rewards become advantages.",
  },
  level: {
    enum: ["sequence", "token"],
    default: "sequence",
    description: "One probability ratio per completion (TRL's RLOO) or per token (verl).",
  },
  clip_low: {
    type: "number",
    minimum: 0,
    default: 0.2,
    description: "Ratios below 1 - this are clipped.",
  },
  clip_high: {
    type: "number",
    minimum: 0,
    default: 0.2,
    description: "Ratios above 1 + this are clipped.",
  },
  learning_rate: { type: "number", exclusiveMinimum: 0, default: 1e-4, description: "Of AdamW." },
  schedule: {
    enum: ["constant", "linear", "cosine"],
    default: "constant",
    description: "How the learning rate goes after the warm-up.",
  },
  schedule_steps: {
    type: "integer",
    minimum: 1,
    description: "Steps that a linear or cosine schedule runs over, from the optimizer's first on.",
  },
  warmup: { type: "integer", minimum: 0, default: 0, description: "Steps of linear warm-up." },
  warmup_from: {
    enum: ["zero", "fraction"],
    default: "zero",
    description:
      "First rate of a warm-up of w steps: 0 as in transformers, or 1/w of the full one.",
  },
  weight_decay: { type: "number", minimum: 0, default: 0, description: "Of AdamW." },
  decay_on: {
    enum: ["matrices", "all"],
    default: "matrices",
    description: "What decays: matrices as in transformers, or norms and biases too.",
  },
  max_grad_norm: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1,
    description: "Longer gradients are scaled down to this global norm.",
  },
  kl: {
    type: "number",
    minimum: 0,
    default: 0.001,
    description: "Coefficient of the KL penalty in the reward, to the policy at the start.",
  },
  epochs: {
    type: "integer",
    minimum: 1,
    default: 1,
    description:
      "Optimizer steps on a batch of rollouts; with one, ratios are 1 and nothing is clipped.",
  },
} as const;

/** What a policy's matrices are held in. */
export const PRECISION = {
  enum: ["float32", "float16", "int8", "int4"],
  default: "float32",
  description: "What matrices are held in while the policy runs; integers are for adapters alone.",
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

/** Settings of what is trained, and at what cost in memory. */
export const TRAINING = {
  adapter: {
    type: "object",
    description: "Trains low-rank adapters (LoRA) instead of the weights, which stay as they are.",
    properties: {
      rank: { type: "integer", minimum: 1, default: 16, description: "Rank of each adapter." },
      alpha: {
        type: "number",
        exclusiveMinimum: 0,
        default: 32,
        description: "An adapter's part is scaled by alpha / rank.",
      },
      targets: {
        type: "array",
        minItems: 1,
        items: {
          enum: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
          description: "A projection.",
        },
        description: "Projections that get an adapter.",
      },
    },
    required: ["targets"],
    additionalProperties: false,
  },
  recompute: {
    type: "boolean",
    default: false,
    description: "Computes activations again in the backward pass: slower, and leaner.",
  },
  keep_optimizer: {
    type: "boolean",
    default: false,
    description: "Keep AdamW's state, so that a later step can go on; it is twice what is trained.",
  },
} as const;

/** Settings of a stage that samples solutions to problems. */
export const SAMPLING = {
  task: TASK,
  samples: { type: "integer", minimum: 1, default: 32, description: "Samples of each problem." },
  temperature: TEMPERATURE,
  max_new_tokens: MAX_NEW_TOKENS,
} as const;

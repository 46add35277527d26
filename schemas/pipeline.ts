/**
 * The frame of a pipeline file. Each step's `with` is checked against its own stage's schema afterwards.
 *
 * @module
 */

const name = { type: "string", pattern: "^[a-z][a-z0-9_]*$" } as const;
const map = { type: "object", required: [] } as const;

const INHERITED = {
  ...map,
  description: "Settings of every step below that has them and does not say otherwise.",
} as const;

/** A step that runs a stage. */
export const STEP_SCHEMA = {
  type: "object",
  properties: {
    uses: { type: "string", description: "The stage to run." },
    in: {
      ...map,
      description: "The stage's inputs: references such as step.port, step.port[0], prev.name.",
    },
    with: { ...map, description: "The stage's configuration." },
    seed: {
      description:
        "Its own seed instead of the pipeline's: steps that are otherwise equal then differ.",
    },
    matrix: {
      ...map,
      description:
        "Axes; the step runs once for each combination. A list, or a range such as 0..4.",
    },
  },
  required: ["uses"],
  additionalProperties: false,
} as const;

/** A step that repeats others. */
export const LOOP_SCHEMA = {
  type: "object",
  properties: {
    loop: {
      type: "object",
      properties: {
        times: { description: "How often the steps are repeated." },
        carry: {
          ...map,
          description: "First values of what prev.name refers to; null for nothing.",
        },
      },
      required: ["times"],
      additionalProperties: false,
    },
    with: INHERITED,
    steps: { ...map, description: "The steps that are repeated." },
    yield: { ...map, description: "What the next iteration sees as prev.name." },
  },
  required: ["loop", "steps"],
  additionalProperties: false,
} as const;

/** The file. */
export const PIPELINE_SCHEMA = {
  type: "object",
  properties: {
    name: { ...name, description: "What the pipeline is called in logs." },
    summary: { type: "string", description: "What it does, in a sentence." },
    seed: { type: "integer", description: "Every step's seed derives from it.", default: 0 },
    max_steps: {
      type: "integer",
      minimum: 1,
      maximum: 1_000_000,
      default: 100_000,
      description: "Steps and iterations that loops and matrices may make, in all.",
    },
    device: {
      enum: ["auto", "cpu", "webgpu", "cuda"],
      default: "auto",
      description: "Where graphs run.",
    },
    params: {
      ...map,
      description: "Values for ${params.name}; override them with params.name=value.",
    },
    with: INHERITED,
    steps: { ...map, description: "The steps, each after what it refers to." },
  },
  required: ["name", "steps"],
  additionalProperties: false,
} as const;

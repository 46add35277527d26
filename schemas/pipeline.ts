/**
 * The frame of a pipeline file. Each step's `with` is checked against its own stage's schema afterwards.
 *
 * @module
 */
import type { Infer } from "./infer.ts";

const name = { type: "string", pattern: "^[a-z][a-z0-9_]*$" } as const;
const map = { type: "object", required: [] } as const;

/** Where graphs may run. */
export const DEVICES = [
  ...["auto", "cpu", "webgpu", "cuda"] as const,
  ...["cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:4", "cuda:5", "cuda:6", "cuda:7"] as const,
] as const;

const INHERITED = {
  ...map,
  description: "Settings of every step below that has them and does not say otherwise.",
} as const;

const MATRIX = {
  ...map,
  description: "Axes; it runs once for each combination. A list, or a range such as 0..4.",
  was: ["foreach", "strategy"],
} as const;

const RETRIES = {
  description: "How often it is tried again after it failed; 0 unless said.",
  was: ["retry", "max_retries"],
} as const;
const RETRY_PAUSE = {
  description:
    "How long before it is tried again the first time: 5s unless said; doubled each time, up to 5min.",
} as const;
const TIME_LIMIT = {
  description: "How long an attempt may take: 90s, 30min, 2h. It is told to end then, and failed.",
  was: ["timeout", "timeout-minutes"],
} as const;

/** What a step does not have, though steps of other programs do. */
const GONE = {
  name: "leave it out: the key that the step stands under is its name",
  id: "leave it out: the key that the step stands under is its name",
  summary: "write a comment, # …",
  description: "write a comment, # …",
} as const;

/** The same, and what it takes, which stands below `resources`. */
const GONE_FROM_STEP = {
  ...GONE,
  cpu: "write resources: { cpu: 2 }",
  cpus: "write resources: { cpu: 2 }",
  num_cpus: "write resources: { cpu: 2 }",
  gpu: "write resources: { gpu: 1 }",
  gpus: "write resources: { gpu: 1 }",
  num_gpus: "write resources: { gpu: 1 }",
  mem: "write resources: { memory: 8GiB }",
  memory: "write resources: { memory: 8GiB }",
} as const;

/** The same for the steps below. */
const RETRIES_BELOW = {
  description: "How often each step is tried again after it failed, where it does not say.",
} as const;
const RETRY_PAUSE_BELOW = {
  description: "How long before it is tried again the first time, where it does not say: 5s.",
} as const;
const TIME_LIMIT_BELOW = {
  description: "How long an attempt at each step may take, where it does not say: 2h.",
} as const;

const RESOURCES = {
  ...map,
  description:
    "What it takes while it runs: cpu (1 unless said), gpu, memory such as 8GiB, or a name of your own. It changes no result.",
} as const;

const NAMES = { type: "array", items: { type: "string" } } as const;

const PERMISSIONS = {
  anyOf: [
    { enum: ["none"] },
    {
      type: "object",
      properties: {
        read: { ...NAMES, description: "Files and folders that it may read." },
        write: { ...NAMES, description: "Files and folders that it may write." },
        net: { ...NAMES, description: "Hosts that it may talk to, such as example.com:443." },
        env: { ...NAMES, description: "Variables of the environment that it may read." },
      },
      additionalProperties: false,
    },
  ],
  description:
    "What its stage may do besides reading its inputs and writing its outputs, in a process of its own; all that you may " +
    "unless said. It changes no result, and takes sessions of ONNX Runtime away.",
} as const;

/** A step that runs a stage. */
export const STEP_SCHEMA = {
  type: "object",
  properties: {
    uses: {
      type: "string",
      description: "The stage to run.",
      was: ["stage", "type", "run", "cmd", "_target_"],
    },
    in: {
      ...map,
      description: "The stage's inputs: references such as step.port, step.port[0], prev.name.",
      was: ["inputs", "input"],
    },
    with: {
      ...map,
      description: "The stage's configuration.",
      was: ["config", "args", "options", "settings"],
    },
    seed: {
      description:
        "Its own seed instead of the pipeline's: steps that are otherwise equal then differ.",
    },
    matrix: MATRIX,
    retries: RETRIES,
    retry_pause: RETRY_PAUSE,
    time_limit: TIME_LIMIT,
    resources: RESOURCES,
    permissions: PERMISSIONS,
  },
  required: ["uses"],
  gone: GONE_FROM_STEP,
  additionalProperties: false,
} as const;

/** What ends a loop; exactly one of the comparisons is said. */
const UNTIL = {
  type: "object",
  description: "The iteration in which this holds is the last.",
  properties: {
    metric: {
      type: "string",
      description: "step.metric: a step of the loop, and one of the numbers that it gives back.",
    },
    above: { description: "Holds when the metric is greater.", was: ["gt", "greater"] },
    at_least: { description: "Holds when the metric is this or greater.", was: ["gte", "min"] },
    below: { description: "Holds when the metric is smaller.", was: ["lt", "less"] },
    at_most: { description: "Holds when the metric is this or smaller.", was: ["lte", "max"] },
    is: {
      description: "Holds when the metric is this value: true, a text, a number.",
      was: ["eq", "equals"],
    },
  },
  required: ["metric"],
  additionalProperties: false,
} as const;

/** A step that repeats others. */
export const LOOP_SCHEMA = {
  type: "object",
  properties: {
    loop: {
      type: "object",
      properties: {
        times: {
          description: "How often the steps are repeated, at most.",
          was: ["count", "iterations", "n"],
        },
        until: UNTIL,
        carry: {
          ...map,
          description: "First values of what prev.name refers to; null for nothing.",
        },
      },
      required: ["times"],
      additionalProperties: false,
      description: "How often the steps are repeated.",
      was: ["repeat", "for"],
    },
    matrix: MATRIX,
    with: INHERITED,
    retries: RETRIES_BELOW,
    retry_pause: RETRY_PAUSE_BELOW,
    time_limit: TIME_LIMIT_BELOW,
    steps: { ...map, description: "The steps that are repeated." },
    yield: {
      ...map,
      description: "What the next iteration sees as prev.name, and steps below as loop.name.",
      was: ["outputs", "returns"],
    },
  },
  required: ["loop", "steps"],
  gone: { ...GONE, resources: "write it in each step below that takes more" },
  additionalProperties: false,
} as const;

/** The file. */
export const PIPELINE_SCHEMA = {
  type: "object",
  properties: {
    extends: {
      anyOf: [
        { type: "string" },
        { type: "array", items: { type: "string" }, minItems: 1 },
      ],
      was: ["defaults", "include", "base"],
      description:
        "Another pipeline, by its path from this file, that this one is laid over: maps are merged, " +
        "everything else replaces what is there, null removes it. Of a list, each lies on the ones before.",
    },
    name: { ...name, description: "What the pipeline is called in logs." },
    summary: { type: "string", description: "What it does, in a sentence.", was: ["description"] },
    seed: {
      type: "integer",
      description: "Every step's seed derives from it.",
      default: 0,
      was: ["random_seed", "manual_seed"],
    },
    max_steps: {
      type: "integer",
      minimum: 1,
      maximum: 1_000_000,
      default: 100_000,
      description: "Steps and iterations that loops and matrices may make, in all.",
    },
    device: {
      enum: DEVICES,
      default: "auto",
      meant: {
        gpu: "write cuda or webgpu, or auto, which takes what works",
        mps: "write webgpu",
        metal: "write webgpu",
        vulkan: "write webgpu",
      },
      description: "Where graphs run; cuda:1 is the second GPU.",
    },
    executor: {
      enum: ["inline", "processes"],
      meant: {
        process: "write processes",
        parallel: "write processes",
        local: "write processes, or inline for one step after the other",
        threads: "write processes",
        sequential: "write inline",
        serial: "write inline",
      },
      was: ["launcher"],
      description:
        "Where steps run: inline, one after the other on all processors, or processes, as many at a time as there are " +
        "processors; processes unless said, where there are several.",
    },
    checkpoints: {
      type: "object",
      properties: {
        every_minutes: {
          type: "number",
          minimum: 0,
          default: 10,
          description: "A step that runs longer keeps one after so many minutes.",
        },
        every_updates: {
          type: "integer",
          minimum: 1,
          description: "And after so many optimizer steps, where that is sooner.",
        },
      },
      additionalProperties: false,
      description:
        "Where a step that trains goes on after a kill. They are removed when it ends, and change no result.",
    },
    records: {
      type: "object",
      properties: {
        max_mib: {
          type: "number",
          minimum: 0,
          default: 64,
          description:
            "MiB that each table of a step may take, compressed: its metrics, its rollouts. What has no room is " +
            "left out, and told; 0 keeps none.",
        },
      },
      additionalProperties: false,
      description: "What is kept beside results for people to look into; it changes no result.",
    },
    params: {
      ...map,
      description: "Values for ${params.name}; override them with params.name=value.",
      was: ["vars", "variables", "parameters", "inputs"],
    },
    with: INHERITED,
    retries: { was: RETRIES.was, ...RETRIES_BELOW },
    retry_pause: RETRY_PAUSE_BELOW,
    time_limit: { was: TIME_LIMIT.was, ...TIME_LIMIT_BELOW },
    steps: {
      ...map,
      description: "The steps, each after what it refers to.",
      was: ["stages", "jobs", "tasks"],
    },
  },
  required: ["name", "steps"],
  additionalProperties: false,
} as const;

/** A step as written. */
export type StepFrame = Infer<typeof STEP_SCHEMA>;
/** A loop as written. */
export type LoopFrame = Infer<typeof LOOP_SCHEMA>;
/** What ends a loop, as written. */
export type UntilFrame = Infer<typeof UNTIL>;
/** A pipeline as written. */
export type PipelineFrame = Infer<typeof PIPELINE_SCHEMA>;

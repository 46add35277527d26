/** What an editor is told of the frame: steps, loops and what they have. @module */
import { parsePort } from "../src/core/stage.ts";
import { LOOP_SCHEMA, STEP_SCHEMA } from "../schemas/pipeline.ts";
import type { EditorStage } from "./editor_ports.ts";
import {
  described,
  type EditorSchema,
  type EditorSettings,
  missing,
  MODULE,
  needs,
  type Properties,
} from "./editor_settings.ts";

interface Frame {
  readonly required?: unknown;
  /** Other tools' names, which no editor should offer. */
  readonly was?: unknown;
  readonly properties?: Properties;
}

/** Types of what the program checks itself, to say more of it than a schema can. */
const TYPES: Readonly<Record<string, object>> = {
  retries: { type: "integer", minimum: 0 },
  seed: { type: "integer" },
  retry_pause: { type: "string" },
  time_limit: { type: "string" },
  times: { type: "integer", minimum: 1 },
  above: { type: "number" },
  at_least: { type: "number" },
  below: { type: "number" },
  at_most: { type: "number" },
  is: { type: ["string", "number", "boolean"] },
};

/** What is known of maps whose keys are the user's: those that the program knows. */
const KNOWN: Readonly<Record<string, Properties>> = {
  resources: {
    cpu: {
      type: "number",
      minimum: 0,
      default: 1,
      description:
        "Processors; where there are more that are free it gets some of these too. 0: none, in the program's own process.",
    },
    gpu: {
      type: "number",
      minimum: 0,
      default: 1,
      description: "GPUs, where graphs run on such.",
    },
    memory: {
      type: "string",
      description:
        "Most memory: 512MiB, 8GiB. No more steps run at a time than there is memory for.",
    },
  },
};

/** Parts of the frame; what has no type in the program's schema gets it. */
export function partsOf(frame: Properties, settings: EditorSettings): Properties {
  const parts = Object.entries(frame).map(([name, part]) => {
    const { required: _, was: _names, properties, ...rest }: Frame = part;
    if (name in TYPES && !("type" in part)) {
      return [name, settings.one({ ...TYPES[name], ...rest })];
    }
    if (name in KNOWN) {
      return [name, { ...rest, ...described(part), properties: settings.all(KNOWN[name]!) }];
    }
    if (properties === undefined) return [name, { ...rest, ...described(part) }];
    return [name, { ...rest, properties: partsOf(properties, settings) }];
  });
  return Object.fromEntries(parts);
}

/** A step that does not say yet what it does: everything is offered. */
export function newStep(stages: readonly EditorStage[], settings: EditorSettings): EditorSchema {
  return {
    properties: {
      uses: usesOf(stages),
      loop: loopOf(settings),
      ...partsOf(without(LOOP_SCHEMA.properties, "loop", "with"), settings),
      ...partsOf(without(STEP_SCHEMA.properties, "uses"), settings),
    },
    additionalProperties: false,
    allOf: [missing("uses", "A step says what it does: uses, with a stage; or loop, with steps.")],
  };
}

/** What runs: its stage says what it reads and how it is set. */
export function stageStep(stages: readonly EditorStage[], settings: EditorSettings): EditorSchema {
  const prefix = settings.prefix;
  const { in: inputs, with: config } = STEP_SCHEMA.properties;
  const { description: _, ...uses } = usesOf(stages);
  return {
    properties: { uses, ...partsOf(without(STEP_SCHEMA.properties, "uses"), settings) },
    additionalProperties: false,
    allOf: stages.map(({ name, summary, inputs: ports }) => {
      const needed = Object.entries(ports).filter(([, spec]) => !parsePort(spec).optional);
      return {
        if: { properties: { uses: { const: name } } },
        then: {
          properties: {
            uses: { description: summary },
            in: of(`${prefix}in_${name}`, inputs.description),
            with: of(`${prefix}with_${name}`, config.description),
          },
          ...needed.length === 0 || prefix !== "" ? {} : {
            allOf: [
              missing(
                "in",
                `${name} reads ${needed.map(([port]) => port).join(", ")}: say them under in.`,
              ),
            ],
          },
        },
      };
    }),
  };
}

/** Steps that are repeated. */
export function loopStep(steps: string, settings: EditorSettings): EditorSchema {
  const { with: { description: inherited }, steps: { description } } = LOOP_SCHEMA.properties;
  return {
    properties: {
      loop: loopOf(settings),
      ...partsOf(without(LOOP_SCHEMA.properties, "loop"), settings),
      steps: of(steps, description),
    },
    additionalProperties: false,
    allOf: settings.prefix === ""
      ? [missing("steps", "A loop has steps."), handedDown(inherited)]
      : [{ properties: { with: of("any_inherited", inherited) } }],
  };
}

/** Settings for the steps below: as stages have them where all are known, as a module of one's own has other ones. */
export function handedDown(description: string): EditorSchema {
  return {
    if: { properties: { steps: { $ref: "#/definitions/known" } } },
    then: { properties: { with: of("inherited", description) } },
    else: { properties: { with: of("any_inherited", description) } },
  };
}

/** What of a step laid over another does not depend on what that runs. */
export function layerStep(settings: EditorSettings): EditorSchema {
  const { properties, additionalProperties } = loopStep("layer", settings);
  return {
    properties: {
      ...partsOf(STEP_SCHEMA.properties, settings),
      ...properties as Properties,
      with: { type: ["object", "null"], description: STEP_SCHEMA.properties.with.description },
    },
    additionalProperties,
  };
}

/** How often, until when, and what is handed on. */
function loopOf(settings: EditorSettings): EditorSchema {
  const { properties, additionalProperties } = LOOP_SCHEMA.properties.loop;
  const { until } = properties;
  const parts = {
    ...partsOf(properties, settings),
    until: {
      type: "object",
      description: until.description,
      allOf: [
        { properties: partsOf(until.properties, settings), additionalProperties: false },
        ...settings.prefix === "" ? needs(until) : [],
      ],
    },
  };
  return {
    type: "object",
    description: "Repeats the steps below.",
    allOf: [
      { properties: parts, additionalProperties },
      ...settings.prefix === "" ? needs(LOOP_SCHEMA.properties.loop) : [],
    ],
  };
}

/** Stages by name; alternatives, so that over a name its own summary is shown. */
function usesOf(stages: readonly EditorStage[]): EditorSchema {
  const { description } = STEP_SCHEMA.properties.uses;
  const names = stages.map(({ name, summary }) => ({ const: name, description: summary }));
  return { description, anyOf: [...names, { type: "string", pattern: MODULE }] };
}

/** A map with what a definition says of it; beside the type, editors would write all that it says. */
export function of(definition: string, description: string): EditorSchema {
  return { type: "object", description, allOf: [{ $ref: `#/definitions/${definition}` }] };
}

function without(properties: Properties, ...names: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}

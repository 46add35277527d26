/**
 * The schema of pipeline files that editors read. It says what the program's own schemas say, laid out for
 * yaml-language-server: one object with conditions instead of alternatives, so that what is offered and
 * underlined is the step's own (decision 41).
 *
 * @module
 */
import type { Definition } from "../src/core/library.ts";
import { PIPELINE_SCHEMA } from "../schemas/pipeline.ts";
import { type EditorStage, ports, referencesIn } from "./editor_ports.ts";
import {
  type EditorSchema,
  EditorSettings,
  type Labelled,
  missing,
  needs,
  type Properties,
} from "./editor_settings.ts";
import {
  handedDown,
  layerStep,
  loopStep,
  newStep,
  of,
  partsOf,
  stageStep,
} from "./editor_steps.ts";

/** What a step may begin with. */
const SNIPPETS = [
  {
    label: "step",
    description: "A step that runs a stage.",
    body: { "${1:name}": { uses: "$2" } },
  },
  {
    label: "loop",
    description: "Steps that are repeated, each time with what the last gave on.",
    body: { "${1:name}": { loop: { times: "${2:4}" }, steps: { "${3:step}": { uses: "$4" } } } },
  },
];

/** The schema of a pipeline file with every stage's settings and inputs, draft-07. */
export function editorSchema(
  stages: readonly EditorStage[],
  definitions: readonly Definition[],
): EditorSchema {
  const kinds = [...new Set(definitions.map(({ kind }) => kind))];
  const alone = new EditorSettings(definitions, false);
  const layer = new EditorSettings(definitions, true);
  const { properties: frame, type, additionalProperties } = PIPELINE_SCHEMA;
  const inherited = frame.with.description, steps = frame.steps.description;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    type,
    properties: partsOf(frame, alone),
    additionalProperties,
    if: { required: ["extends"] },
    then: { properties: { with: of("any_inherited", inherited), steps: of("layer", steps) } },
    else: {
      allOf: [
        ...needs(PIPELINE_SCHEMA),
        { properties: { steps: of("steps", steps) } },
        handedDown(inherited),
        settingsUnlessInherited(),
      ],
    },
    definitions: {
      ...Object.fromEntries([alone, layer].flatMap((settings) => [
        ...kinds.map((kind) => [settings.prefix + kind, settings.names(kind)]),
        ...labelledIn(stages).map((labelled) => [
          `${settings.prefix}labelled_${labelled.components}`,
          settings.labelled(labelled),
        ]),
        ...stages.flatMap(({ name, config }) => [
          [`${settings.prefix}with_${name}`, settings.map(config.properties)],
        ]),
        ...stages.map((stage) => [`${settings.prefix}in_${stage.name}`, ports(stage, settings)]),
      ])),
      ...Object.fromEntries(referencesIn(stages)),
      inherited: { properties: sharedSettings(stages, alone, []) },
      any_inherited: { properties: sharedSettings(stages, layer, [{}]) },
      known: {
        additionalProperties: {
          properties: {
            uses: { enum: stages.map(({ name }) => name) },
            steps: { $ref: "#/definitions/known" },
          },
        },
      },
      steps: {
        defaultSnippets: SNIPPETS,
        additionalProperties: {
          type: "object",
          if: { required: ["loop"] },
          then: loopStep("steps", alone),
          else: {
            if: { required: ["uses"] },
            then: { $ref: "#/definitions/step" },
            else: newStep(stages, alone),
          },
        },
      },
      step: stageStep(stages, alone),
      layer_step: stageStep(stages, layer),
      required_settings: {
        additionalProperties: {
          if: { required: ["loop"] },
          then: settingsUnlessInherited(),
          else: { allOf: stages.flatMap(requiredSettings) },
        },
      },
      // Of a step laid over another not even what it runs is known.
      layer: {
        additionalProperties: {
          type: ["object", "null"],
          if: { required: ["uses"] },
          then: { $ref: "#/definitions/layer_step" },
          else: layerStep(layer),
        },
      },
    },
  };
}

/** Settings under whose labels definitions stand. */
function labelledIn(stages: readonly EditorStage[]): Labelled[] {
  const all: readonly object[] = stages.flatMap(({ config }) => Object.values(config.properties));
  return all.filter((part): part is Labelled => "components" in part);
}

/**
 * Settings that more than one stage has: where stages differ, what any of them takes.
 *
 * @param more what else a value may be
 */
function sharedSettings(
  stages: readonly EditorStage[],
  settings: EditorSettings,
  more: readonly EditorSchema[],
): Properties {
  const found = new Map<string, { readonly part: object; readonly stage: string }[]>();
  for (const { name, config } of stages) {
    for (const [key, part] of Object.entries(config.properties)) {
      found.set(key, [...found.get(key) ?? [], { part, stage: name }]);
    }
  }
  const shared = [...found].filter(([, uses]) => uses.length > 1).map(([key, uses]) => {
    const names = new Map<string, string[]>(), kinds = new Map<string, object>();
    for (const { part, stage } of uses) {
      const { default: _default, description, ...kind } = settings.one({
        ...part,
        default: undefined,
      });
      const words = String(description);
      names.set(words, [...names.get(words) ?? [], stage]);
      kinds.set(JSON.stringify(kind), kind);
    }
    const words = [...names].map(([words, stages]) => `${stages.join(", ")}: ${words}`);
    const description = words.join(" "), anyOf = [...kinds.values(), ...more];
    return [key, anyOf.length === 1 ? { ...anyOf[0], description } : { description, anyOf }];
  });
  return Object.fromEntries(shared);
}

/** Settings that steps have to have, where nothing above them may give these. */
function settingsUnlessInherited(): EditorSchema {
  return {
    if: { not: { required: ["with"] } },
    then: {
      properties: {
        steps: { type: "object", allOf: [{ $ref: "#/definitions/required_settings" }] },
      },
    },
  };
}

function requiredSettings({ name, config }: EditorStage): readonly EditorSchema[] {
  if ((config.required ?? []).length === 0) return [];
  const wanted = `${name} needs ${config.required!.join(", ")}: say it under with.`;
  return [{
    if: { required: ["uses"], properties: { uses: { const: name } } },
    then: {
      allOf: [missing("with", wanted)],
      properties: { with: { type: "object", allOf: needs(config) } },
    },
  }];
}

/**
 * Writes schemas/pipeline.schema.json, which editors read through the first line of each pipeline;
 * schemas/catalogue.json, from which the program knows the stages before it loads them; and schemas/validators.js, what ajv
 * makes of their schemas.
 *
 *     deno task schema
 *
 * @module
 */
import standaloneCode from "ajv/dist/standalone/index.js";
import type { ObjectSchema } from "../schemas/infer.ts";
import type { Definition } from "../src/core/library.ts";
import { parsePort, type PortSpec } from "../src/core/stage.ts";
import { AJV_OPTIONS, exact, makeAjv } from "../schemas/compile.ts";
import { schemaDigest } from "../schemas/validate.ts";
import { LOOP_SCHEMA, PIPELINE_SCHEMA, STEP_SCHEMA } from "../schemas/pipeline.ts";
import { TABLES } from "../src/stage/definitions.ts";
import { type Catalogue, declarationOf, definitionOf } from "../src/cli/project_library.ts";
import { STAGES } from "../stages/mod.ts";

/** Everything but stages that settings can name. */
const DEFINITIONS: readonly Definition[] = (await Promise.all(
  Object.values(TABLES).map(async (table) => Object.values<Definition>(await table())),
)).flat();

/** A module of the user's, or a reference to a parameter. */
const MODULE = "^(\\.{0,2}/|npm:|file:)|\\$\\{.*\\}";

/** Kinds of definitions that a setting names alone. */
const DEFINED = [...new Set(DEFINITIONS.map(({ kind }) => kind))];

/** The schema of a pipeline file with every stage's configuration, draft-07. */
export function pipelineSchema(): Record<string, unknown> {
  const steps = Object.values(STAGES).map((stage) => ({
    ...STEP_SCHEMA,
    description: stage.summary,
    properties: {
      ...STEP_SCHEMA.properties,
      uses: { const: stage.name, description: stage.summary },
      in: references(stage.inputs),
      with: allowReferences(stage.config),
    },
  }));
  const loopOf = (steps: string) => ({
    ...LOOP_SCHEMA,
    properties: { ...LOOP_SCHEMA.properties, steps: { $ref: `#/definitions/${steps}` } },
  });
  // Of a user's module nothing is known here.
  const own = {
    ...STEP_SCHEMA,
    description: "A stage of your own.",
    properties: { ...STEP_SCHEMA.properties, uses: { type: "string", pattern: MODULE } },
  };
  const { required, properties, ...frame } = PIPELINE_SCHEMA;
  const { loop, ...inLoop } = loopOf("layer").properties;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "SOAR pipeline",
    ...frame,
    properties,
    if: { required: ["extends"] },
    then: { properties: { steps: { $ref: "#/definitions/layer" } } },
    else: { required, properties: { steps: { $ref: "#/definitions/steps" } } },
    definitions: {
      steps: {
        type: "object",
        additionalProperties: {
          if: { type: "object", required: ["loop"] },
          then: loopOf("steps"),
          else: { $ref: "#/definitions/step" },
        },
      },
      step: { oneOf: [...steps, own] },
      layer_step: { oneOf: [...steps.map(asLayer), own] },
      ...Object.fromEntries(DEFINED.map((kind) => [kind, { anyOf: namesOf(kind, {}) }])),
      // Of a step laid over another not even what it runs is known.
      layer: {
        type: "object",
        additionalProperties: {
          if: { type: "object", required: ["uses"] },
          then: { $ref: "#/definitions/layer_step" },
          else: {
            type: ["object", "null"],
            properties: { ...STEP_SCHEMA.properties, ...inLoop, loop: { ...loop, required: [] } },
            additionalProperties: false,
          },
        },
      },
    },
  };
}

/** A step laid over another that runs something else: null removes what that had, whatever it is called. */
function asLayer(step: { readonly properties: { readonly in: object; readonly with: object } }) {
  const removed = { additionalProperties: { type: "null" } };
  const { properties } = step;
  return {
    ...step,
    properties: {
      ...properties,
      in: { ...properties.in, ...removed },
      with: { ...properties.with, ...removed },
    },
  };
}

function references(inputs: Readonly<Record<string, PortSpec>>) {
  const reference = { type: "string" };
  const named = { type: "object", additionalProperties: reference };
  const properties = Object.entries(inputs)
    .map(([name, spec]) => [name, parsePort(spec).named ? named : reference] as const);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

/** A string such as `${params.tau}` may stand for any value. */
function allowReferences(schema: object): object {
  const reference = { type: "string", pattern: "\\$\\{.*\\}" };
  const {
    was: _was,
    unlike: _unlike,
    unkeyed: _unkeyed,
    gone: _gone,
    properties,
    required: _required,
    component,
    components,
    each,
    ...rest
  } = schema as {
    was?: readonly string[];
    unlike?: object;
    unkeyed?: true;
    gone?: object;
    properties?: Record<string, object>;
    required?: readonly string[];
    additionalProperties?: false | object;
    component?: string;
    components?: string;
    each?: { readonly properties: Record<string, object> };
    shorthand?: string;
  };
  // Beside a $ref nothing counts in draft-07, and a description does not have to.
  if (component !== undefined) return { $ref: `#/definitions/${component}`, ...rest };
  if (components !== undefined) {
    const { shorthand, ...described } = rest;
    const value = each!.properties[shorthand!]!;
    const anyOf = [value, reference, ...namesOf(components, each!.properties).slice(1)];
    return { ...described, type: "object", additionalProperties: { anyOf } };
  }
  const values = rest.additionalProperties;
  if (typeof values === "object") {
    return { ...rest, additionalProperties: allowReferences(values) };
  }
  if (properties === undefined) return { anyOf: [rest, reference] };
  const loose = Object.entries(properties).map(([name, part]) => [name, allowReferences(part)]);
  return { ...rest, properties: Object.fromEntries(loose) };
}

/** What may name a definition of a kind: its name, a module, or either with settings. */
function namesOf(kind: string, more: Record<string, object>): object[] {
  const module = { type: "string", pattern: MODULE };
  const known = DEFINITIONS.filter((definition) => definition.kind === kind);
  const settings = known.map(({ name, summary, config }) => {
    const { properties } = allowReferences(config) as { properties: Record<string, object> };
    const uses = { const: name, description: summary };
    return {
      type: "object",
      properties: { uses, ...properties, ...more },
      additionalProperties: false,
    };
  });
  return [
    { anyOf: [{ enum: known.map(({ name }) => name) }, module] },
    ...settings,
    { type: "object", properties: { uses: module }, required: ["uses"] },
  ];
}

/** The generated file's text. */
export function schemaText(): string {
  return JSON.stringify(pipelineSchema(), null, 2) + "\n";
}

/** The catalogue's text. */
export function catalogueText(): string {
  const catalogue: Catalogue = {
    stages: Object.values(STAGES).map(declarationOf),
    definitions: DEFINITIONS.map(definitionOf),
  };
  return JSON.stringify(catalogue, null, 2) + "\n";
}

/** Schemas of what all definitions of a map have. */
function sharedSchemas({ properties }: ObjectSchema): ObjectSchema[] {
  return Object.values(properties).flatMap((property) =>
    "each" in property ? [property.each] : "properties" in property ? sharedSchemas(property) : []
  );
}

/** What ajv makes of every schema that ships, by the schema's digest. */
export function validatorsText(): string {
  const ajv = makeAjv({ ...AJV_OPTIONS, code: { source: true, esm: true, optimize: true } });
  const frames = [PIPELINE_SCHEMA, STEP_SCHEMA, LOOP_SCHEMA];
  const configs = [...Object.values(STAGES), ...DEFINITIONS].map(({ config }) => config);
  const all = [...frames, ...configs, ...configs.flatMap(sharedSchemas)];
  const digests = [...new Set(all.map(schemaDigest))];
  for (const schema of all) {
    const digest = schemaDigest(schema);
    if (ajv.getSchema(digest) === undefined) ajv.addSchema(exact(schema), digest);
  }
  const names = Object.fromEntries(digests.map((digest) => [`check${digest}`, digest]));
  const code = standaloneCode.default(ajv, names).replace(/^"use strict";/, "");
  const entries = digests.map((digest) => `"${digest}": check${digest}`);
  return `// Made by deno task schema; not to be edited.\n${code}\n` +
    `export const PREPARED = { ${entries.join(", ")} };\n`;
}

if (import.meta.main) {
  Deno.writeTextFileSync(new URL("../schemas/validators.js", import.meta.url), validatorsText());
  Deno.writeTextFileSync(new URL("../schemas/catalogue.json", import.meta.url), catalogueText());
  Deno.writeTextFileSync(new URL("../schemas/pipeline.schema.json", import.meta.url), schemaText());
}

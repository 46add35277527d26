/**
 * Writes schemas/pipeline.schema.json, which editors read through the first line of each pipeline;
 * schemas/stages.json, from which the program knows the stages before it loads them; and schemas/validators.js, what ajv
 * makes of their schemas.
 *
 *     deno task schema
 *
 * @module
 */
import standaloneCode from "ajv/dist/standalone/index.js";
import { AJV_OPTIONS, exact, makeAjv } from "../schemas/compile.ts";
import { schemaDigest } from "../schemas/validate.ts";
import { LOOP_SCHEMA, PIPELINE_SCHEMA, STEP_SCHEMA } from "../schemas/pipeline.ts";
import { declarationOf } from "../stages/catalogue.ts";
import { STAGES } from "../stages/mod.ts";

/** The schema of a pipeline file with every stage's configuration, draft-07. */
export function pipelineSchema(): Record<string, unknown> {
  const steps = Object.values(STAGES).map((stage) => ({
    ...STEP_SCHEMA,
    description: stage.summary,
    properties: {
      ...STEP_SCHEMA.properties,
      uses: { const: stage.name, description: stage.summary },
      in: references(Object.keys(stage.inputs)),
      with: allowReferences(stage.config),
    },
  }));
  const loop = {
    ...LOOP_SCHEMA,
    properties: { ...LOOP_SCHEMA.properties, steps: { $ref: "#/definitions/steps" } },
  };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "SOAR pipeline",
    ...PIPELINE_SCHEMA,
    properties: { ...PIPELINE_SCHEMA.properties, steps: { $ref: "#/definitions/steps" } },
    definitions: {
      steps: {
        type: "object",
        additionalProperties: {
          if: { required: ["loop"] },
          then: loop,
          else: { oneOf: steps },
        },
      },
    },
  };
}

function references(names: readonly string[]) {
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
    additionalProperties: false,
  };
}

/** A string such as `${params.tau}` may stand for any value. */
function allowReferences(schema: object): object {
  const reference = { type: "string", pattern: "\\$\\{.*\\}" };
  const { properties, required: _required, ...rest } = schema as {
    properties?: Record<string, object>;
    required?: readonly string[];
  };
  if (properties === undefined) return { anyOf: [schema, reference] };
  const loose = Object.entries(properties).map(([name, part]) => [name, allowReferences(part)]);
  return { ...rest, properties: Object.fromEntries(loose) };
}

/** The generated file's text. */
export function schemaText(): string {
  return JSON.stringify(pipelineSchema(), null, 2) + "\n";
}

/** The catalogue's text. */
export function catalogueText(): string {
  return JSON.stringify(Object.values(STAGES).map(declarationOf), null, 2) + "\n";
}

/** What ajv makes of every schema that ships, by the schema's digest. */
export function validatorsText(): string {
  const ajv = makeAjv({ ...AJV_OPTIONS, code: { source: true, esm: true, optimize: true } });
  const frames = [PIPELINE_SCHEMA, STEP_SCHEMA, LOOP_SCHEMA];
  const all = [...frames, ...Object.values(STAGES).map(({ config }) => config)];
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
  Deno.writeTextFileSync(new URL("../schemas/stages.json", import.meta.url), catalogueText());
  Deno.writeTextFileSync(new URL("../schemas/pipeline.schema.json", import.meta.url), schemaText());
}

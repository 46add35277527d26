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
import { AJV_OPTIONS, exact, makeAjv } from "../schemas/compile.ts";
import { schemaDigest } from "../schemas/validate.ts";
import { LOOP_SCHEMA, PIPELINE_SCHEMA, STEP_SCHEMA } from "../schemas/pipeline.ts";
import { TABLES } from "../src/stage/definitions.ts";
import { type Catalogue, declarationOf, definitionOf } from "../src/cli/project_library.ts";
import { STAGES } from "../stages/mod.ts";
import { editorSchema } from "./editor_schema.ts";
import type { EditorSchema } from "./editor_settings.ts";

/** Everything but stages that settings can name. */
const DEFINITIONS: readonly Definition[] = (await Promise.all(
  Object.values(TABLES).map(async (table) => Object.values<Definition>(await table())),
)).flat();

/** The schema of a pipeline file, for editors. */
export function pipelineSchema(): EditorSchema {
  return editorSchema(Object.values(STAGES), DEFINITIONS);
}

/** The generated file's text, each definition in a line. */
export function schemaText(): string {
  const { definitions, ...frame } = pipelineSchema();
  const lines = Object.entries(definitions as object)
    .map(([name, schema]) => `${JSON.stringify(name)}: ${JSON.stringify(schema)}`);
  const head = JSON.stringify(frame).slice(0, -1);
  return `${head},\n"definitions": {\n${lines.join(",\n")}\n}}\n`;
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

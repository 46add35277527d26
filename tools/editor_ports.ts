/** What an editor is told of inputs: which references they take. @module */
import { parsePort, type PortSpec } from "../src/core/stage.ts";
import {
  type EditorSchema,
  type EditorSettings,
  missing,
  type Properties,
  REMOVED,
  together,
} from "./editor_settings.ts";

/** What the schema says of a stage. */
export interface EditorStage {
  /** What `uses` says. */
  readonly name: string;
  /** What it does. */
  readonly summary: string;
  /** Its settings. */
  readonly config: { readonly properties: Properties; readonly required?: readonly string[] };
  /** What it reads. */
  readonly inputs: Readonly<Record<string, PortSpec>>;
  /** What it writes. */
  readonly outputs: Readonly<Record<string, PortSpec>>;
}

const REFERENCE_PATTERN =
  "^[a-z][a-z0-9_]*(\\[\\*\\])?(\\.[a-z][a-z0-9_]*)+(\\[\\d+\\])?$|\\$\\{.*\\}";

const REFERENCES = "A reference: step.port, step.port[0], prev.name.";

/** A stage's inputs, each with the outputs that it may be connected to. */
export function ports({ name, inputs }: EditorStage, { prefix }: EditorSettings): EditorSchema {
  const typed = (type: string) => prefix === "" ? type : [type, "null"];
  const all = Object.entries(inputs).map(([port, spec]) => {
    const { kind, list, named, optional } = parsePort(spec);
    const allOf = [{ $ref: `#/definitions/${list ? "list" : "one"}_of_${kind}` }];
    const takes = `${list ? "A list of kind" : "Of kind"} ${kind}${
      optional ? ", or left out" : ""
    }.`;
    const reference = { type: typed("string"), description: `${takes} ${REFERENCES}`, allOf };
    const names = `${takes} References under names.`;
    const schema = named
      ? { type: typed("object"), description: names, additionalProperties: reference }
      : reference;
    return { port, optional, takes, schema };
  });
  const needed = all.filter(({ optional }) => prefix === "" && !optional)
    .map(({ port, takes }) => missing(port, `${name} reads ${port}, which is missing. ${takes}`));
  return {
    properties: Object.fromEntries(all.map(({ port, schema }) => [port, schema])),
    additionalProperties: prefix === "" ? false : REMOVED,
    ...together(needed),
  };
}

/** References to what is of a kind, with the stages that write it. */
export function referencesIn(stages: readonly EditorStage[]): readonly [string, EditorSchema][] {
  const ports = stages.flatMap(({ inputs }) => Object.values(inputs).map(parsePort));
  return ports.map(({ kind, list }) => {
    const schema = {
      pattern: REFERENCE_PATTERN,
      errorMessage:
        `Write a reference to what is of kind ${kind}: step.port, step.port[0], prev.name.`,
      defaultSnippets: outputsFor(kind, list, stages),
    };
    return [`${list ? "list" : "one"}_of_${kind}`, schema];
  });
}

function outputsFor(kind: string, list: boolean, stages: readonly EditorStage[]) {
  const writers = new Map<string, string[]>();
  for (const { name, outputs } of stages) {
    for (const [port, spec] of Object.entries(outputs)) {
      const output = parsePort(spec);
      if (output.kind !== kind) continue;
      const reference = output.list && !list ? `${port}[0]` : port;
      writers.set(reference, [...writers.get(reference) ?? [], name]);
    }
  }
  const written = [...writers].map(([reference, names]) => ({
    label: `step.${reference}`,
    description: `Of a step that uses ${names.join(", ")}.`,
    bodyText: `\${1:step}.${reference}`,
  }));
  const previous = "In a loop: what the iteration before gave on by this name, or carry at first.";
  return [...written, { label: "prev.name", description: previous, bodyText: "prev.${1:name}" }];
}

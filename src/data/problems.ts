/** What of a row is the problem, its answer and its name. @module */
import type { Problem } from "../graders/grader.ts";
import type { PromptTemplate } from "../text/prompt_template.ts";
import { ANSWER_KINDS, type AnswerKind } from "./answers.ts";
import { asText, columnOf, type Columns, lookUp, type Row } from "./row.ts";

/** A template, and its text. */
export interface Template {
  readonly source: string;
  readonly template: PromptTemplate;
}

/** Paths of columns, and how they are read. */
export interface Mapping {
  readonly problem: string;
  /** The question, where it is made of several columns. */
  readonly template?: Template;
  /** The answer, likewise. */
  readonly answer_template?: Template;
  readonly answer: string;
  readonly answer_kind: AnswerKind;
  readonly answer_mark: string;
  readonly choices?: string;
  readonly id?: string;
  /** What else is kept, by the name it gets; whatever was read unless given. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** What makes a row no problem: a sentence that begins with its place, and the column to look at. */
export interface Fault {
  readonly message: string;
  readonly path: string;
}

/** The problem of a row. @param number counts rows, for those without a name of their own */
export function problemOf(
  { columns, place }: Row,
  number: number,
  mapping: Mapping,
): { readonly problem: Problem } | { readonly fault: Fault } {
  const fault = (path: string, message: string) => ({
    fault: { path, message: `${place.where} ${message}` },
  });
  const lacks = (path: string, setting: string) => {
    return fault(
      path,
      `has no text ${path} (it has ${shapesOf(columns)}); name the field with ${setting}`,
    );
  };
  const { template, answer_template, fields } = mapping;
  let written: unknown, value: unknown;
  try {
    written = valueOf(columns, mapping.problem, template);
    value = valueOf(columns, mapping.answer, answer_template);
  } catch (error) {
    return fault(mapping.problem, `does not fit the template: ${(error as Error).message}`);
  }
  const question = asText(written);
  if (question === undefined) {
    return template === undefined
      ? lacks(mapping.problem, "problem")
      : fault(mapping.problem, "has nothing that the template writes");
  }
  const id = mapping.id === undefined ? String(number) : asText(lookUp(columns, mapping.id));
  if (id === undefined) return lacks(mapping.id!, "id");
  if (value === undefined) return lacks(mapping.answer, "answer");
  const choices = mapping.choices === undefined ? undefined : lookUp(columns, mapping.choices);
  const found = ANSWER_KINDS[mapping.answer_kind](value, { mark: mapping.answer_mark, choices });
  if ("wrong" in found) {
    return fault(mapping.answer, `has no answer in ${mapping.answer}: ${found.wrong}`);
  }
  const kept = fields === undefined ? columns : picked(columns, fields);
  return { problem: { ...kept, id, problem: question, answer: found.answer } };
}

/** Names of columns, with what is in those that are no text: a path leads on from there. */
function shapesOf(columns: Columns): string {
  const shapes = Object.entries(columns).map(([name, value]) => {
    if (typeof value !== "object") return name;
    if (value === null) return `${name}: null`;
    if (!Array.isArray(value)) return `${name}: { ${Object.keys(value).slice(0, 5).join(", ")} }`;
    return `${name}: a list${typeof value[0] === "object" ? " of maps" : ""}`;
  });
  return shapes.join(", ");
}

function valueOf(columns: Columns, path: string, template: Template | undefined): unknown {
  return template === undefined ? lookUp(columns, path) : template.template.render(columns);
}

function picked(columns: Columns, fields: Readonly<Record<string, string>>): Columns {
  return Object.fromEntries(
    Object.entries(fields).map(([name, path]) => [name, lookUp(columns, path) ?? null]),
  );
}

/**
 * The columns that settings name, of those that a file has.
 *
 * @param where conditions by the path of their column
 * @throws {Error} when one is not there
 */
export function columnsFor(
  names: readonly string[],
  mapping: Mapping,
  where: Readonly<Record<string, unknown>> = {},
): string[] {
  const { template, answer_template, id, choices, fields = {} } = mapping;
  const found = new Set<string>();
  const take = (setting: string, paths: readonly (string | undefined)[]) => {
    for (const path of paths) {
      if (path === undefined) continue;
      const column = columnOf(path, names);
      if (column === undefined) {
        throw new Error(
          `it has no column ${path}, which ${setting} names; it has ${names.join(", ")}`,
        );
      }
      found.add(column);
    }
  };
  const takeWritten = (setting: "problem" | "answer", written: Template | undefined) => {
    if (written === undefined) return take(setting, [mapping[setting]]);
    names.filter((name) => isWord(name, written.source)).forEach((name) => found.add(name));
  };
  takeWritten("problem", template);
  takeWritten("answer", answer_template);
  take("id", [id]);
  take("choices", [choices]);
  // What is kept besides may be there or not, as in text.
  for (const path of Object.values(fields)) found.add(columnOf(path, names) ?? "");
  take("where", Object.keys(where));
  return names.filter((name) => found.has(name));
}

/** Whether a template may speak of a column: it stands there as a word. */
function isWord(name: string, source: string): boolean {
  const escaped = RegExp.escape(name);
  return new RegExp(`(?<![\\w])${escaped}(?![\\w])`).test(source);
}

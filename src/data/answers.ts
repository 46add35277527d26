/** Kinds of answers: what of a column is the answer. @module */
import { extract } from "../graders/math/extract.ts";
import { asText } from "./row.ts";

/** What kinds may be told. */
export interface AnswerSettings {
  /** What the answer comes after. */
  readonly mark: string;
  /** What may be chosen from, where the row has it. */
  readonly choices?: unknown;
}

/** The answer in a column's value, or what is wrong with that. */
export type AnswerOf = (
  value: unknown,
  settings: AnswerSettings,
) => { readonly answer: string } | { readonly wrong: string };

/** Every kind, by the name that `answer_kind:` takes. */
export const ANSWER_KINDS = { bare, boxed, after, list, choice } as const satisfies Readonly<
  Record<string, AnswerOf>
>;

/** The name of a kind. */
export type AnswerKind = keyof typeof ANSWER_KINDS;

/** The whole value. */
function bare(value: unknown): ReturnType<AnswerOf> {
  const text = asText(value);
  if (text !== undefined) return { answer: text };
  if (Array.isArray(value)) return { wrong: "it is a list; write answer_kind: list" };
  return { wrong: nothing(value) };
}

/** What stands in the last box of a solution. */
function boxed(value: unknown): ReturnType<AnswerOf> {
  const text = asText(value);
  if (text === undefined) return { wrong: nothing(value) };
  const found = extract(text, false)?.text.trim();
  return found === undefined || found === ""
    ? { wrong: "it has no \\boxed{} with an answer" }
    : { answer: found };
}

/** What follows the last mark, up to the end of its line: GSM8K's, without notes and commas in numbers. */
function after(value: unknown, { mark }: AnswerSettings): ReturnType<AnswerOf> {
  const text = asText(value);
  if (text === undefined) return { wrong: nothing(value) };
  const at = text.lastIndexOf(mark);
  if (at < 0) return { wrong: `it has no ${mark}` };
  const [line = ""] = text.slice(at + mark.length).trim().split("\n", 1);
  const answer = line.replaceAll(/<<[^>]*>>/g, "").replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .trim();
  return answer === "" ? { wrong: `nothing follows its ${mark}` } : { answer };
}

/** Every item of a list, such as OlympiadBench's `final_answer`. */
function list(value: unknown): ReturnType<AnswerOf> {
  const items = typeof value === "string" ? listIn(value) : value;
  if (!Array.isArray(items)) return { wrong: "it is no list" };
  if (items.length === 0) return { wrong: "its list is empty" };
  const texts = items.map(asText);
  if (texts.includes(undefined)) return { wrong: "its list has something that is no text" };
  return { answer: texts.map((text) => bareMath(text!)).join(", ") };
}

function listIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without the dollars around, where these are all of it. */
function bareMath(text: string): string {
  const [, inside] =
    /^(?:\$\$([^$]+)\$\$|\$([^$]+)\$)$/s.exec(text.trim())?.filter((part) => part !== undefined) ??
      [];
  return (inside ?? text).trim();
}

/** The letter of a choice: by letter, by label or by index from 0, or by what it says. */
function choice(value: unknown, { choices }: AnswerSettings): ReturnType<AnswerOf> {
  const text = asText(value)?.trim();
  if (text === undefined) return { wrong: nothing(value) };
  const given = choicesIn(choices);
  const index = indexOf(text, given);
  if (index === undefined) {
    const known = given.map(({ label }) => label).join(", ");
    return { wrong: `it is no choice${known === "" ? "" : ` of ${known}`}` };
  }
  return { answer: letterOf(index) };
}

interface Choice {
  readonly label: string;
  readonly text: string | undefined;
}

/** Choices as a list, as a map by letter, or as lists of labels and texts beside each other (ARC). */
function choicesIn(choices: unknown): readonly Choice[] {
  const all = typeof choices === "string" ? listIn(choices) : choices;
  if (Array.isArray(all)) {
    return all.map((item, i) => {
      const { label = letterOf(i), text = item } = (item ?? {}) as Partial<Record<string, unknown>>;
      return { label: String(label), text: asText(text)?.trim() };
    });
  }
  if (typeof all !== "object" || all === null) return [];
  const { label, text } = all as Partial<Record<string, unknown>>;
  if (Array.isArray(label) && Array.isArray(text)) {
    return label.map((one, i) => ({ label: String(one), text: asText(text[i])?.trim() }));
  }
  return Object.entries(all).map(([name, one]) => ({ label: name, text: asText(one)?.trim() }));
}

function indexOf(text: string, choices: readonly Choice[]): number | undefined {
  const [, letter] = /^\(?([A-Za-z])\)?[.:]?$/.exec(text) ?? [];
  const label = (letter ?? text).toUpperCase();
  if (choices.length === 0) {
    if (letter !== undefined) return label.charCodeAt(0) - 65;
    return /^\d+$/.test(text) && Number(text) < 26 ? Number(text) : undefined;
  }
  const ways = [
    choices.findIndex((one) => one.label.toUpperCase() === label),
    /^\d+$/.test(text) && Number(text) < choices.length ? Number(text) : -1,
    choices.findIndex((one) => one.text === text),
  ];
  return ways.find((index) => index >= 0);
}

function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}

function nothing(value: unknown): string {
  if (value === null || value === undefined || typeof value === "string") return "it is empty";
  return `it is ${Array.isArray(value) ? "a list" : "a map"}, and no text`;
}

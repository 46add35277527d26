/** The choices of a problem, by label. @module */
import type { Problem } from "../grader.ts";

/** Texts by label, in order; empty where the problem has none. */
export type Choices = ReadonlyMap<string, string>;

/**
 * The choices that a field of a problem holds: a list, a map from labels to texts, or texts and labels beside each other as
 * ARC has them.
 */
export function choicesOf(problem: Problem, field: string, labels: readonly string[]): Choices {
  const given = Object.hasOwn(problem, field) ? problem[field] : undefined;
  if (Array.isArray(given)) return labelled(given, labels);
  if (typeof given !== "object" || given === null) return new Map();
  const { text, label } = given as { readonly text?: unknown; readonly label?: unknown };
  if (Array.isArray(text) && Array.isArray(label)) return labelled(text, label);
  return labelled(Object.values(given), Object.keys(given));
}

function labelled(texts: readonly unknown[], labels: readonly unknown[]): Choices {
  return new Map(texts.slice(0, labels.length).map((text, i) => [String(labels[i]), String(text)]));
}

/** A text as it is compared: without case, markup and a full stop. */
export function bare(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(/[*_`$"“”]|\\(?:text|boxed)|[{}]/g, "")
    .replaceAll(/\s+/g, " ").replace(/[ .,;:!?]+$/, "").trim();
}

/** The label of the only choice whose text is this one. */
export function labelOfText(choices: Choices, text: string): string | undefined {
  const wanted = bare(text);
  const found = [...choices].filter(([, choice]) => wanted !== "" && bare(choice) === wanted);
  return found.length === 1 ? found[0]![0] : undefined;
}

/** The label of the only choice whose text stands in a line, words whole, texts within longer ones left out. */
export function labelWithin(choices: Choices, line: string): string | undefined {
  const text = bare(line);
  const found = [...choices].map(([label, choice]) => ({ label, choice: bare(choice) }))
    .filter(({ choice }) => choice !== "" && hasWords(text, choice));
  const widest = found.filter(({ choice }) =>
    !found.some((other) => other.choice !== choice && hasWords(other.choice, choice))
  );
  return widest.length === 1 ? widest[0]!.label : undefined;
}

function hasWords(text: string, words: string): boolean {
  const pattern = `(?<![\\p{L}\\p{N}]|\\p{N}[.,]|[-−])${
    RegExp.escape(words)
  }(?![\\p{L}\\p{N}]|[.,]\\p{N})`;
  return new RegExp(pattern, "u").test(text);
}

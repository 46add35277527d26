/** Answers taken apart. @module */
import type { Answer, Operator, Sequence } from "./answer.ts";
import { dateOf, timeOf } from "./dates.ts";
import { enclosed, normalize, splitAt } from "./latex.ts";
import { listOf, partsOf, plusMinus } from "./lists.ts";
import { matrixOf } from "./matrix.ts";
import { checkSize, readNode, Unreadable } from "./node.ts";
import { quantityOf, readQuantity, sumOf } from "./quantity.ts";
import { residueOf } from "./residue.ts";
import { cyclesOf, plainWords, wordsOf } from "./texts.ts";
import { meaningOf, numberOfWords } from "./words.ts";

const OPERATORS: Readonly<Record<string, Operator>> = {
  "=": "=",
  "<": "<",
  ">": ">",
  "\\le": "<=",
  "\\ge": ">=",
  "\\ne": "!=",
  "\\in": "in",
  "\\approx": "~",
  "\\equiv": "=",
};

/** What says that the answer follows. */
const LABEL = /^\s*(\\text\s*\{)?\s*(?:final\s+)?answer\s*:\s*(?=\S)/i;

/** More is no answer; each of its parts may have fewer still. */
const LONGEST = 3_000;

/**
 * What a text says: 1,22 may be a list or a number with a decimal comma, and is both.
 *
 * @throws {Unreadable} when it says nothing that can be compared
 */
export function readAnswer(text: string): readonly Answer[] {
  if (text.length > LONGEST) throw new Unreadable(`it has ${text.length} characters`);
  const plain = trimmed(normalize(text).replace(LABEL, "$1"));
  const readings = [joinThousands(plain)];
  if (/^-?(?:0,\d+|\d+,\d{2}|\d+,\d{4,})(?:\s*[^\d\s.,]\S*)?$/.test(plain)) {
    const asDecimal = plain.replace(",", ".");
    // No item of a list begins with a 0.
    if (/,0\d/.test(plain)) readings.pop();
    readings.push(asDecimal);
  }
  const [first, ...more] = readings.map((reading) => () => parseAnswer(reading, 0));
  try {
    return [first!(), ...more.map((read) => read())];
  } catch (error) {
    if (more.length === 0 || !(error instanceof Unreadable)) throw error;
    return more.map((read) => read());
  }
}

/** Without punctuation at the end, and without braces around all of it. */
function trimmed(text: string): string {
  let result = text.trim().replace(/^[=:,;]+/, "").replace(/(?:[.,;:]|\\\\)+\s*$/, "").trim();
  for (;;) {
    const inner = enclosed(result, "{", "}") ??
      /^\\text\s*\{\s*([-+.\d][^{}]*)\}$/.exec(result)?.[1];
    if (inner === undefined) return result;
    result = inner.trim();
  }
}

function parseAnswer(given: string, depth: number): Answer {
  const text = trimmed(given);
  if (text === "") throw new Unreadable("there is nothing");
  if (depth > 6) throw new Unreadable("it is nested too deeply");
  checkSize(text);
  const parse = (part: string) => parseAnswer(part, depth + 1);
  return phraseOf(text, depth) ??
    matrixOf(text, parse) ??
    cyclesOf(text) ??
    residueOf(text) ??
    sumOf(text) ??
    listOf(text, parse) ??
    relationOf(text, depth) ??
    unionOf(text, parse) ??
    bracketedOf(text, parse) ??
    plusMinus(text, parse) ??
    ratioOf(text) ??
    wordsOf(text, parse) ??
    readQuantity(text);
}

/** Dates, times of day, and set phrases. */
function phraseOf(text: string, depth: number): Answer | undefined {
  if (text.length > 80) return undefined;
  if (/^\\(?:emptyset|varnothing)$/.test(text)) {
    return { kind: "sequence", open: "{", close: "}", items: [] };
  }
  const words = plainWords(text), time = timeOf(words);
  if (time !== undefined) {
    const parts = time.half === undefined ? time.parts.slice(0, words.split(":").length) : [];
    const numbers = parts.map((part) => readNode(String(part)));
    return { kind: "ratio", parts: numbers, time };
  }
  const date = dateOf(words);
  if (date !== undefined) return { kind: "text", text: date };
  const number = /^[a-z\s-]+$/i.test(words) ? numberOfWords(words) : undefined;
  if (number !== undefined) return quantityOf({ kind: "number", value: number });
  const meaning = meaningOf(words);
  if (meaning === undefined) return undefined;
  return /[\\]/.test(meaning) ? parseAnswer(meaning, depth + 1) : { kind: "text", text: meaning };
}

const THOUSANDS = /(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,]*\d)/g;

/**
 * Thousands outside of brackets: 1,000 is a number, (1,000) a pair, and 32, 349 a list. Within brackets they are numbers where
 * blanks tell the commas apart, as in {1,000, 2,000}.
 */
function joinThousands(text: string): string {
  let result = "", depth = 0;
  for (const part of text.split(/([([{\])}])/)) {
    if (/^[([{]$/.test(part)) depth++;
    if (/^[\])}]$/.test(part)) depth--;
    const isTold = depth === 0 || /,\s/.test(part);
    result += isTold ? part.replaceAll(THOUSANDS, (n) => n.replaceAll(",", "")) : part;
  }
  return result;
}

function relationOf(text: string, depth: number): Answer | undefined {
  const operators: Operator[] = [];
  const parts = splitAt(text, (token) => {
    const operator = Object.hasOwn(OPERATORS, token) ? OPERATORS[token] : undefined;
    if (operator === undefined) return false;
    operators.push(operator);
    return true;
  });
  if (operators.length === 0) return undefined;
  // What follows an approximation says it again.
  const end = operators.indexOf("~", operators[0] === "~" ? 1 : 0);
  const kept = end > 0 ? end : operators.length;
  const sides = parts.slice(0, kept + 1);
  if (sides.some((side) => side.trim() === "")) {
    const left = sides.filter((side) => side.trim() !== "");
    const isSaid = operators.every((operator) => operator === "=" || operator === "~");
    if (left.length === 1 && isSaid) return parseAnswer(left[0]!, depth + 1);
    throw new Unreadable("a side is missing");
  }
  const chain = operators.slice(0, kept).map((operator) =>
    operator === "~" ? "=" as const : operator
  );
  return {
    kind: "relation",
    operators: chain,
    sides: sides.map((side, i) => sideOf(side, depth, i === sides.length - 1)),
  };
}

/** A side; a name that is no expression, such as S_{ABC}:S, is taken as words. */
function sideOf(text: string, depth: number, isLast: boolean): Answer {
  try {
    return parseAnswer(text, depth + 1);
  } catch (error) {
    if (isLast || !(error instanceof Unreadable)) throw error;
    return { kind: "text", text: text.replaceAll(/\s/g, "") };
  }
}

function unionOf(text: string, parse: (text: string) => Answer): Answer | undefined {
  const [kept, ...left] = splitAt(
    text,
    (token) => token === "\\setminus" || token === "\\backslash",
  );
  if (left.length > 1) throw new Unreadable("it takes away more than once");
  const without = left.length === 0 ? {} : { without: parse(left[0]!) };
  const parts = splitAt(kept!, (token) => token === "\\cup");
  if (parts.length > 1 || left.length > 0) {
    return { kind: "union", parts: parts.map(parse), ...without };
  }
  const common = splitAt(kept!, (token) => token === "\\cap");
  const areSets = common.every((part) => /[([]|\\\{|\\mathbb/.test(part));
  if (common.length < 2 || !areSets) return undefined;
  return { kind: "union", parts: common.map(parse), common: true };
}

const BRACKETS = [
  ["(", ")"],
  ["(", "]"],
  ["[", ")"],
  ["[", "]"],
  ["\\{", "\\}"],
  ["\\langle", "\\rangle"],
] as const;

function bracketedOf(text: string, parse: (text: string) => Answer): Answer | undefined {
  for (const [open, close] of BRACKETS) {
    const inside = enclosed(text, open, close);
    if (inside === undefined) continue;
    if (inside.trim() === "" && open === "\\{") return parse("\\emptyset");
    const built = open === "\\{" ? setOf(inside, parse) : undefined;
    if (built !== undefined) return built;
    const parts = partsOf(inside);
    if (parts.length === 1 && open !== "\\{") {
      return open === "(" && close === ")" ? parse(inside) : undefined;
    }
    const turned = parts.filter((part) => /\\(?:pm|mp)(?![a-zA-Z])/.test(part)).length;
    // (±1, 2) is two points; of more such numbers it is not clear which go together.
    if (turned === 1 && open === "(") return plusMinus(text, parse);
    const items = parts.map(parse);
    if (open === "[" && close === "]" && items.every(isRow)) {
      return { kind: "matrix", rows: items.map((item) => item.items) };
    }
    const plain = (bracket: string) =>
      bracket.replace(/^\\[lr]angle$/, open === "\\langle" && bracket === open ? "(" : ")").replace(
        "\\",
        "",
      );
    return {
      kind: "sequence",
      open: plain(open) as Sequence["open"],
      close: plain(close) as Sequence["close"],
      items: open === "\\{"
        ? items.flatMap((item) =>
          item.kind === "sequence" && item.open === "" ? item.items : [item]
        )
        : items,
    };
  }
  return undefined;
}

/** {x | x > 2} as x > 2; other conditions are compared as they are written. */
function setOf(inside: string, parse: (text: string) => Answer): Answer | undefined {
  const [name, condition, ...more] = splitAt(inside, (token) => token === "|" || token === ":");
  if (condition === undefined || more.length > 0) return undefined;
  if (!/^\s*[a-z]\s*(?:\\in\s*\\mathbb\s*\{R\}\s*)?$/.test(name!)) return undefined;
  if (!/[<>]|\\(?:le|ge|ne)(?![a-z])/.test(condition)) return undefined;
  return parse(condition);
}

function isRow(answer: Answer): answer is Sequence {
  return answer.kind === "sequence" && answer.open === "[" && answer.close === "]";
}

function ratioOf(text: string): Answer | undefined {
  const parts = splitAt(text, (token) => token === ":");
  if (parts.length < 2 || /^[A-J]:\s/.test(text)) return undefined; // a choice
  return { kind: "ratio", parts: parts.map((part) => readNode(part.trim())) };
}

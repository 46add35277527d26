/** Answers taken apart. @module */
import { type Answer, isAssignment, type Operator, type Sequence } from "./answer.ts";
import { enclosed, normalize, splitAt } from "./latex.ts";
import { matrixOf } from "./matrix.ts";
import { checkSize, readNode, Unreadable } from "./node.ts";
import { readQuantity } from "./quantity.ts";

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

/** More is no answer; each of its parts may have fewer still. */
const LONGEST = 3_000;

/**
 * What a text says: 1,22 may be a list or a number with a decimal comma, and is both.
 *
 * @throws {Unreadable} when it says nothing that can be compared
 */
export function readAnswer(text: string): readonly Answer[] {
  if (text.length > LONGEST) throw new Unreadable(`it has ${text.length} characters`);
  const plain = trimmed(normalize(text));
  const readings = [joinThousands(plain)];
  if (/^-?(?:0,\d+|\d+,\d{2}|\d+,\d{4,})(?:\s*[^\d\s.,]\S*)?$/.test(plain)) {
    readings.push(plain.replace(",", "."));
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
    const inner = enclosed(result, "{", "}");
    if (inner === undefined) return result;
    result = inner.trim();
  }
}

function parseAnswer(given: string, depth: number): Answer {
  const text = trimmed(given);
  if (text === "") throw new Unreadable("there is nothing");
  if (depth > 6) throw new Unreadable("it is nested too deeply");
  checkSize(text);
  const matrix = matrixOf(text, (part) => parseAnswer(part, depth + 1));
  if (matrix !== undefined) return matrix;
  const lists = listOf(text, depth);
  if (lists !== undefined) return lists;
  const relation = relationOf(text, depth);
  if (relation !== undefined) return relation;
  const union = unionOf(text, depth);
  if (union !== undefined) return union;
  const bracketed = bracketedOf(text, depth);
  if (bracketed !== undefined) return bracketed;
  const both = plusMinus(text);
  if (both !== undefined) {
    return {
      kind: "sequence",
      open: "",
      close: "",
      items: both.map((t) => parseAnswer(t, depth + 1)),
    };
  }
  const ratio = ratioOf(text);
  if (ratio !== undefined) return ratio;
  return wordsOf(text) ?? readQuantity(text);
}

/** Words between values of a list. */
const AND = /\\text\s*\{\s*,?\s*(and|or)\s*,?\s*\}|(?<![A-Za-z\\])(and|or)(?![A-Za-z])/g;

/** A list without brackets. */
function listOf(text: string, depth: number): Sequence | undefined {
  const isOr = /(?<![A-Za-z])or(?![A-Za-z])/.test(text);
  const plain = text.replaceAll(AND, ",");
  const isSemicolon = splitAt(plain, (token) => token === ";").length > 1;
  const parts = splitAt(plain, (token) => token === ";" || (token === "," && !isSemicolon))
    .map((part) => part.trim().replace(/^\\text\s*\{\s*\}/, "").trim()).filter((part) =>
      part !== ""
    );
  if (parts.length < 2) {
    return undefined;
  }
  const items = parts.map((part) => parseAnswer(part, depth + 1));
  // n = 1, 2, 3 says one thing of all.
  const [first, ...rest] = items;
  if (
    first!.kind === "relation" && isAssignment(first!) &&
    rest.every(({ kind }) => kind !== "relation")
  ) {
    const values = [first!.sides.at(-1)!, ...rest];
    return { kind: "sequence", open: "", close: "", items: values, ...(isOr ? { or: true } : {}) };
  }
  return { kind: "sequence", open: "", close: "", items, ...(isOr ? { or: true } : {}) };
}

/** Thousands outside of brackets: 1,000 is a number, (1,000) a pair, and 32, 349 a list. */
function joinThousands(text: string): string {
  let result = "", depth = 0;
  for (const part of text.split(/([([{\])}])/)) {
    if (/^[([{]$/.test(part)) depth++;
    if (/^[\])}]$/.test(part)) depth--;
    result += depth === 0
      ? part.replaceAll(/(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])/g, (n) => n.replaceAll(",", ""))
      : part;
  }
  return result;
}

function relationOf(text: string, depth: number): Answer | undefined {
  const operators: Operator[] = [];
  const parts = splitAt(text, (token) => {
    const operator = OPERATORS[token];
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
    if (left.length === 1) return parseAnswer(left[0]!, depth + 1);
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

function unionOf(text: string, depth: number): Answer | undefined {
  const [kept, ...left] = splitAt(
    text,
    (token) => token === "\\setminus" || token === "\\backslash",
  );
  const parts = splitAt(kept!, (token) => token === "\\cup");
  if (parts.length < 2 && left.length === 0) return undefined;
  if (left.length > 1) throw new Unreadable("it takes away more than once");
  const without = left.length === 0 ? {} : { without: parseAnswer(left[0]!, depth + 1) };
  return { kind: "union", parts: parts.map((part) => parseAnswer(part, depth + 1)), ...without };
}

const BRACKETS = [
  ["(", ")"],
  ["(", "]"],
  ["[", ")"],
  ["[", "]"],
  ["\\{", "\\}"],
  ["\\langle", "\\rangle"],
] as const;

function bracketedOf(text: string, depth: number): Answer | undefined {
  for (const [open, close] of BRACKETS) {
    const inside = enclosed(text, open, close);
    if (inside === undefined) continue;
    const isSemicolon = splitAt(inside, (token) => token === ";").length > 1;
    const parts = splitAt(inside, (token) => token === ";" || (token === "," && !isSemicolon));
    if (parts.length === 1 && open !== "\\{") {
      return open === "(" && close === ")" ? parseAnswer(inside, depth + 1) : undefined;
    }
    if (inside.trim() === "") return { kind: "sequence", open: "{", close: "}", items: [] };
    const items = parts.map((part) => parseAnswer(part, depth + 1));
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

/** The two values of something with ±. */
function plusMinus(text: string): [string, string] | undefined {
  if (!/\\(pm|mp)(?![a-zA-Z])/.test(text)) return undefined;
  const signs = (up: string, down: string) =>
    text.replaceAll(/\\pm(?![a-zA-Z])/g, up).replaceAll(/\\mp(?![a-zA-Z])/g, down);
  return [signs("+", "-").replace(/^\s*\+/, ""), signs("-", "+").replace(/^\s*\+/, "")];
}

function ratioOf(text: string): Answer | undefined {
  const parts = splitAt(text, (token) => token === ":");
  if (parts.length < 2) return undefined;
  return { kind: "ratio", parts: parts.map((part) => readNode(part.trim())) };
}

/** Words alone, or a choice with what it says. */
function wordsOf(text: string): Answer | undefined {
  const plain = text.replaceAll(/\\text\s*\{([^{}]*)\}/g, " $1 ").replaceAll(/\s+/g, " ").trim();
  const isText = /\\text\s*\{/.test(text);
  const choice = /^\(?([A-J])\)(?:\s|\\|$|\.)/.exec(plain)?.[1] ??
    /^\(([A-J])\)?$/.exec(plain)?.[1];
  if (choice !== undefined) return { kind: "text", text: choice.toLowerCase() };
  if (/^[A-Za-z]$/.test(plain) && isText) return { kind: "text", text: plain.toLowerCase() };
  const isWords = /^[\p{L}][\p{L}'’-]+(?:[ ,-]+[\p{L}\d'’-]+)*$/u.test(plain);
  // More words are a sentence, and no answer.
  if (isWords && (isText || /\p{L}{3,}/u.test(plain)) && (isText || plain.split(" ").length <= 2)) {
    return { kind: "text", text: plain.toLowerCase() };
  }
  return undefined;
}

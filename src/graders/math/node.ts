/** Expressions as trees, read from LaTeX. @module */
import { parse } from "@cortex-js/compute-engine/latex-syntax";
import { fromDecimal, type Rational } from "./rational.ts";

/** An expression. */
export type Node =
  | { readonly kind: "number"; readonly value: Rational }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "call"; readonly head: string; readonly args: readonly Node[] };

/** Something that is no expression. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

// The parser takes time that grows with powers of these.
const LONGEST = 1_500, DEEPEST = 40, MOST_BARS = 12, MOST_BRACKETS = 120;
/** Exponential in these, where something is wrong within. */
const DEEPEST_PARENTHESES = 10;

/** Letters that stand for functions where parentheses follow. */
const FUNCTION_NAMES = /^[fghFGHPΦφψΨθΘ](_\w+)?$/;

/** @throws {Unreadable} when it is no expression, or too large for one */
export function readNode(latex: string): Node {
  checkSize(latex);
  // Within an expression brackets are parentheses.
  const plain = withParentheses(latex);
  let tree: unknown;
  try {
    tree = parse(plain);
  } catch (error) {
    throw new Unreadable(`it cannot be parsed: ${(error as Error).message}`);
  }
  return toNode(tree);
}

/** With parentheses for all brackets, but for the degrees of roots. */
function withParentheses(latex: string): string {
  const degrees: string[] = [];
  const plain = latex.replaceAll(/\\sqrt\s*\[([^[\]]*)\]/g, (_, degree: string) => {
    degrees.push(degree);
    return "\u0002";
  }).replaceAll(/\[|\\\{/g, "(").replaceAll(/\]|\\\}/g, ")");
  let depth = 0;
  for (const [bracket] of plain.matchAll(/[()]/g)) {
    depth += bracket === "(" ? 1 : -1;
    if (depth > DEEPEST_PARENTHESES) throw new Unreadable("it is nested too deeply");
    if (depth < 0) break;
  }
  // The parser takes exponential time to find out.
  if (depth !== 0) throw new Unreadable("its brackets do not match");
  return plain.replaceAll("\u0002", () => `\\sqrt[${degrees.shift()}]`);
}

/** @throws {Unreadable} when the parser would take too long */
export function checkSize(latex: string): void {
  if (latex.length > LONGEST) throw new Unreadable(`it has ${latex.length} characters`);
  let depth = 0, deepest = 0, bars = 0, brackets = 0;
  for (const character of latex) {
    if ("{([".includes(character)) {
      deepest = Math.max(deepest, ++depth);
      brackets++;
    } else if ("})]".includes(character)) depth--;
    else if (character === "|") bars++;
  }
  const commands = latex.match(/\\(frac|sqrt|left|begin)/g)?.length ?? 0;
  if (/(?:[-+]\s*){20}/.test(latex)) throw new Unreadable("it has too many signs");
  if (deepest > DEEPEST) throw new Unreadable("it is nested too deeply");
  if (bars > MOST_BARS || brackets > MOST_BRACKETS || commands > MOST_BRACKETS) {
    throw new Unreadable("it has too many brackets");
  }
}

const TEXTS = new WeakMap<Node, string>();

/** An expression as text, the same for the same expression. */
export function nodeText(node: Node): string {
  if (node.kind === "symbol") return node.name;
  let text = TEXTS.get(node);
  if (text === undefined) TEXTS.set(node, text = makeText(node));
  return text;
}

function makeText(node: Exclude<Node, { readonly kind: "symbol" }>): string {
  if (node.kind === "number") {
    return node.value.den === 1n ? `${node.value.num}` : `${node.value.num}/${node.value.den}`;
  }
  const args = node.args.map(nodeText);
  if (node.head === "Add" || node.head === "Multiply") args.sort();
  return `${node.head}(${args.join(",")})`;
}

const SYMBOLS = new WeakMap<Node, ReadonlySet<string>>();

/** Names in an expression that stand for values, constants left out. */
export function symbolsOf(node: Node): ReadonlySet<string> {
  let symbols = SYMBOLS.get(node);
  if (symbols === undefined) {
    const all = node.kind === "call"
      ? node.args.flatMap((arg) => [...symbolsOf(arg)])
      : node.kind === "symbol" && !CONSTANTS.has(node.name)
      ? [node.name]
      : [];
    SYMBOLS.set(node, symbols = new Set(all));
  }
  return symbols;
}

/** Names of numbers. */
export const CONSTANTS: ReadonlySet<string> = new Set([
  "Pi",
  "ExponentialE",
  "ImaginaryUnit",
  "PositiveInfinity",
]);

const SAME_SYMBOL: Readonly<Record<string, string>> = {
  e: "ExponentialE",
  i: "ImaginaryUnit",
  phi: "phi",
  varphi: "phi",
  GoldenRatio: "phi",
  varepsilon: "epsilon",
  vartheta: "theta",
};

const SAME_HEAD: Readonly<Record<string, string>> = {
  InvisibleOperator: "Multiply",
  Norm: "Abs",
  Rational: "Divide",
};

function toNode(tree: unknown): Node {
  if (typeof tree === "number") return numberNode(integerText(tree));
  if (typeof tree === "string") return symbolNode(tree);
  if (Array.isArray(tree)) return callNode(tree);
  const part = tree as { num?: string; fn?: unknown[]; sym?: string; str?: string } | null;
  if (part?.num !== undefined) return numberNode(part.num);
  if (part?.fn !== undefined) return callNode(part.fn);
  if (part?.sym !== undefined) return symbolNode(part.sym);
  throw new Unreadable("there is text in it");
}

function integerText(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (!Number.isFinite(value)) throw new Unreadable("it has no value");
  return String(value);
}

function numberNode(text: string): Node {
  if (/^[+-]?(Infinity|NaN)$/.test(text)) throw new Unreadable("it has no value");
  const value = fromDecimal(text.replace(/\((\d+)\)$/, "$1").replaceAll(/[\s_]/g, ""));
  if (value === undefined) throw new Unreadable("it has a number that is too long");
  return { kind: "number", value };
}

function symbolNode(name: string): Node {
  if (name === "" || /['"\s]/.test(name)) throw new Unreadable("there is text in it");
  if (name === "Nothing" || name === "Error") throw new Unreadable("something is missing in it");
  return { kind: "symbol", name: Object.hasOwn(SAME_SYMBOL, name) ? SAME_SYMBOL[name]! : name };
}

function callNode([head, ...rest]: readonly unknown[]): Node {
  if (typeof head !== "string") throw new Unreadable("it is no expression");
  if (head === "Error") throw new Unreadable("something in it is not understood");
  if (head === "Delimiter") return inside(rest);
  if (head === "List" && rest.length === 1) return toNode(rest[0]); // brackets as parentheses
  if (head === "Sequence" && rest.length === 1) return toNode(rest[0]);
  if (head === "InvisibleOperator") return juxtaposed(rest);
  const points = pointsOf(head, rest);
  if (points !== undefined) return points;
  if (
    /^(Sequence|Tuple|List|Set|Pair|Triple|Measurement|PlusMinus|Equal|Less|Greater)/.test(head)
  ) {
    // Bounds of sums and integrals are tuples.
    if (head !== "Tuple") throw new Unreadable("it is no single value");
  }
  if (head === "Subscript") return subscripted(rest);
  const args = rest.map(toNode);
  // Brackets as parentheses, once more.
  if (head === "At" && args.length === 2) return { kind: "call", head: "Multiply", args };
  return { kind: "call", head: Object.hasOwn(SAME_HEAD, head) ? SAME_HEAD[head]! : head, args };
}

/** What stands in parentheses. */
function inside(rest: readonly unknown[]): Node {
  const [content] = rest;
  if (content === undefined) throw new Unreadable("it has empty parentheses");
  return toNode(content);
}

/** f, and f^{-1}. */
function functionName(part: unknown): string | undefined {
  if (typeof part === "string") return FUNCTION_NAMES.test(part) ? part : undefined;
  const [head, base, exponent] = Array.isArray(part) ? part : [];
  const isInverse = head === "Power" && typeof base === "string" && FUNCTION_NAMES.test(base) &&
    JSON.stringify(exponent) === '["Negate",1]';
  return isInverse ? `${base}_inverse` : undefined;
}

const OVER = /^(?:Over\w+|Conjugate|Mean)$/;

/** What stands over names of points, which are in an order: AB is no product there. */
function pointsOf(head: string, rest: readonly unknown[]): Node | undefined {
  const [inner, ...more] = rest;
  if (!OVER.test(head) || more.length > 0) return undefined;
  const letters = Array.isArray(inner) && inner[0] === "InvisibleOperator"
    ? inner.slice(1)
    : [inner];
  if (!letters.every((letter) => typeof letter === "string")) return undefined;
  // A segment has no direction.
  const names = head === "Conjugate" ? letters.toSorted() : letters;
  return { kind: "symbol", name: `${head === "Conjugate" ? "OverLine" : head} ${names.join(" ")}` };
}

/** Factors side by side; f(x) is no product. */
function juxtaposed(parts: readonly unknown[]): Node {
  const args: Node[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i], next = parts[i + 1];
    const name = functionName(part);
    if (name !== undefined && Array.isArray(next) && next[0] === "Delimiter") {
      const [content] = next.slice(1) as unknown[];
      const given = Array.isArray(content) && content[0] === "Sequence"
        ? content.slice(1)
        : [content];
      args.push({ kind: "call", head: name, args: given.map(toNode) });
      i++;
    } else args.push(toNode(part));
  }
  return args.length === 1 ? args[0]! : { kind: "call", head: "Multiply", args };
}

function subscripted(rest: readonly unknown[]): Node {
  return { kind: "symbol", name: rest.map(indexText).join("_") };
}

function indexText(index: unknown): string {
  const [head, inner] = Array.isArray(index) ? index : [];
  if (head === "Delimiter") return indexText(inner);
  if (head === "Sequence") return (index as unknown[]).slice(1).map(indexText).join(";");
  return nodeText(toNode(index));
}

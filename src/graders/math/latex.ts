/** LaTeX and plain text in one spelling, before anything is parsed. @module */
import { REPLACEMENTS, SYMBOLS } from "./spelling.ts";

/** One spelling of what a text says. */
export function normalize(text: string): string {
  let result = "";
  for (const character of text) result += SYMBOLS[character] ?? fullWidth(character);
  result = result.replaceAll(/[⁰¹²³⁴-⁹⁺⁻ⁿ]+/g, (raised) => `^{${raised.normalize("NFKC")}}`)
    .replaceAll(/[₀-₉]+/g, (index) => `_{${index.normalize("NFKC")}}`).replaceAll("−", "-");
  // Escaped twice, as JSON in JSON is.
  if (!result.includes("\\begin")) result = result.replaceAll(/\\\\(?=[a-zA-Z{}])/g, "\\");
  result = result.replaceAll(/\\\$|(?<!\\)\$\$?/g, (found) => found === "\\$" ? "\\$" : " ");
  result = result.replaceAll(/\\[()]|\\\[(?!\d*(?:pt|em|ex|mm))|\\\]/g, " ");
  for (const [pattern, replacement] of REPLACEMENTS) {
    result = typeof replacement === "string"
      ? result.replaceAll(pattern, replacement)
      : result.replaceAll(pattern, replacement);
  }
  result = matched(result, /\\sqrt\s*(\[[^\]]*\])?\s*\(/g, (degree) => `\\sqrt${degree}{`, "}");
  result = matched(result, /\^\s*\(/g, () => "^{", "}");
  result = matched(result, /(?<![\\A-Za-z])abs\s*\(/g, () => "|", "|");
  result = repeating(result);
  // 1/2x is half of x, and digits are what is meant where there are no braces.
  result = result.replaceAll(
    /(?<![\d.}\w^)])(\d+)\s*\/\s*(\d+)(?![\d.]|\s*\/|\s*[!^])/g,
    "\\frac{$1}{$2}",
  );
  result = mixed(result);
  return closed(result.replaceAll(/\s+/g, " ").trim());
}

/** With the braces that were cut off. */
function closed(text: string): string {
  const count = (brace: RegExp) => text.match(brace)?.length ?? 0;
  const missing = count(/(?<!\\)\{/g) - count(/(?<!\\)\}/g);
  return missing > 0 && missing < 20 ? text + "}".repeat(missing) : text;
}

function fullWidth(character: string): string {
  const code = character.codePointAt(0)!;
  return code >= 0xff10 && code <= 0xff19 ? String(code - 0xff10) : character;
}

/** Gives an argument in parentheses braces, or other brackets. */
function matched(
  text: string,
  opening: RegExp,
  open: (found: string) => string,
  close: string,
): string {
  let result = "", from = 0;
  for (const { 0: found, 1: part = "", index } of text.matchAll(opening)) {
    if (index < from) continue;
    let depth = 1, at = index + found.length;
    for (; at < text.length && depth > 0; at++) {
      if (text[at] === "(") depth++;
      else if (text[at] === ")") depth--;
    }
    if (depth > 0) break;
    result += text.slice(from, index) + open(part) + text.slice(index + found.length, at - 1) +
      close;
    from = at;
  }
  return result + text.slice(from);
}

/** Repeating decimals as fractions: 0.1\overline{6} is (16 - 1) / 90, and 0.1666… too. */
function repeating(text: string): string {
  return text.replaceAll(
    /(\d*)\.(\d*)\\(?:overline|bar)\s*\{\s*(\d+)\s*\}/g,
    (whole, before: string, once: string, again: string) => repeated(before, once, again) ?? whole,
  ).replaceAll(/(\d*)\.(\d+)\s*\\ldots(?![a-zA-Z])/g, (_, before: string, digits: string) => {
    const [, once, one, more] = /^(\d*?)(?:(\d)\2{2,}|(\d{2,6}?)\3+)$/.exec(digits) ?? [];
    const period = one ?? more;
    return (once !== undefined && period !== undefined && repeated(before, once, period)) ||
      `${before}.${digits}`;
  });
}

function repeated(before: string, once: string, again: string): string | undefined {
  if (once.length + again.length > 40) return undefined;
  const all = BigInt(before + once + again), first = BigInt(before + once || "0");
  const nines = BigInt("9".repeat(again.length) + "0".repeat(once.length));
  return `\\frac{${all - first}}{${nines}}`;
}

/** A number and a proper fraction beside it are their sum. */
function mixed(text: string): string {
  return text.replaceAll(
    /(?<![\d.\w}^\\])(\d+)\s*\\frac\s*\{(\d+)\}\s*\{(\d+)\}(?!\s*(?:\^(?!\\circ)|!))/g,
    (whole, before: string, num: string, den: string) => {
      if (before.length > 30 || num.length > 30 || den.length > 30) return whole;
      return BigInt(num) < BigInt(den) && BigInt(before) > 0n
        ? `(${before}+\\frac{${num}}{${den}})`
        : whole;
    },
  );
}

/** A piece of LaTeX that is not taken apart: a command, an escaped character, or a character. */
export const TOKEN = /\\[a-zA-Z]+|\\[\s\S]|[\s\S]/g;

const OPENING = new Set(["(", "[", "{", "\\{", "\\langle", "\\lfloor", "\\lceil", "\\begin"]);
const CLOSING = new Set([")", "]", "}", "\\}", "\\rangle", "\\rfloor", "\\rceil", "\\end"]);

/** Goes through the tokens of a text, with the depth at which each stands; brackets are outside what they enclose. */
export function* tokensOf(
  text: string,
): Generator<{ readonly token: string; readonly at: number; readonly depth: number }> {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (CLOSING.has(token)) depth--;
    yield { token, at: index, depth };
    if (OPENING.has(token)) depth++;
  }
}

/** Splits at tokens that stand outside of all brackets. */
export function splitAt(text: string, isSeparator: (token: string) => boolean): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { token, at, depth } of tokensOf(text)) {
    if (depth !== 0 || !isSeparator(token)) continue;
    parts.push(text.slice(from, at));
    from = at + token.length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** What a pair of brackets encloses, where it is around everything. */
export function enclosed(text: string, open: string, close: string): string | undefined {
  if (!text.startsWith(open) || !text.endsWith(close)) return undefined;
  if (text.length < open.length + close.length) return undefined;
  let last = 0;
  for (const { depth, at, token } of tokensOf(text)) {
    if (depth <= 0 && at > 0 && at + token.length < text.length) return undefined;
    last = at;
  }
  return last === text.length - close.length
    ? text.slice(open.length, text.length - close.length)
    : undefined;
}

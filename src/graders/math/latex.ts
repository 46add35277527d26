/** LaTeX and plain text in one spelling, before anything is parsed. @module */

const SYMBOLS: Readonly<Record<string, string>> = {
  "−": "-",
  "–": "-",
  "—": "-",
  "﹣": "-",
  "－": "-",
  "＋": "+",
  "＝": "=",
  "×": "\\times ",
  "⋅": "\\cdot ",
  "·": "\\cdot ",
  "∙": "\\cdot ",
  "÷": "/",
  "∕": "/",
  "⁄": "/",
  "≤": "\\le ",
  "≥": "\\ge ",
  "⩽": "\\le ",
  "⩾": "\\ge ",
  "≠": "\\ne ",
  "≈": "\\approx ",
  "∈": "\\in ",
  "∪": "\\cup ",
  "∩": "\\cap ",
  "∞": "\\infty ",
  "±": "\\pm ",
  "√": "\\sqrt ",
  "π": "\\pi ",
  "θ": "\\theta ",
  "α": "\\alpha ",
  "β": "\\beta ",
  "°": "^\\circ ",
  "º": "^\\circ ",
  "∅": "\\emptyset ",
  "ℝ": "\\mathbb{R}",
  "½": "\\frac{1}{2}",
  "⅓": "\\frac{1}{3}",
  "⅔": "\\frac{2}{3}",
  "¼": "\\frac{1}{4}",
  "¾": "\\frac{3}{4}",
  "²": "^{2}",
  "³": "^{3}",
  "％": "\\%",
  "，": ",",
  "；": ";",
  "：": ":",
  "（": "(",
  "）": ")",
  "€": "\\euro ",
  "£": "\\pounds ",
  "\u2019": "'",
  "\u00a0": " ",
  "\u202f": "\\,",
  "\u2009": "\\,",
  "\u200b": "",
  "\ufeff": "",
};

const FUNCTIONS =
  "arcsin|arccos|arctan|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|ln|log|exp|min|max|gcd|lcm";

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/\\(?:left|right|big|Big|bigg|Bigg|bigl|bigr|Bigl|Bigr)(?![a-zA-Z])\s*\.?/g, ""],
  [/\\(?:displaystyle|textstyle|limits|nolimits|hspace\{[^}]*\}|phantom\{[^}]*\})/g, " "],
  [/\\(?:boxed|fbox)(?![a-zA-Z])/g, ""],
  [/\\(?:dfrac|tfrac|cfrac|sfrac)(?![a-zA-Z])/g, "\\frac"],
  [/\\(?:dbinom|tbinom)(?![a-zA-Z])/g, "\\binom"],
  [/\\(?:leqslant|leqq|leq|lt\s*=)(?![a-zA-Z])/g, "\\le"],
  [/\\(?:geqslant|geqq|geq)(?![a-zA-Z])/g, "\\ge"],
  [/\\neq(?![a-zA-Z])/g, "\\ne"],
  [/\\lt(?![a-zA-Z])/g, "<"],
  [/\\gt(?![a-zA-Z])/g, ">"],
  [/<=|=</g, "\\le "],
  [/>=/g, "\\ge "],
  [/!=/g, "\\ne "],
  [/==/g, "="],
  [/\\(?:colon)(?![a-zA-Z])/g, ":"],
  [/\\(?:lbrace)(?![a-zA-Z])/g, "\\{"],
  [/\\(?:rbrace)(?![a-zA-Z])/g, "\\}"],
  [/\\(?:lvert|rvert|vert|mid)(?![a-zA-Z])/g, "|"],
  [/\\(?:ldots|dots|cdots)(?![a-zA-Z])/g, "\\ldots "],
  [/\\(?:degree|degrees)(?![a-zA-Z])/g, "^\\circ "],
  [/\^\s*\{?\s*\\circ\s*\}?/g, "^\\circ "],
  [/\\mathrm\s*\{\s*([eid])\s*\}|\\mathrm\s+([eid])(?![a-zA-Z])/g, "$1$2"],
  [/\\(?:mathrm|mathit|mathbf|bold|boldsymbol|bm|operatorname|rm)\s*\{\s*([A-Za-z])\s*\}/g, "$1"],
  [/\\(?:operatorname|mathrm)\s*\{\s*(a?sin|a?cos|a?tan|ln|log|lcm|gcd)\s*\}/g, "\\$1 "],
  [
    /\\(?:mbox|textbf|textit|textrm|mathrm|mathbf|textnormal|operatorname|hbox|texttt|emph|bf)\s*\{/g,
    "\\text{",
  ],
  [/\\(?:infin|infty)(?![a-zA-Z])/g, "\\infty "],
  [/\\(sin|cos|tan|cot|sec|csc)\s*\^\s*(?:\{\s*-\s*1\s*\}|-\s*1)/g, "\\arc$1 "],
  [/\\text\s*\{\s*([-+]?\d+(?:\.\d+)?)\s*\}/g, "$1"],
  // Digits that belong together.
  [/(\d)(?:\s*\{\s*,\s*\}\s*|\s*,\s*\\!\s*|\\,\s*|\\ )(?=\d{3}(?!\d))/g, "$1"],
  [/(\d)\s*\\!\s*(?=\d)/g, "$1"],
  [/\\!/g, ""],
  [/(?<!\\)\\[,;:> ]|~|\\(?:quad|qquad|thinspace|enspace)(?![a-zA-Z])/g, " "],
  // Plain text.
  [/\*\*/g, "^"],
  [/(?<=[\w)}\s])\*(?=[\w(\\\s-])/g, "\\cdot "],
  [/(?<![\\A-Za-z])pi(?![A-Za-z])/g, "\\pi "],
  [/(?<![\\A-Za-z])(?:infinity|inf)(?![A-Za-z])/g, "\\infty "],
  [/(?<![\\A-Za-z])sqrt(?![A-Za-z])/g, "\\sqrt"],
  [new RegExp(`(?<![\\\\A-Za-z])(${FUNCTIONS})(?=\\s*[(\\d\\\\]|\\s+[a-z]\\b|\\^)`, "g"), "\\$1 "],
  [/\\log\s*(\d+)\s*\(/g, "\\log_{$1}("],
  // Fractions and powers whose braces were left out.
  [/\\frac\s*(\d)\s*(\d)/g, "\\frac{$1}{$2}"],
  [/\\frac\s*(\d)\s*\{/g, "\\frac{$1}{"],
  [/\\frac\s*(\{[^{}]*\})\s*(\d)/g, "\\frac$1{$2}"],
  [/\^\s*(-?\d{2,}(?:\.\d+)?|-\d)(?![\d}])/g, "^{$1}"],
  // Repeating decimals.
  [/(\d*)\.(\d*)\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?/g, "$1.$2\\overline{$3$4$5}"],
];

/** One spelling of what a text says. */
export function normalize(text: string): string {
  let result = "";
  for (const character of text) result += SYMBOLS[character] ?? fullWidth(character);
  // Escaped twice, as JSON in JSON is.
  if (!result.includes("\\begin")) result = result.replaceAll(/\\\\(?=[a-zA-Z{}])/g, "\\");
  result = result.replaceAll(/\\\$|(?<!\\)\$\$?/g, (found) => found === "\\$" ? "\\$" : " ");
  result = result.replaceAll(/\\[()]|\\\[(?!\d*(?:pt|em|ex|mm))|\\\]/g, " ");
  for (const [pattern, replacement] of REPLACEMENTS) {
    result = result.replaceAll(pattern, replacement);
  }
  result = matched(result, /\\sqrt\s*\(/g, "\\sqrt{");
  result = matched(result, /\^\s*\(/g, "^{");
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

/** Gives an argument in parentheses braces. */
function matched(text: string, opening: RegExp, replacement: string): string {
  let result = "", from = 0;
  for (const { 0: found, index } of text.matchAll(opening)) {
    if (index < from) continue;
    let depth = 1, at = index + found.length;
    for (; at < text.length && depth > 0; at++) {
      if (text[at] === "(") depth++;
      else if (text[at] === ")") depth--;
    }
    if (depth > 0) break;
    result += text.slice(from, index) + replacement + text.slice(index + found.length, at - 1) +
      "}";
    from = at;
  }
  return result + text.slice(from);
}

/** Repeating decimals as fractions: 0.1\overline{6} is (16 - 1) / 90. */
function repeating(text: string): string {
  return text.replaceAll(
    /(\d*)\.(\d*)\\(?:overline|bar)\s*\{\s*(\d+)\s*\}/g,
    (whole, before: string, once: string, again: string) => {
      if (once.length + again.length > 40) return whole;
      const all = BigInt(before + once + again), first = BigInt(before + once || "0");
      const nines = BigInt("9".repeat(again.length) + "0".repeat(once.length));
      return `\\frac{${all - first}}{${nines}}`;
    },
  );
}

/** A number and a proper fraction beside it are their sum. */
function mixed(text: string): string {
  return text.replaceAll(
    /(?<![\d.\w}^\\])(\d+)\s*\\frac\s*\{(\d+)\}\s*\{(\d+)\}(?!\s*[\^!])/g,
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

/** Lists without brackets, and the two values of ±. @module */
import { type Answer, isAssignment, type Sequence } from "./answer.ts";
import { enclosed, splitAt } from "./latex.ts";
import { Unreadable } from "./node.ts";

/** Longer lists take too long to compare in every order. */
const MOST_ITEMS = 100;

/** Words between values of a list. */
const AND =
  /\\text\s*\{\s*,?\s*(?:and|or)\s*,?\s*\}|(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])|\\(?:vee|lor|wedge|land|&)(?![a-zA-Z])|&/g;
const OR = /(?<![A-Za-z])or(?![A-Za-z])|\\(?:vee|lor)(?![a-zA-Z])/;

/** Between equations these are words of a list, between names an operator. */
const LOGIC = /\\(?:vee|lor|wedge|land)(?![a-zA-Z])/;

/** What stands between commas, or between semicolons where there are some. */
export function partsOf(text: string): string[] {
  const isSemicolon = splitAt(text, (token) => token === ";").length > 1;
  const parts = splitAt(text, (token) => token === ";" || (token === "," && !isSemicolon));
  if (parts.length > MOST_ITEMS) throw new Unreadable(`it has more than ${MOST_ITEMS} parts`);
  return parts;
}

/** A list without brackets. */
export function listOf(text: string, parse: (text: string) => Answer): Sequence | undefined {
  const inText = /^\\text\s*\{/.test(text)
    ? enclosed(text.replace(/^\\text\s*/, ""), "{", "}")
    : undefined;
  const whole = (inText !== undefined && /,/.test(inText.replaceAll(AND, ",")) ? inText : text)
    .replace(/^(?:both|either)\s+/i, "");
  const or = OR.test(whole),
    isLogic = LOGIC.test(whole) && !/[=<>]|\\(?:le|ge|ne|in)(?![a-z])/.test(whole);
  const parts = partsOf(isLogic ? whole : whole.replaceAll(AND, ","))
    .map((part) => part.trim().replace(/^\\text\s*\{\s*\}/, "").trim())
    .filter((part) => part !== "");
  if (parts.length < 2) return undefined;
  const items = named(parts.map(parse)).flatMap((item) =>
    item.kind === "sequence" && item.open === "" && item.or === true ? item.items : [item]
  );
  return { kind: "sequence", open: "", close: "", items, ...(or ? { or } : {}) };
}

/** n = 1, 2, 3 says one thing of all, and x ≠ 1, 2 too. */
function named(items: readonly Answer[]): readonly Answer[] {
  const [first, ...rest] = items;
  if (first?.kind !== "relation" || rest.some(({ kind }) => kind === "relation")) return items;
  const { operators, sides } = first;
  if (operators.join() !== "!=" && !(operators.join() === "=" && isAssignment(first))) return items;
  return [first, ...rest.map((value): Answer => ({ ...first, sides: [sides[0]!, value] }))];
}

/** The two values of something with ±. */
export function plusMinus(text: string, parse: (text: string) => Answer): Sequence | undefined {
  if (!/\\(?:pm|mp)(?![a-zA-Z])/.test(text)) return undefined;
  const signs = (up: string, down: string) =>
    parse(
      text.replaceAll(/\\pm(?![a-zA-Z])/g, up).replaceAll(/\\mp(?![a-zA-Z])/g, down)
        .replaceAll(/(^|[(,])\s*\+/g, "$1"),
    );
  return {
    kind: "sequence",
    open: "",
    close: "",
    items: [signs("+", "-"), signs("-", "+")],
    or: true,
  };
}

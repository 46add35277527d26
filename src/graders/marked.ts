/** Where in a completion its answer stands. @module */

/** The setting of graders that look behind a mark. */
export const AFTER = {
  type: "string",
  default: "",
  description: "Only what follows the last such mark counts; all where it is empty.",
} as const;

/** What follows the last mark, or all where the mark is empty; undefined where it is not there. */
export function textAfter(text: string, mark: string): string | undefined {
  if (mark === "") return text;
  const at = text.lastIndexOf(mark);
  return at < 0 ? undefined : text.slice(at + mark.length);
}

/** More than this is not looked through: its end is. */
const LONGEST = 200_000;

/** What is said behind the thoughts of a model that thinks aloud; nothing where these do not end. */
export function behindThoughts(completion: string): string {
  const text = completion.slice(-LONGEST), said = textAfter(text, "</think>") ?? text;
  return said.includes("<think>") ? "" : said;
}

/** A box, from its `\boxed` to its end. */
interface Box {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What stands between boxes that are one list. */
const LISTED = /^[\s$*_.,;&]*(?:(?:and|or)[\s$*_]*)?$/;

/** What stands in the last `\boxed{…}` that is closed, and in those that it stands in a list with. */
export function lastBoxes(text: string): string[] {
  const boxes: Box[] = [], end = closings(text);
  for (const { 0: mark, index } of text.matchAll(/\\f?boxed\s?\{/g)) {
    const open = index + mark.length - 1, close = end.get(open);
    if (close === undefined || index < (boxes.at(-1)?.end ?? 0)) continue;
    boxes.push({ start: index, end: close + 1, text: text.slice(open + 1, close) });
  }
  const first = boxes.findLastIndex(({ start }, i) =>
    i === 0 || !LISTED.test(text.slice(boxes[i - 1]!.end, start))
  );
  return boxes.slice(Math.max(0, first)).map((box) => box.text);
}

/** Where each brace is closed, `\{` and `\}` left out. */
function closings(text: string): ReadonlyMap<number, number> {
  const open: number[] = [], closed = new Map<number, number>();
  for (const { 0: brace, index } of text.matchAll(/\\[\\{}]|[{}]/g)) {
    if (brace === "{") open.push(index);
    else if (brace === "}" && open.length > 0) closed.set(open.pop()!, index);
  }
  return closed;
}

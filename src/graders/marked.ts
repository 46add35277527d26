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

/** A box in a text. */
export interface Box {
  readonly from: number;
  readonly to: number;
  /** What stands in it. */
  readonly text: string;
  /** Whether it has braces, and both. */
  readonly closed: boolean;
}

const BOX = /\\(?:boxed|fbox)(?![a-zA-Z])\s*/g;

/** The boxes of a text, those within others left out: `\boxed{…}`, `\fbox{…}`, `\boxed 7`, and one that is cut off. */
export function boxesOf(text: string): Box[] {
  const boxes: Box[] = [], closings = closingsOf(text), starts = [...text.matchAll(BOX)];
  for (const [i, { 0: found, index }] of starts.entries()) {
    if (index < (boxes.at(-1)?.to ?? 0)) continue; // within another
    const start = index + found.length;
    if (text[start] !== "{") {
      // A word after it is none: the box is only talked about.
      const [bare = ""] = /^(?!\p{L}{2})[^\s$,.;]+/u.exec(text.slice(start, start + 200)) ?? [];
      if (bare === "" && /^\p{L}/u.test(text.slice(start))) continue;
      boxes.push({ from: index, to: start + bare.length, text: bare, closed: false });
      continue;
    }
    const close = closings.get(start);
    // One that is cut off ends where the next begins.
    const end = close ?? starts[i + 1]?.index ?? text.length;
    const to = close === undefined ? end : end + 1;
    boxes.push({ from: index, to, text: text.slice(start + 1, end), closed: close !== undefined });
  }
  return boxes;
}

/** More than this is not looked through: its end is. */
const LONGEST = 200_000;

/** What is said behind the thoughts of a model that thinks aloud; nothing where these do not end. */
export function behindThoughts(completion: string): string {
  const text = completion.slice(-LONGEST), said = textAfter(text, "</think>") ?? text;
  return said.includes("<think>") ? "" : said;
}

/** What stands between boxes that are one list. */
const LISTED = /^[\s$*_.,;&]*(?:(?:and|or)[\s$*_]*)?$/;

/** What stands in the last box that is closed, and in those that it stands in a list with. */
export function lastBoxes(text: string): string[] {
  const boxes = boxesOf(text).filter(({ closed }) => closed);
  const first = boxes.findLastIndex(({ from }, i) =>
    i === 0 || !LISTED.test(text.slice(boxes[i - 1]!.to, from))
  );
  return boxes.slice(Math.max(0, first)).map((box) => box.text);
}

/** Where each brace is closed, `\{` and `\}` left out. */
function closingsOf(text: string): ReadonlyMap<number, number> {
  const open: number[] = [], closed = new Map<number, number>();
  for (const { 0: brace, index } of text.matchAll(/\\[\\{}]|[{}]/g)) {
    if (brace === "{") open.push(index);
    else if (brace === "}" && open.length > 0) closed.set(open.pop()!, index);
  }
  return closed;
}

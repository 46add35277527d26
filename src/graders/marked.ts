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

/** What stands in the last `\boxed{…}` that is closed; undefined where there is none. */
export function lastBoxed(text: string): string | undefined {
  const mark = "\\boxed{";
  const end = closings(text);
  for (
    let at = text.lastIndexOf(mark);
    at >= 0;
    at = at === 0 ? -1 : text.lastIndexOf(mark, at - 1)
  ) {
    const close = end.get(at + mark.length - 1);
    if (close !== undefined) return text.slice(at + mark.length, close);
  }
  return undefined;
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

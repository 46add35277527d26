import { structuredPatch } from "diff";

/** Lines that took the place of others. */
export interface LineChange {
  /** Of the first of them as the text is now, from 1; where lines were only taken out, of the one that followed them. */
  readonly line: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Lines of two texts that differ, from top to bottom. */
export function lineChanges(before: string, after: string): LineChange[] {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: 0 });
  return hunks.map(({ newStart, lines }) => {
    const of = (sign: string) => lines.filter((line) => line[0] === sign).map((l) => l.slice(1));
    return { line: newStart, before: of("-"), after: of("+") };
  });
}

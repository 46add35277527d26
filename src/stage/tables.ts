/** Tables of reports. @module */
import { differenceOf, type Evaluation } from "../rl/mod.ts";

/**
 * @param evaluations what stands in one table, with the name of its row
 * @throws {Error} when they are of other problems, or sampled otherwise
 */
export function checkComparable(evaluations: readonly (readonly [string, Evaluation])[]): void {
  const [first] = evaluations;
  for (const [name, evaluation] of evaluations) {
    const difference = differenceOf(first![1], evaluation);
    if (difference === undefined) continue;
    throw new Error(
      `Cannot compare ${name} with ${first![0]}: they are evaluations ${difference}; ` +
        "evaluate both on the same problems with the same settings",
    );
  }
}

/** A table in Markdown with columns of even width. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, c) =>
    Math.max(title.length, ...rows.map((row) => row[c]!.length))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c]!)).join(" | ")} |`;
  return [
    line(head),
    `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`,
    ...rows.map(line),
  ];
}

/** A share in percent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

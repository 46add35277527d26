/** Of `sample_problems`. @module */
import type { ConfigProblem, Made } from "../../core/stage.ts";

/** Of `sample_problems`. */
export function checkProposals(
  { datasets, size, limit }: Readonly<Record<"datasets" | "size" | "limit", number>>,
): ConfigProblem[] {
  if (limit >= datasets * size) return [];
  return [{
    key: "limit",
    message: `limit: ${limit} is less than ${datasets} datasets of ${size} problems need`,
    hint: `write ${datasets * size} or more`,
  }];
}

/** What `sample_problems` gives. */
export function madeByProposals(
  { datasets }: { readonly datasets: number },
): Readonly<Record<string, Made>> {
  const hint = `the step that they come from has datasets: ${datasets}`;
  return { datasets: { items: datasets, hint } };
}

/** Of `report`. @module */
import type { ConfigProblem } from "../../core/stage.ts";
import type { Given } from "./given.ts";

/** Of `report`. */
export function checkReport(
  { baseline }: { readonly baseline?: string },
  given: Given,
): ConfigProblem[] {
  if (given.size === 0) {
    const hint = "connect evaluations: { NAME: step.report }, or another";
    return [{ key: "title", message: "there is nothing to report", hint }];
  }
  if (baseline === undefined || given.has(`evaluations.${baseline}`)) return [];
  const names = [...given].filter((name) => name.startsWith("evaluations."))
    .map((name) => name.slice("evaluations.".length));
  const hint = names.length === 0 ? "connect evaluations" : `write one of ${names.join(", ")}`;
  return [{ key: "baseline", message: `${baseline} is none of the evaluations`, hint }];
}

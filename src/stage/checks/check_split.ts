/** Of `split_problems`. @module */
import type { ConfigProblem, Made } from "../../core/stage.ts";
import { checkShares } from "../shares.ts";

interface Splitting {
  readonly train?: number;
  readonly validation?: number;
  readonly test: number;
}

/** Of `split_problems`. */
export function checkSplit({ train, validation, test }: Splitting): ConfigProblem[] {
  return checkShares({ train, validation, test });
}

/** What `split_problems` gives. */
export function madeBySplit({ validation }: Splitting): Readonly<Record<string, Made>> {
  if (validation !== undefined) return {};
  return { validation: { items: 0, hint: "set validation" } };
}

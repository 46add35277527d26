/** Of `compare_arms`. @module */
import type { ConfigProblem } from "../../core/stage.ts";
import type { Given } from "./given.ts";

/** Of `compare_arms`. */
export function checkArms(_: unknown, given: Given): ConfigProblem[] {
  if (given.size > 0) return [];
  return [{ key: "title", message: "there is no arm to compare", hint: "connect base or another" }];
}

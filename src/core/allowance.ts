/** How often a step is tried, and how long: said of a step, or of all at the top of the pipeline. @module */
import { show } from "./diagnostic.ts";
import type { Json, Path } from "./document.ts";
import { parseDuration } from "./duration.ts";
import type { Variables } from "./interpolate.ts";
import type { Reader } from "./reader.ts";

/** How often a step is tried, and how long. It is outside the key: it changes no result. */
export interface Allowance {
  /** How often it is tried again after it failed. */
  readonly retries: number;
  /** How long an attempt may take. */
  readonly limit?: { readonly seconds: number; readonly text: string };
}

/** Where nothing is said. */
export const ONE_ATTEMPT: Allowance = { retries: 0 };

/** Days that a timer counts. */
const MOST_DAYS = 24;

/**
 * Reads what a step or a pipeline says of it.
 *
 * @param path where the step or the pipeline stands
 * @param around what holds where nothing is said
 * @returns undefined when a mistake was told
 */
export function readAllowance(
  frame: { readonly retries?: Json; readonly time_limit?: Json },
  path: Path,
  around: Allowance,
  variables: Variables,
  reader: Reader,
): Allowance | undefined {
  const given = (key: "retries" | "time_limit"): Json | undefined => {
    const written = frame[key];
    const value = written === undefined
      ? undefined
      : reader.interpolate(written, variables, (at) => [...path, key, ...at]);
    if (written !== undefined && value === undefined) wrong = true;
    // A parameter that is null leaves it unset.
    return value === null && written !== null ? undefined : value;
  };
  let wrong = false;
  const retries = given("retries"), limit = given("time_limit");
  if (wrong) return undefined;
  let { retries: again, limit: longest } = around;
  if (retries !== undefined) {
    if (typeof retries !== "number" || !Number.isSafeInteger(retries) || retries < 0) {
      const hint = "write how often it is tried again, such as 2";
      return reader.tell(`retries is ${show(retries)}`, [...path, "retries"], hint);
    }
    again = retries;
  }
  if (limit !== undefined) {
    const hint = "write a duration with its unit: 90s, 30min, 2h";
    const seconds = typeof limit === "string" ? parseDuration(limit) : undefined;
    const at = [...path, "time_limit"];
    if (seconds === undefined) return reader.tell(`time_limit is ${show(limit)}`, at, hint);
    if (seconds === 0) return reader.tell(`time_limit is ${show(limit)}: no time at all`, at, hint);
    if (seconds > MOST_DAYS * 86_400) {
      const message = `time_limit is ${show(limit)}: more than ${MOST_DAYS} days`;
      return reader.tell(message, at, "leave it out, or write less");
    }
    longest = { seconds, text: String(limit) };
  }
  return { retries: again, ...longest === undefined ? {} : { limit: longest } };
}

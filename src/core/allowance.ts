/** How often a step is tried, and how long: said of a step, or of all in a loop or in the pipeline. @module */
import { show } from "./diagnostic.ts";
import type { Json, Path } from "./document.ts";
import { parseDuration } from "./duration.ts";
import type { Variables } from "./interpolate.ts";
import type { Reader } from "./reader.ts";

/** How often a step is tried, and how long. It is outside the key: it changes no result. */
export interface Allowance {
  /** How often it is tried again after it failed. */
  readonly retries: number;
  /** Seconds before it is tried again the first time; doubled each time. */
  readonly pause: number;
  /** How long an attempt may take. */
  readonly limit?: { readonly seconds: number; readonly text: string };
}

/** Where nothing is said. */
export const ONE_ATTEMPT: Allowance = { retries: 0, pause: 5 };

/** Seconds that doubling goes up to; a pause that is written may be longer. */
const LONGEST_PAUSE = 300;

/** Seconds between an attempt, counted from 1, and the next. */
export function pauseAfter(attempt: number, { pause }: Allowance): number {
  return Math.min(pause * 2 ** (attempt - 1), Math.max(pause, LONGEST_PAUSE));
}

/** Days that a timer counts. */
const MOST_DAYS = 24;

/** What says it, as it is written. */
export interface AllowanceFrame {
  readonly retries?: Json;
  readonly retry_pause?: Json;
  readonly time_limit?: Json;
}

/**
 * Reads what a step, a loop or a pipeline says of it.
 *
 * @param path where that stands
 * @param around what holds where nothing is said
 * @returns undefined when a mistake was told
 */
export function readAllowance(
  frame: AllowanceFrame,
  path: Path,
  around: Allowance,
  variables: Variables,
  reader: Reader,
): Allowance | undefined {
  let wrong = false;
  const given = (key: keyof AllowanceFrame): Json | undefined => {
    const written = frame[key];
    const value = written === undefined
      ? undefined
      : reader.interpolate(written, variables, (at) => [...path, key, ...at]);
    if (written !== undefined && value === undefined) wrong = true;
    // A parameter that is null leaves it unset.
    return value === null && written !== null ? undefined : value;
  };
  const retries = given("retries"), pause = given("retry_pause"), limit = given("time_limit");
  if (wrong) return undefined;
  let { retries: again, pause: wait, limit: longest } = around;
  if (retries !== undefined) {
    if (typeof retries !== "number" || !Number.isSafeInteger(retries) || retries < 0) {
      const hint = "write how often it is tried again, such as 2";
      return reader.tell(`retries is ${show(retries)}`, [...path, "retries"], hint);
    }
    again = retries;
  }
  if (pause !== undefined) {
    const seconds = readDuration("retry_pause", pause, path, reader);
    if (seconds === undefined) return undefined;
    wait = seconds;
  }
  if (limit !== undefined) {
    const seconds = readDuration("time_limit", limit, path, reader);
    if (seconds === undefined) return undefined;
    if (seconds === 0) {
      const hint = "write a duration with its unit: 90s, 30min, 2h";
      const message = `time_limit is ${show(limit)}: no time at all`;
      return reader.tell(message, [...path, "time_limit"], hint);
    }
    longest = { seconds, text: String(limit) };
  }
  return { retries: again, pause: wait, ...longest === undefined ? {} : { limit: longest } };
}

/** Seconds that are written; undefined when a mistake was told. */
function readDuration(
  key: keyof AllowanceFrame,
  written: Json,
  path: Path,
  reader: Reader,
): number | undefined {
  const seconds = typeof written === "string" ? parseDuration(written) : undefined;
  const at = [...path, key];
  if (seconds === undefined) {
    const hint = "write a duration with its unit: 90s, 30min, 2h";
    return reader.tell(`${key} is ${show(written)}`, at, hint);
  }
  if (seconds <= MOST_DAYS * 86_400) return seconds;
  const message = `${key} is ${show(written)}: more than ${MOST_DAYS} days`;
  return reader.tell(message, at, "leave it out, or write less");
}

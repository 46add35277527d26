/** What is told of a test that was not passed. @module */
import type { Answer, Failure } from "../../sandbox/mod.ts";

/** Characters of a value that are told. */
const TOLD = 80;

/** A value or text, cut short. */
export function brief(value: unknown): string {
  const isText = typeof value === "string";
  let text: string;
  try {
    text = JSON.stringify(value, (_, item) => typeof item === "bigint" ? `${item}` : item) ??
      "nothing";
  } catch {
    return "a value that is too deep";
  }
  return text.length <= TOLD ? text : `${text.slice(0, TOLD)}…${isText ? '"' : ""}`;
}

/** Why there is no value. */
export function tellAnswer(
  answer: Exclude<Answer, { readonly ok: unknown }>,
  timeout: number,
): string {
  return "stop" in answer ? tellStop(answer, timeout) : tellError(answer.error);
}

/** Why a program could not be asked any more. */
export function tellStop(
  { stop, told }: Extract<Answer, { readonly stop: unknown }>,
  timeout: number,
): string {
  switch (stop) {
    case "timeout":
      return `it takes more than ${timeout} s`;
    case "memory":
      return "it takes too much memory";
    case "output":
      return "it writes too much";
    case "exit":
      return told === "" ? "its process ended" : `its process ended: ${told.slice(0, 2 * TOLD)}`;
    default:
      return stop satisfies never;
  }
}

function tellError({ type, message, line }: Failure): string {
  const text = message === "" ? type : `${type}: ${message}`;
  return line === undefined ? text : `${text} (line ${line})`;
}

/** What a judge says of an assertion. */
export function tellFailure(failure: unknown): string {
  const { test, given, expected, error } = failure as {
    readonly test: string;
    readonly given?: string;
    readonly expected?: string;
    readonly error?: Failure;
  };
  const what = test.trim().length <= 2 * TOLD ? test.trim() : `${test.trim().slice(0, 2 * TOLD)}…`;
  if (error !== undefined) {
    const { type, message } = error; // its line is the test's
    return `${tellError({ type, message })} in ${what}`;
  }
  if (given === undefined) return `not true: ${what}`;
  return `it gives ${given.slice(0, TOLD)} instead of ${expected!.slice(0, TOLD)} in ${what}`;
}

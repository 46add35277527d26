/** Tests as one writes them oneself. @module */
import type { Value } from "../../sandbox/mod.ts";
import type { Problem } from "../grader.ts";
import type { CallTests, WholeTests } from "./tests.ts";

function itemsOf(problem: Problem, field: string): readonly Readonly<Record<string, unknown>>[] {
  const given = problem[field];
  const list: unknown = typeof given === "string" ? JSON.parse(given) : given;
  const isItem = (item: unknown): item is Readonly<Record<string, unknown>> =>
    typeof item === "object" && item !== null;
  if (Array.isArray(list) && list.every(isItem)) return list;
  throw new TypeError(`${field} is no list of objects`);
}

/** `function: "add", cases: [{ "input": [1, 2], "output": 3 }]`. */
export function readCases(problem: Problem): CallTests {
  const name = problem.function ?? problem.entry_point ?? problem.fn_name;
  if (typeof name !== "string") {
    throw new TypeError("it has cases, but no function that they are of");
  }
  const tests = itemsOf(problem, "cases").map((item, i) => {
    const args = item.input ?? item.args, output = "output" in item ? item.output : item.expected;
    if (!Array.isArray(args) || output === undefined) {
      throw new TypeError(`case ${i + 1} is no { input: [arguments], output: result }`);
    }
    return { args: args as readonly Value[], expected: [output as Value] };
  });
  return { kind: "calls", name, tests };
}

/** `tests: [{ "input": "1 2\n", "output": "3\n" }]`. */
export function readPairs(problem: Problem): WholeTests {
  const tests = itemsOf(problem, "tests").map(({ input = "", output }, i) => {
    if (typeof input === "string" && typeof output === "string") return { input, output };
    throw new TypeError(`test ${i + 1} is no { input: text, output: text }`);
  });
  return { kind: "whole", tests };
}

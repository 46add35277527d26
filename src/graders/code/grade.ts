/** What a program is worth by its tests. @module */
import { type Answer, fromJson, type Program, type Sandbox, toJson } from "../../sandbox/mod.ts";
import type { Outcome, Problem, Verdict } from "../grader.ts";
import { hasDecimals, sameOutput, sameValue } from "./compare.ts";
import { extract } from "./extract.ts";
import { brief, tellAnswer, tellFailure, tellStop } from "./reasons.ts";
import { readTests } from "./layouts.ts";
import type { AssertTests, CallTests, Tests, WholeTests } from "./tests.ts";

/** What counts as a program, and where it runs. */
export interface Grading {
  readonly language: "python" | "javascript";
  /** Whether a completion without a block of code is a program. */
  readonly lenient: boolean;
  /** Seconds of a test, to be told. */
  readonly timeout: number;
  readonly sandbox: Sandbox;
  readonly signal?: AbortSignal | undefined;
}

/** How many tests passed, and why one did not. */
interface Result {
  readonly passed: number;
  readonly of: number;
  readonly reason?: string;
  readonly isLate?: boolean;
}

/** Runs the program of a completion against the tests of its problem. */
export async function gradeProgram(
  problem: Problem,
  completion: string,
  grading: Grading,
): Promise<Verdict> {
  const tests = readTests(problem);
  const found = extract(completion, grading.lenient);
  if (found === undefined) {
    return { outcome: "no_answer", answer: null, score: 0, well_formed: false };
  }
  const { passed, of, reason, isLate } = await run(tests, found.code, problem, grading);
  const outcome: Outcome = passed === of ? "correct" : isLate ? "timed_out" : "wrong";
  return {
    outcome,
    answer: found.code,
    score: passed / of,
    well_formed: found.fenced,
    ...(reason === undefined ? {} : { reason }),
  };
}

async function run(
  tests: Tests,
  code: string,
  problem: Problem,
  grading: Grading,
): Promise<Result> {
  switch (tests.kind) {
    case "whole":
      return await runWhole(tests, code, grading);
    case "calls":
      return await runCalls(tests, code, grading);
    case "asserts":
      return await runAsserts(tests, code, problem, grading);
    default:
      return tests satisfies never;
  }
}

async function runWhole({ tests }: WholeTests, code: string, grading: Grading): Promise<Result> {
  const program: Program = { language: grading.language, code, prelude: true };
  const inputs = tests.map(({ input }) => input);
  const answers = await grading.sandbox.runWhole(program, inputs, grading.signal);
  return count(tests.length, answers, grading, (given, i) => {
    const { output } = tests[i]!;
    if (typeof given === "string" && sameOutput(given, output)) return undefined;
    return `it writes ${brief(given)} instead of ${brief(output)}`;
  });
}

async function runCalls(
  { name, tests }: CallTests,
  code: string,
  grading: Grading,
): Promise<Result> {
  const program: Program = { language: grading.language, code, prelude: true };
  const calls = tests.map(({ args }) => args.map(fromJson));
  const answers = await grading.sandbox.callFunction(program, name, calls, grading.signal);
  const decimals = tests.some(({ expected }) => expected.some(hasDecimals));
  return count(tests.length, answers, grading, (given, i) => {
    const { expected } = tests[i]!;
    try {
      const value = toJson(given);
      if (expected.some((one) => sameValue(value, one, decimals))) return undefined;
      return `it gives ${brief(value)} instead of ${brief(expected.at(-1))}`;
    } catch (error) {
      if (error instanceof RangeError) return "it gives a value that is too deep";
      if (!(error instanceof TypeError)) throw error;
      return `it gives ${error.message}`;
    }
  });
}

/** @param differs what is wrong with an answer; undefined where nothing is */
function count(
  of: number,
  answers: readonly Answer[],
  { timeout }: Grading,
  differs: (given: unknown, index: number) => string | undefined,
): Result {
  let passed = 0, reason: string | undefined, isLate = false;
  for (const [i, answer] of answers.entries()) {
    const wrong = "ok" in answer ? differs(answer.ok, i) : tellAnswer(answer, timeout);
    if (wrong === undefined) passed++;
    else reason ??= `test ${i + 1} of ${of}: ${wrong}`;
    if ("stop" in answer && answer.stop === "timeout") isLate = true;
  }
  return { passed, of, isLate, ...(reason === undefined ? {} : { reason }) };
}

async function runAsserts(
  tests: AssertTests,
  code: string,
  problem: Problem,
  { language, timeout, sandbox, signal }: Grading,
): Promise<Result> {
  if (language !== "python") {
    throw new TypeError(
      `Cannot test problem ${problem.id}: its tests are Python, and grader code is set to ${language}`,
    );
  }
  const { prompt, entry } = tests, isWhole = entry === undefined || defines(code, entry);
  const program: Program = {
    language,
    code: isWhole ? code : prompt! + untilNext(code),
    before: [...tests.before, ...tests.setup],
    prelude: false,
  };
  const judged = await sandbox.judge(program, { ...tests, reference: problem.answer }, signal)
    .catch((error) => {
      if (!(error instanceof SyntaxError)) throw error;
      throw new TypeError(`Cannot test problem ${problem.id}: ${error.message}`);
    });
  const of = tests.tests.length;
  if (!Array.isArray(judged)) {
    return count(of, [judged as Answer], { timeout } as Grading, () => "");
  }
  // The assertions of a single test count by themselves.
  const isSingle = of === 1;
  let passed = 0, all = isSingle ? 0 : of, reason: string | undefined, isLate = false;
  for (const [i, { passed: held, failed, failure, stop }] of judged.entries()) {
    const isPassed = failed === 0 && stop === undefined;
    if (isSingle) {
      passed = isPassed ? Math.max(1, held) : held;
      all = isPassed ? passed : held + Math.max(1, failed);
    } else if (isPassed) passed++;
    if (isPassed) continue;
    if (stop?.stop === "timeout") isLate = true;
    const why = stop === undefined ? tellFailure(failure) : tellStop(stop, timeout);
    reason ??= isSingle ? why : `test ${i + 1} of ${of}: ${why}`;
  }
  return { passed, of: all, isLate, ...(reason === undefined ? {} : { reason }) };
}

/** Whether a program has a function itself, and is not the rest of one. */
function defines(code: string, name: string): boolean {
  return new RegExp(
    `^(?:(?:async\\s+)?def|class)\\s+${RegExp.escape(name)}\\b|^${RegExp.escape(name)}\\s*=`,
    "m",
  )
    .test(code);
}

/** The rest of a function: up to the first line that is not in it. */
function untilNext(code: string): string {
  return /^(?:[ \t][^\n]*\n?|[ \t]*\n)*/.exec(code.endsWith("\n") ? code : `${code}\n`)![0];
}

/** What a problem's tests are, in the layouts of the data sets that have some. @module */
import type { Problem } from "../grader.ts";
import { readApps, readLiveCodeBench } from "./contest_layouts.ts";
import { readCases, readPairs } from "./own_layouts.ts";
import type { AssertTests, Tests } from "./tests.ts";

/** A layout: the fields that it is known by, and what it has. */
interface Layout {
  readonly fields: readonly string[];
  read(problem: Problem): Tests;
}

const LAYOUTS: readonly Layout[] = [
  { fields: ["test", "entry_point"], read: readHumanEval },
  { fields: ["test_list"], read: readMbpp },
  { fields: ["input_output"], read: readApps },
  { fields: ["public_test_cases"], read: readLiveCodeBench },
  { fields: ["private_test_cases"], read: readLiveCodeBench },
  { fields: ["cases"], read: readCases },
  { fields: ["tests"], read: readPairs },
];

/** Tests of problems that were read: many completions are graded by the same. */
const READ = new WeakMap<Problem, Tests>();

/** @throws {TypeError} when a problem has none, or none that can be read, with its id */
export function readTests(problem: Problem): Tests {
  const tests = READ.get(problem) ?? readAnew(problem);
  READ.set(problem, tests);
  return tests;
}

function readAnew(problem: Problem): Tests {
  const has = (field: string) => problem[field] !== undefined && problem[field] !== null;
  const layout = LAYOUTS.find(({ fields }) => fields.every(has));
  const fail = (what: string) => new TypeError(`Cannot test problem ${problem.id}: ${what}`);
  if (layout === undefined) {
    const known = LAYOUTS.map(({ fields }) => fields.join(" with ")).join(", ");
    throw fail(`it has ${Object.keys(problem).join(", ")}, and tests stand in ${known}`);
  }
  let tests: Tests;
  try {
    tests = layout.read(problem);
  } catch (error) {
    throw fail((error as Error).message);
  }
  if (tests.tests.length === 0) throw fail(`its ${layout.fields.join(" and ")} has no test`);
  return tests;
}

/** Chen et al. 2021, arXiv 2107.03374: a function that is begun, and `check(candidate)`. */
function readHumanEval(problem: Problem): AssertTests {
  const prompt = typeof problem.prompt === "string" ? problem.prompt : problem.problem;
  return {
    kind: "asserts",
    tests: [text(problem, "test")],
    before: [prompt],
    setup: [],
    entry: text(problem, "entry_point"),
    prompt,
  };
}

/** Austin et al. 2021, arXiv 2108.07732: assertions, each a test. */
function readMbpp(problem: Problem): AssertTests {
  const setup = [
    ...texts(problem, "test_imports"),
    ...typeof problem.test_setup_code === "string" ? [problem.test_setup_code] : [],
  ].map(withoutReturns);
  const tests = [...texts(problem, "test_list"), ...texts(problem, "challenge_test_list")];
  return { kind: "asserts", tests: tests.map(withoutReturns), before: [], setup };
}

/** A text that a field has. @throws {TypeError} when it has none */
function text(problem: Problem, field: string): string {
  const value = problem[field];
  if (typeof value !== "string" || value.trim() === "") throw new TypeError(`${field} is no text`);
  return withoutReturns(value);
}

/** Texts that a field has, or its JSON; none where there is no such field. */
function texts(problem: Problem, field: string): readonly string[] {
  const given = problem[field] ?? [];
  const value: unknown = typeof given === "string" ? JSON.parse(given) : given;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new TypeError(`${field} is no list of texts`);
}

function withoutReturns(code: string): string {
  return code.replaceAll("\r\n", "\n");
}

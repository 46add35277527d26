/** Each file of pipelines/data/ loads three rows in the layout of its data set. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Problem } from "../../src/graders/grader.ts";
import { openFile } from "../../src/cli/pipeline_file.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { Document, makePlan } from "../../src/core/mod.ts";
import { readProblems } from "../../src/stage/artifact_files.ts";
import { Bench } from "../stages/run_stage.ts";
import { FIXTURES, Folder } from "./files.ts";

const SETTINGS = fileURLToPath(new URL("../../pipelines/data/", import.meta.url));

/** What a pipeline loads that extends the settings of a data set. */
async function load(name: string, path: string, more = ""): Promise<Problem[]> {
  using folder = new Folder(), bench = new Bench();
  const pipeline = folder.write(
    "pipeline.yaml",
    `extends: [${JSON.stringify(join(SETTINGS, `${name}.yaml`))}]\n` +
      `name: mine\nparams: { path: ${JSON.stringify(join(FIXTURES, path))} }\n${more}`,
  );
  const planning = makePlan(Document.read(pipeline, openFile), new ProjectLibrary(), folder.path);
  assert.ok(planning.kind === "plan");
  const [step, ...others] = planning.plan.steps;
  assert.deepEqual([step!.id, step!.stage.name, others], ["problems", "load_problems", []]);
  const { outputs } = await bench.run("load_problems", step!.config, {});
  return readProblems(outputs.problems!);
}

const MATH = "with: { task: math }\n";

Deno.test("MATH: the last box of each solution, from the hub's files and the authors' archive", async () => {
  const expected = [
    ["Solve $2x + 3 = 11$ for $x$.", "4", "Level 1", "Algebra"],
    ["What is $\\frac{1}{2} + \\frac{1}{3}$?", "\\frac{5}{6}", "Level 2", "Algebra"],
    ["A square has area 49. Find its perimeter.", "28", "Level 5", "Geometry"],
  ];
  for (const path of ["math", "MATH.zip"]) {
    const problems = await load("math", path, MATH);
    assert.deepEqual(
      problems.map(({ problem, answer, level, subject }) => [problem, answer, level, subject]),
      expected,
    );
    assert.deepEqual(Object.keys(problems[0]!).toSorted(), [
      "answer",
      "id",
      "level",
      "problem",
      "solution",
      "subject",
    ]);
  }
  const chosen = "steps: { problems: { with: { subset: algebra, split: train } } }\n";
  const [one, ...none] = await load("math", "math", chosen);
  assert.deepEqual([one!.answer, none], ["81", []]);
});

Deno.test("MATH-500 and DeepScaleR: JSONL and JSON with bare answers", async () => {
  const few = await load("math_500", "math_500", MATH);
  assert.deepEqual(few.map(({ id, answer, level, subject }) => [id, answer, level, subject]), [
    ["test/precalculus/1.json", "\\left( 3, \\frac{\\pi}{2} \\right)", 2, "Precalculus"],
    ["test/number_theory/2.json", "4", 1, "Number Theory"],
    ["test/prealgebra/3.json", "5\\sqrt{2}", 3, "Prealgebra"],
  ]);
  const many = await load("deepscaler", "deepscaler", MATH);
  assert.deepEqual(many.map(({ answer }) => answer), ["7", "8", "\\frac{1}{16}"]);
});

Deno.test("HARP: short answers, and letters of choices that stand in the question", async () => {
  const short = await load("harp", "HARP.jsonl.zip", MATH);
  assert.deepEqual(short.map(({ answer, number, level }) => [answer, number, level]), [
    ["25", "1", 2],
    ["\\frac{1}{6}", "2", 2],
    ["(-1, 5)", "3", 2],
  ]);
  const choices = await load("harp_mcq", "HARP_mcq.jsonl.zip");
  assert.deepEqual(choices.map(({ answer }) => answer), ["B", "D", "A"]);
  assert.deepEqual(choices[1]!.choices, { A: "9", B: "10", C: "12", D: "13", E: "15" });
  assert.equal(
    choices[0]!.problem,
    "What is $7 \\cdot 8$?\n\n(A) 54\n(B) 56\n(C) 58\n(D) 63\n(E) 64\n",
  );
});

Deno.test("OlympiadBench: lists of answers, and what was said before the question", async () => {
  const problems = await load("olympiad_bench", "olympiad_bench", MATH);
  assert.deepEqual(problems.map(({ id, problem, answer }) => [id, problem, answer]), [
    ["1606", "Find all real $x$ with $x^2 = 9$.", "3, -3"],
    ["1610", "Let $T = 7$.\n\nDetermine $T - 1$.", "6"],
    ["2231", "Find the ordered pair $(a, b)$ with $a + b = 5$ and $a - b = 1$.", "(3,2)"],
  ]);
  assert.deepEqual(problems.map(({ several, unit }) => [several, unit]), [
    [true, null],
    [false, null],
    [false, null],
  ]);
});

Deno.test("GSM8K: what follows ####, without commas and notes", async () => {
  const problems = await load("gsm8k", "gsm8k", MATH);
  assert.deepEqual(problems.map(({ answer }) => answer), ["36", "1700", "-3"]);
  assert.match(String(problems[0]!.solution), /<<3\*12=36>>/);
  const test = await load("gsm8k", "gsm8k", "steps: { problems: { with: { split: test } } }\n");
  assert.deepEqual(test.map(({ problem, answer }) => [problem, answer]), [["What is 1 + 1?", "2"]]);
});

Deno.test("DAPO-17k: each problem once, without the instructions around it", async () => {
  const problems = await load("dapo_17k", "dapo_17k", MATH);
  assert.deepEqual(
    problems.map(({ id, problem, answer, source }) => [id, problem, answer, source]),
    [
      [
        "9a9b6eb4",
        "In triangle $ABC$ the angles are $x$, $2x$ and $3x$.\n\nFind $x$ in degrees.",
        "30",
        "math_dapo",
      ],
      ["b426d104", "How many integers $n$ satisfy $n^2 < 20$?", "9", "math_dapo"],
      ["c7a1f0de", "Find the remainder of $7^{100}$ modulo 5.", "1", "math_dapo"],
    ],
  );
});

Deno.test("Big-Math: problems of a rate", async () => {
  const problems = await load("big_math", "big_math", MATH);
  assert.deepEqual(problems.map(({ answer, solve_rate }) => [answer, solve_rate]), [
    ["7", 0.75],
    ["1", 0.2],
    ["12", null],
  ]);
  const hard = await load(
    "big_math",
    "big_math",
    "steps: { problems: { with: { where: { llama8b_solve_rate: { max: 0.5 } } } } }\n",
  );
  assert.deepEqual(hard.map(({ answer }) => answer), ["1"]);
});

Deno.test("MBPP and HumanEval: the reference program is the answer, and the tests are kept", async () => {
  for (const path of ["mbpp", "mbpp.jsonl"]) {
    const problems = await load("mbpp", path);
    assert.equal(problems.length, 3);
    assert.deepEqual(problems[1], {
      id: "602",
      problem: "Write a function to find the area of a circle.",
      answer: "def area(r):\r\n  return math.pi * r * r",
      test_list: ["assert round(area(1), 2) == 3.14"],
      test_setup_code: "import math",
      challenge_test_list: ["assert area(0) == 0"],
    });
  }
  const sanitized = await load("mbpp_sanitized", "mbpp");
  assert.deepEqual(sanitized.map(({ id, test_imports }) => [id, test_imports]), [
    ["601", []],
    ["602", ["import math"]],
    ["603", []],
  ]);
  assert.deepEqual(Object.keys(sanitized[0]!), [
    "test_list",
    "test_imports",
    "id",
    "problem",
    "answer",
  ]);
  const [double] = await load("humaneval", "humaneval");
  const head = 'def double(n):\n    """ Twice a number.\n    """\n';
  assert.deepEqual(double, {
    id: "HumanEval/0",
    problem: head,
    answer: `${head}    return 2 * n\n`,
    prompt: head,
    test: "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-1) == -2\n",
    entry_point: "double",
  });
});

Deno.test("every file of pipelines/data/ is tested here, and asks the hub unless a path is given", () => {
  const names = [...Deno.readDirSync(SETTINGS)].map(({ name }) => name.replace(".yaml", ""));
  const source = Deno.readTextFileSync(new URL(import.meta.url));
  assert.ok(names.length >= 12);
  for (const name of names) {
    assert.ok(source.includes(`load("${name}"`), name);
    if (name.startsWith("harp")) continue;
    const document = Document.read(join(SETTINGS, `${name}.yaml`), openFile);
    const planning = makePlan(document, new ProjectLibrary(), SETTINGS);
    assert.ok(planning.kind === "plan");
    const { config } = planning.plan.steps[0]!;
    assert.match(String(config.repo), /^[\w-]+\/[\w-]+$/);
    assert.equal(config.path, undefined);
  }
});

/** Programs that solve nothing and were paid, and right ones that were not: each is one of a kind. @module */
import assert from "node:assert/strict";
import { defaultsOf } from "../../../schemas/infer.ts";
import { closeSandboxes, code } from "../../../src/graders/code.ts";

const settings = { ...defaultsOf(code.config), timeout: 4, processes: 1 };
const GRADERS = {
  python: await code.create({ ...settings, language: "python" }),
  javascript: await code.create({ ...settings, language: "javascript" }),
  typescript: await code.create({ ...settings, language: "typescript" }),
};
type Language = keyof typeof GRADERS;
type Fields = Readonly<Record<string, unknown>>;

const calls = (name: string, ...cases: readonly (readonly [unknown[], unknown])[]): Fields => ({
  function: name,
  cases: cases.map(([input, output]) => ({ input, output })),
});
const whole = (...tests: readonly (readonly [string, string])[]): Fields => ({
  tests: tests.map(([input, output]) => ({ input, output })),
});
const asserts = (answer: string, ...test_list: readonly string[]): Fields => ({
  answer,
  test_list,
});
const check = (...lines: readonly string[]): Fields => ({
  prompt: "def f(x):\n    ...\n",
  entry_point: "f",
  test: `def check(candidate):\n${lines.map((line) => `    ${line}\n`).join("")}`,
});

type Case = readonly [problem: Fields, program: string, score: number, language?: Language];
const SHARES = check(
  "assert candidate(0) == 0",
  ...[1, 2, 3].map((n) => `assert candidate(${n}) == ${n}`),
);
const STATEMENT = check(
  "assert candidate(0) == 0",
  "x = candidate(1)",
  "assert x == 1",
  "assert candidate(2) == 2",
);
const CASES: readonly Case[] = [
  // What is there without an import is nobody's function.
  [calls("add", [[1, 2], 3]), "x = 1", 0],
  [calls("sorted", [[[2, 1]], [1, 2]]), "x = 1", 0],
  [calls("gcd", [[4, 6], 2]), "a = lcm(2, 3)", 0],
  [calls("parseInt", [["1"], 1]), "let x = 1", 0, "javascript"],
  [calls("toString", [[], "[object Object]"]), "let x = 1", 0, "javascript"],
  [calls("gcd", [[4, 6], 2]), "from math import gcd", 1],
  [
    calls("search", [[[1, 3], 3], 1]),
    "class Solution:\n  def search(self, nums: List[int], x): return nums.index(x)",
    1,
  ],
  [calls("parseInt", [["1"], 2]), "function parseInt(s) { return Number(s) + 1 }", 1, "javascript"],
  // Ending early leaves no test out.
  [SHARES, "def f(x):\n  if x: posix._exit(0)\n  return 0\nimport posix", 1 / 4],
  [SHARES, "def f(x):\n  if x:\n    while True: pass\n  return 0", 1 / 4],
  [STATEMENT, "def f(x):\n  if x: raise ValueError\n  return 0", 1 / 3],
  [STATEMENT, "def f(x):\n  if x: posix._exit(0)\n  return 0\nimport posix", 1 / 3],
  [check("assert True, 'a sign of life'", "assert candidate(1) == 1"), "def f(x): return 0", 0],
  [check("assert True, 'a sign of life'", "assert candidate(1) == 1"), "def f(x): return x", 1],
  // A list that never ends, and sleeps for each item, has the time of one test.
  [
    asserts("def f(): pass", "assert list(f()) == [1]"),
    "from js import Atomics, Int32Array, SharedArrayBuffer\ndef f():\n  cell = Int32Array.new(SharedArrayBuffer.new(4))\n  while True:\n    Atomics.wait(cell, 0, 0, 5000)\n    yield 1",
    0,
  ],
  // Numbers.
  [whole(["", "1".repeat(400)]), "print('1e999')", 0],
  [whole(["", "9007199254740993"]), "print(9007199254740992.0)", 0],
  [whole(["", "3"]), "print('1' * 10**6 + 'x')", 0],
  [
    calls("mean", [[[1, 2]], 1.5], [[[0.1, 0.2, 2.7]], 1]),
    "def mean(a): return (a[0] + a[1] + sum(a[2:])) / len(a) + 1e-15",
    1,
  ],
  [calls("root", [[64], 4]), "def root(x): return x ** (1 / 3)", 0],
  // What right programs do.
  [
    whole(["1", "1"]),
    "import sys\nprint(int(input()) if 'r' in sys.stdin.mode and 'w' in sys.stdout.mode else 0)",
    1,
  ],
  [
    whole(...[1, 2, 3, 4].map((n) => [`${n}`, `${n}`] as const)),
    "n = input()\nlarge = [0] * (20 * 2**20)\ndef keep(): return large\nprint(n)",
    1,
  ],
  [
    asserts(
      "def f(a, kind): pass",
      "assert f([1, 'a', 2.5], int) == ['a', 2.5]",
      "assert f(iter([1, 'a']), str) == [1]",
      "assert f({1: 2, 'a': 3}.keys(), str) == [1]",
      "assert f(map(str, [1]), type(None)) == ['1']",
    ),
    "def f(a, kind): return [x for x in a if not isinstance(x, kind)]",
    1,
  ],
  [
    asserts(
      "def f(x): pass",
      "assert f(1) is int",
      "assert f('a') == str",
      "assert f(None) == type(None)",
    ),
    "def f(x): return type(x)",
    1,
  ],
  [
    asserts(
      "def f(x): pass",
      "try:\n  f(1)\n  assert False\nexcept ValueError as e:\n  assert str(e) == 'no'",
    ),
    "class Bad(ValueError): pass\ndef f(x): raise Bad('no')",
    1,
  ],
  [
    asserts(
      "def f(x): pass",
      "from datetime import datetime, timedelta\nassert f(datetime(2020, 1, 31, 23, 30)) == datetime(2020, 2, 1, 0, 30)",
      "import re\nfrom datetime import datetime\nassert f(re.compile('a+', re.I)) == 'AA'",
    ),
    "from datetime import timedelta\ndef f(x): return x.search('bAA')[0] if hasattr(x, 'search') else x + timedelta(hours=1)",
    1,
  ],
  [whole(["2", "4"]), "if (require.main === module) console.log(4)", 1, "javascript"],
  [calls("f", [[1], 2]), "const f = (x) => x + 1;\nmodule.exports = { f }", 1, "javascript"],
  [
    calls("f", [[1], 2]),
    "if (require.main === module) throw 1;\nexports.f = (x) => x + 1",
    1,
    "javascript",
  ],
];

for (const [fields, program, score, language = "python"] of CASES) {
  Deno.test(`${score.toFixed(2)} for ${JSON.stringify(program).slice(0, 90)}`, async () => {
    const problem = { id: "p", problem: "?", answer: "", ...fields };
    const verdict = await GRADERS[language](problem, `\`\`\`\n${program}\n\`\`\``, {});
    assert.equal(verdict.score, score, verdict.reason);
    assert.equal(verdict.outcome === "correct", score === 1);
  });
}

Deno.test("processes end", closeSandboxes);

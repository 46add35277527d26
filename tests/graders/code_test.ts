/** Programs and what tests make of them, in each form. @module */
import assert from "node:assert/strict";
import { defaultsOf } from "../../schemas/infer.ts";
import { closeSandboxes, code } from "../../src/graders/code.ts";
import type { Problem } from "../../src/graders/grader.ts";

const TIMEOUT = 6;
const of = (language: "python" | "javascript" | "typescript") =>
  code.create({
    ...defaultsOf(code.config),
    language,
    timeout: TIMEOUT,
    memory: 128,
    max_output: 64,
  });
const GRADERS = {
  python: await of("python"),
  javascript: await of("javascript"),
  typescript: await of("typescript"),
};

const usual = { id: "p", problem: "?" };
const PROBLEMS = {
  mbpp: {
    ...usual,
    answer: "import math\ndef area(r):\n  return math.pi * r * r\ndef sum(a, b):\n  return a + b",
    test_list: [
      "assert sum(1, 2) == 3",
      "assert math.isclose(area(1), math.pi)",
      "assert sum([1], [2]) == [1, 2]",
    ],
  },
  tree: {
    ...usual,
    answer:
      "class Node:\n  def __init__(self, v):\n    self.v = v\n    self.left = None\ndef depth(n):\n  return 0 if n is None else 1 + depth(n.left)",
    test_setup_code: "root = Node(1)\nroot.left = Node(2)",
    test_list: ["assert depth(root) == 2", "assert root.left.v == 2", "assert depth(None) == 0"],
  },
  kinds: {
    ...usual,
    answer: "",
    test_setup_code:
      "from collections import deque\nfrom decimal import Decimal\nfrom fractions import Fraction",
    test_list: [
      "assert f(1) == (1, {2}, {'a': [3.5]}, None, True, b'x', 2**70)",
      "assert list(g()) == [0, 1, 2]",
      "l = [3, 1]\nh(l)\nassert l == [1, 3]",
      "try:\n    e()\n    assert False\nexcept ValueError as error:\n    assert str(error) == 'no'",
      "assert k(lambda x: x + 1, 2) == 3",
      "assert o() == (range(3), deque([1]), Fraction(1, 2), Decimal('0.10'))",
      "assert type(f(1)[0]) == int and isinstance(f(1)[2]['a'][0], float)",
    ],
  },
  humaneval: {
    ...usual,
    answer: "",
    prompt:
      'from typing import List\n\ndef twice(n: int) -> int:\n    return 2 * n\n\ndef f(x: List[int]) -> int:\n    """ The sum, twice. """\n',
    entry_point: "f",
    test:
      "def check(candidate):\n    assert candidate([1, 2]) == twice(3)\n    for i in range(3):\n        assert candidate([i]) == 2 * i\n",
  },
  apps: {
    ...usual,
    answer: "",
    input_output: { inputs: ["1 2\n", "3 4\n"], outputs: ["3\n", "7\n"] },
  },
  solution: {
    ...usual,
    answer: "",
    public_test_cases: [{ input: "[1, 2]\n3", output: "6", testtype: "functional" }],
    metadata: { func_name: "total" },
  },
  cases: {
    ...usual,
    answer: "",
    function: "add",
    cases: [{ input: [1, 2], output: 3 }, { input: [[1], [2]], output: [1, 2] }],
  },
} satisfies Readonly<Record<string, Problem>>;

/** Outcome, and what the reason says; the share where it is neither none nor all. */
type Case = readonly [
  keyof typeof PROBLEMS,
  language: keyof typeof GRADERS,
  program: string,
  made: string,
];
const KINDS = `def f(x): return (x, {2}, {'a': [3.5]}, None, True, b'x', 2**70)
def g(): yield from range(3)
def h(l): l.sort()
def e(): raise ValueError('no')
def k(f, x): return f(x)
def o(): return range(3), deque([1]), Fraction(1, 2), Decimal('0.10')
from collections import deque
from decimal import Decimal
from fractions import Fraction`;
const AREA = "import math\ndef area(r): return math.pi * r * r\n";
const FAST = `import os, sys
from io import BytesIO, IOBase
class Out(IOBase):
    def __init__(self): self.held = BytesIO()
    def write(self, s): self.held.write(s.encode())
    def flush(self):
        os.write(1, self.held.getvalue())
        self.held = BytesIO()
sys.stdout = Out()
a, b = map(int, sys.stdin.buffer.readline().split())
print(a + b)`;
const CASES: readonly Case[] = [
  ["mbpp", "python", `${AREA}def sum(a, b): return a + b`, "correct"],
  [
    "mbpp",
    "python",
    `${AREA}def sum(a, b): return 3`,
    "wrong 0.67 test 3 of 3: it gives 3 instead of [1, 2] in sum([1], [2]) == [1, 2]",
  ],
  [
    "mbpp",
    "python",
    "def sum(a, b): return a + b",
    "wrong 0 test 1 of 3: NameError: it defines no area",
  ],
  [
    "mbpp",
    "python",
    `${AREA}def sum(a, b): return a + c`,
    "wrong 0.33 test 1 of 3: NameError: name 'c' is not defined in sum(1, 2) == 3",
  ],
  [
    "mbpp",
    "python",
    `${AREA}def sum(a, b) return a`,
    "wrong 0 test 1 of 3: SyntaxError: expected ':' (<program>, line 3) (line 3)",
  ],
  [
    "mbpp",
    "python",
    `${AREA}def sum(a, b):\n    while True: pass`,
    `timed_out 0 test 1 of 3: it takes more than ${TIMEOUT} s`,
  ],
  [
    "mbpp",
    "python",
    `${AREA}import sys\nsum = 1\nsys.exit()`,
    "wrong 0.33 test 1 of 3: TypeError: 'int' object is not callable in sum(1, 2) == 3",
  ],
  [
    "mbpp",
    "python",
    "class math: isclose = lambda *a: True\narea = sum = lambda *a: 0",
    "wrong 0 test 1 of 3: it gives 0 instead of 3 in sum(1, 2) == 3",
  ],
  [
    "tree",
    "python",
    "class Node:\n  def __init__(self, v):\n    self.v = v\n    self.left = None\ndef depth(n):\n  return 0 if n is None else 1 + depth(n.left)",
    "correct",
  ],
  [
    "tree",
    "python",
    "class Node:\n  def __init__(self, v): self.v, self.left = v, None\ndef depth(n): return 1",
    "wrong 0.33 test 1 of 3: it gives 1 instead of 2 in depth(root) == 2",
  ],
  ["kinds", "python", KINDS, "correct"],
  [
    "kinds",
    "python",
    KINDS.replace("{2}", "[2]").replace("range(3)", "range(4)"),
    "wrong 0.71 test 1 of 7: it gives (1, [2], {'a': [3.5]}, None, True, b'x', 1180591620717411303424) instead of (1, {2}, {'a': [3.5]}, None, True, b'x', 1180591620717411303424) in f(1) == (1, {2}, {'a': [3.5]}, None, True, b'x', 2 ** 70)",
  ],
  ["humaneval", "python", "def f(x: List[int]) -> int:\n    return twice(sum(x))", "correct"],
  ["humaneval", "python", "    return twice(sum(x))\n\nprint(f(2) + '')", "correct"],
  [
    "humaneval",
    "python",
    "def f(x):\n    return 4",
    "wrong 0.25 it gives 4 instead of 6 in candidate([1, 2]) == twice(3)",
  ],
  [
    "humaneval",
    "python",
    "def twice(n): return 4\ndef f(x):\n    return 4",
    "wrong 0.25 it gives 4 instead of 6 in candidate([1, 2]) == twice(3)",
  ],
  ["apps", "python", "a, b = map(int, input().split())\nprint(a + b)", "correct"],
  ["apps", "python", FAST, "correct"],
  [
    "apps",
    "python",
    "import sys, threading\ndef main():\n  print(eval(sys.stdin.read().replace(' ', '+')))\nthreading.Thread(target=main).start()",
    "correct",
  ],
  ["apps", "python", "print(sum(map(int, open(0).read().split())))\nexit()", "correct"],
  ["apps", "python", "print(3)", 'wrong 0.50 test 2 of 2: it writes "3\\n" instead of "7\\n"'],
  [
    "apps",
    "python",
    "a = int(input())",
    "wrong 0 test 1 of 2: ValueError: invalid literal for int() with base 10: '1 2' (line 1)",
  ],
  ["apps", "python", "print('x' * 10**6)", "wrong 0 test 1 of 2: OutputLimit: it wrote too much"],
  ["apps", "python", "a = [0] * 10**9", "wrong 0 test 1 of 2: MemoryError (line 1)"],
  [
    "solution",
    "python",
    "class Solution:\n  def total(self, a: List[int], b: int) -> int:\n    return reduce(add, a) + b",
    "correct",
  ],
  [
    "solution",
    "python",
    "def total(a, b): return sum(a)",
    "wrong 0 test 1 of 1: it gives 3 instead of 6",
  ],
  [
    "solution",
    "python",
    "class Solution:\n  def sum(self, a, b): pass",
    "wrong 0 test 1 of 1: NameError: it defines no total",
  ],
  ["cases", "python", "def add(a, b): return a + b", "correct"],
  ["cases", "python", "def add(a, b): return (1, 2) if isinstance(a, list) else 3.0", "correct"],
  [
    "cases",
    "python",
    "def add(a, b): return {1, 2} if isinstance(a, list) else 3",
    "wrong 0.50 test 2 of 2: it gives a set, which is no JSON",
  ],
  [
    "cases",
    "javascript",
    "function add(a, b) { return Array.isArray(a) ? [...a, ...b] : a + b }",
    "correct",
  ],
  [
    "cases",
    "typescript",
    "const add = async (a: any, b: any): Promise<unknown> => Array.isArray(a) ? a.concat(b) : a + b; console.log(1)",
    "correct",
  ],
  [
    "cases",
    "javascript",
    "const add = (a, b) => a + b",
    'wrong 0.50 test 2 of 2: it gives "12" instead of [1,2]',
  ],
  [
    "cases",
    "javascript",
    "function add() { null.x }",
    "wrong 0 test 1 of 2: TypeError: Cannot read properties of null (reading 'x') (line 1)",
  ],
  ["cases", "javascript", "function sub() {}", "wrong 0 test 1 of 2: NameError: it defines no add"],
  [
    "cases",
    "javascript",
    "function add() { for (;;); }",
    `timed_out 0 test 1 of 2: it takes more than ${TIMEOUT} s`,
  ],
  [
    "apps",
    "javascript",
    "const [a, b] = require('fs').readFileSync('/dev/stdin', 'utf8').split(' ').map(Number); console.log(a + b)",
    "correct",
  ],
  [
    "apps",
    "javascript",
    "let s = ''; process.stdin.on('data', (d) => s += d); process.stdin.on('end', () => console.log(eval(s.replace(' ', '+'))))",
    "correct",
  ],
  [
    "apps",
    "typescript",
    "import { createInterface } from 'node:readline';\nconst lines: string[] = [];\ncreateInterface({ input: process.stdin }).on('line', (line) => lines.push(line)).on('close', () => console.log(lines[0]!.split(' ').reduce((a: number, b) => a + Number(b), 0)))",
    "correct",
  ],
  ["apps", "javascript", "throw new RangeError('no')", "wrong 0 test 1 of 2: RangeError: no"],
  ["apps", "javascript", "process.exit(3)", "wrong 0 test 1 of 2: Error: exit code 3"],
];

for (const [problem, language, program, made] of CASES) {
  Deno.test(`${problem}, ${language}: ${JSON.stringify(program).slice(0, 80)} is ${made.slice(0, 60)}`, async () => {
    const completion = `So:\n\`\`\`${language}\n${program}\n\`\`\``;
    const verdict = await GRADERS[language](PROBLEMS[problem], completion, {});
    const { outcome, score, reason } = verdict;
    const share = score === 0 || score === 1 ? String(score) : score!.toFixed(2);
    assert.equal(
      outcome === "correct" ? `${outcome}${reason ?? ""}` : `${outcome} ${share} ${reason}`,
      made,
    );
    assert.equal(verdict.answer?.trim(), program.trim());
    assert.equal(verdict.well_formed, true);
  });
}

Deno.test("a completion without a program: no answer where a policy is trained, a program where it is measured", async () => {
  const grade = GRADERS.python, [good] = ["def add(a, b): return a + b"];
  const none = { outcome: "no_answer", answer: null, score: 0, well_formed: false };
  assert.deepEqual(await grade(PROBLEMS.cases, good, {}), none);
  const { outcome, well_formed } = await grade(PROBLEMS.cases, good, { measuring: true });
  assert.deepEqual({ outcome, well_formed }, { outcome: "correct", well_formed: false });
  const going = "    return twice(sum(x))\n\ndef g():\n    return (";
  assert.equal((await grade(PROBLEMS.humaneval, going, { measuring: true })).outcome, "correct");
});

Deno.test("what cannot be tested is an error, and no verdict", async () => {
  const fenced = "```\n1\n```";
  await assert.rejects(
    async () => await GRADERS.javascript(PROBLEMS.mbpp, fenced, {}),
    /^TypeError: Cannot test problem p: its tests are Python, and grader code is set to javascript$/,
  );
  const broken = { ...PROBLEMS.mbpp, test_list: ["assert ("] };
  await assert.rejects(
    async () => await GRADERS.python(broken, fenced, {}),
    /^TypeError: Cannot test problem p: its tests cannot be read: SyntaxError: /,
  );
  const needs = { ...PROBLEMS.mbpp, test_setup_code: "import numpy" };
  const program = "```\ndef sum(*a): return 3\narea = sum\n```";
  await assert.rejects(
    async () => await GRADERS.python(needs, program, {}),
    /^TypeError: Cannot test problem p: its tests cannot be run: .*numpy/,
  );
  await assert.rejects(
    async () => await GRADERS.python({ ...usual, answer: "" }, fenced, {}),
    /and tests stand in/,
  );
});

Deno.test("many are graded at once, in order", async () => {
  const programs = [1, 2, 3, 4, 5, 6].map((n) => `\`\`\`\ndef add(a, b): return ${n}\n\`\`\``);
  const verdicts = await Promise.all(
    programs.map((text) => GRADERS.python(PROBLEMS.cases, text, {})),
  );
  assert.deepEqual(verdicts.map(({ score }) => score), [0, 0, 0.5, 0, 0, 0]);
  await closeSandboxes();
});

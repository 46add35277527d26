/** Rows as data sets lay them out, and rows that cannot be tested. @module */
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { Buffer } from "node:buffer";
import type { Problem } from "../../../src/graders/grader.ts";
import { readTests } from "../../../src/graders/code/layouts.ts";

const row = (fields: Readonly<Record<string, unknown>>): Problem => ({
  id: "p",
  problem: "?",
  answer: "def f(): return 1",
  ...fields,
});
const functional = [{ input: "[1, 2]\n3", output: "[4]", testtype: "functional" }];
const stdin = [{ input: "1\n", output: "2\n", testtype: "stdin" }];

/** As Python's pickle writes a text, by protocol. */
function pickled(text: string, protocol: 2 | 4): Buffer {
  const bytes = Buffer.from(text), head = Buffer.alloc(5);
  head[0] = 0x58;
  head.writeUInt32LE(bytes.length, 1);
  const body = [head, bytes, Buffer.from(protocol === 4 ? "\x94." : "q\x00.", "latin1")];
  const frame = Buffer.alloc(9);
  frame[0] = 0x95;
  frame.writeBigUInt64LE(BigInt(body.reduce((sum, part) => sum + part.length, 0)), 1);
  return Buffer.concat([Buffer.from([0x80, protocol]), ...protocol === 4 ? [frame] : [], ...body]);
}

Deno.test("HumanEval: check, and a function that is begun", () => {
  const prompt = "def f(x):\n    ...\n",
    test = "def check(candidate):\n    assert candidate(1) == 2\n";
  assert.deepEqual(readTests(row({ prompt, test, entry_point: "f" })), {
    kind: "asserts",
    tests: [test],
    before: [prompt],
    setup: [],
    entry: "f",
    prompt,
  });
});

Deno.test("MBPP: a test is an assertion, and the full and the sanitized layout have others before it", () => {
  const test_list = ["assert f(1) == 2", "assert f(2) == 3"];
  const full = row({
    test_list,
    test_setup_code: "import math\r\nx = 1",
    challenge_test_list: ["assert f(3) == 4"],
  });
  assert.deepEqual(readTests(full), {
    kind: "asserts",
    tests: [...test_list, "assert f(3) == 4"],
    before: [],
    setup: ["import math\nx = 1"],
  });
  const sanitized = row({ test_list: JSON.stringify(test_list), test_imports: ["import math"] });
  assert.deepEqual(readTests(sanitized), {
    kind: "asserts",
    tests: test_list,
    before: [],
    setup: ["import math"],
  });
});

Deno.test("APPS: whole programs, lines as texts or lists, and functions", () => {
  const of = (value: unknown) => readTests(row({ input_output: JSON.stringify(value) }));
  assert.deepEqual(of({ inputs: ["1\n", ["1", "2"]], outputs: ["2\n", ["3", "4"]] }), {
    kind: "whole",
    tests: [{ input: "1\n", output: "2\n" }, { input: "1\n2", output: "3\n4" }],
  });
  assert.deepEqual(of({ fn_name: "f", inputs: [[1, 2], [[3]]], outputs: [[3], 4] }), {
    kind: "calls",
    name: "f",
    tests: [{ args: [1, 2], expected: [[3], 3] }, { args: [[3]], expected: [4] }],
  });
});

for (const protocol of [2, 4] as const) {
  Deno.test(`LiveCodeBench: public tests, and private ones as pickle ${protocol} writes them`, () => {
    const private_test_cases = deflateSync(pickled(JSON.stringify(stdin), protocol)).toString(
      "base64",
    );
    assert.deepEqual(
      readTests(row({ public_test_cases: JSON.stringify(stdin), private_test_cases })),
      {
        kind: "whole",
        tests: [{ input: "1\n", output: "2\n" }, { input: "1\n", output: "2\n" }],
      },
    );
  });
}

Deno.test("LiveCodeBench: functions have an argument a line, and integers of any size", () => {
  const large = [{ ...functional[0], input: "9007199254740993" }];
  const fields = { public_test_cases: functional, private_test_cases: JSON.stringify(large) };
  assert.deepEqual(readTests(row({ ...fields, metadata: '{"func_name": "f"}' })), {
    kind: "calls",
    name: "f",
    tests: [{ args: [[1, 2], 3], expected: [[4]] }, { args: [9007199254740993n], expected: [[4]] }],
  });
});

Deno.test("one's own: cases of a function, pairs of texts", () => {
  const cases = [{ input: [1, [2]], output: { a: 1 } }, { args: [], expected: null }];
  assert.deepEqual(readTests(row({ function: "f", cases })), {
    kind: "calls",
    name: "f",
    tests: [{ args: [1, [2]], expected: [{ a: 1 }] }, { args: [], expected: [null] }],
  });
  const tests = [{ input: "1", output: "2" }, { output: "3" }];
  assert.deepEqual(readTests(row({ tests })), {
    kind: "whole",
    tests: [{ input: "1", output: "2" }, { input: "", output: "3" }],
  });
});

for (
  const [fields, why] of [
    [{}, "it has id, problem, answer, and tests stand in test with entry_point, test_list, "],
    [{ test: "x" }, "it has id, problem, answer, test, and tests stand in"],
    [{ test_list: [] }, "its test_list has no test"],
    [{ test_list: [1] }, "test_list is no list of texts"],
    [{ test_list: "assert f()" }, "Unexpected token"],
    [{ test: "", entry_point: "f" }, "test is no text"],
    [{ input_output: "{}" }, "inputs of input_output is no list"],
    [{ input_output: "[]" }, "input_output is no object"],
    [
      { input_output: '{"inputs": ["1"], "outputs": []}' },
      "input_output has 1 inputs and 0 outputs",
    ],
    [{ input_output: '{"inputs": [{}], "outputs": ["1"]}' }, "an input is no text"],
    [{ public_test_cases: "[1]" }, "a test is no object"],
    [{ public_test_cases: functional }, "metadata has no func_name"],
    [{ public_test_cases: stdin, private_test_cases: "bm8=" }, "incorrect header check"],
    [{ cases: [{ input: [1], output: 2 }] }, "it has cases, but no function that they are of"],
    [
      { cases: [{ input: 1, output: 2 }], function: "f" },
      "case 1 is no { input: [arguments], output: result }",
    ],
    [{ tests: [{ input: "1" }] }, "test 1 is no { input: text, output: text }"],
    [{ tests: [1] }, "tests is no list of objects"],
  ] as const
) {
  Deno.test(`a problem that cannot be tested is told: ${JSON.stringify(fields)}`, () => {
    assert.throws(() => readTests(row(fields)), (error: Error) => {
      assert.ok(error instanceof TypeError);
      assert.ok(error.message.startsWith("Cannot test problem p: "), error.message);
      assert.ok(error.message.includes(why), error.message);
      return true;
    });
  });
}

import assert from "node:assert/strict";
import { sameOutput, sameValue } from "../../../src/graders/code/compare.ts";
import { parseJson } from "../../../src/sandbox/mod.ts";

const SAME: readonly (readonly [given: string, expected: string])[] = [
  ["3", "3"],
  ["3\n", "3"],
  ["3  \n\n", "3\n"],
  ["\n3", "3"],
  ["1 2\n3 4\n", "1 2\n3 4"],
  ["1 2 \n 3 4", "1 2\n3 4"],
  ["1   2", "1 2"],
  ["a\tb", "a b"],
  ["1\r\n2\r\n", "1\n2\n"],
  ["0.3333333333", "0.333333"],
  ["0.33333333", "0.3333333"],
  ["1e-3", "0.001"],
  ["3.0", "3"],
  ["0.30e1", "3"],
  [".3E+1", "3"],
  ["-0.0", "0"],
  ["1e18", "1000000000000000000"],
  ["1200e-2", "12"],
  ["3", "3.0"],
  ["007", "7"],
  ["+7", "7"],
  ["-0", "0"],
  ["1000000.5", "1000000.6"],
  ["99999999999999999999999", "99999999999999999999999"],
  ["", ""],
  ["\n", ""],
  ["YES", "YES"],
];
const DIFFERENT: readonly (readonly [given: string, expected: string])[] = [
  ["3", "4"],
  ["3\n4", "3"],
  ["3", "3\n4"],
  ["3 4", "3\n4"],
  ["3\n\n4", "3\n4"],
  ["34", "3 4"],
  ["yes", "YES"],
  ["0.33333", "0.333333"],
  ["0.334", "0.333"],
  ["2.9999999", "3"],
  ["1e18", "1000000000000000001"],
  ["9007199254740992.0", "9007199254740993"],
  ["1e999", "1".repeat(400)],
  ["5.5", "1e400"],
  ["1e999999999999999", "3"],
  ["-3.0", "3"],
  ["3.0.0", "3"],
  ["1".repeat(1_000_000) + "x", "3"],
  ["1".repeat(500_000) + "." + "1".repeat(500_000) + "x", "3.5"],
  ["1000000.5", "1000002.6"],
  ["99999999999999999999998", "99999999999999999999999"],
  ["9007199254740993", "9007199254740992"],
  ["-1", "1"],
  ["", "3"],
  ["3", ""],
  ["nan", "1.0"],
  ["inf", "1e400"],
  ["0x10", "16"],
  ["1_000", "1000"],
  ["[1,2]", "[1, 2]"],
  ["3.", "3x"],
];
for (const [given, expected] of SAME) {
  Deno.test(`the output ${JSON.stringify(given)} is ${JSON.stringify(expected)}`, () => {
    assert.ok(sameOutput(given, expected));
  });
}
for (const [given, expected] of DIFFERENT) {
  Deno.test(`the output ${JSON.stringify(given)} is not ${JSON.stringify(expected)}`, () => {
    assert.ok(!sameOutput(given, expected));
  });
}

const VALUES: readonly (readonly [given: string, expected: string, isSame: boolean])[] = [
  ["3", "3", true],
  ["3.0", "3", true],
  ["3", "4", false],
  ["0.1000000001", "0.1", true],
  ["0.1001", "0.1", false],
  ["3.0000000001", "3", false],
  ["9007199254740993", "9007199254740993", true],
  ["9007199254740993", "9007199254740992", false],
  ["9007199254740993", "9007199254740995", false],
  ["true", "true", true],
  ["true", "false", false],
  ["true", "1", true],
  ["1", "true", true],
  ["2", "true", false],
  ['"1"', "1", false],
  ["null", "null", true],
  ["null", "0", false],
  ["null", "[]", false],
  ["[1, 2]", "[1, 2]", true],
  ["[1, 2]", "[2, 1]", false],
  ["[1, 2]", "[1, 2, 3]", false],
  ["[1, 2, 3]", "[1, 2]", false],
  ["[[1], [2]]", "[[1], [2]]", true],
  ["[[1], [2]]", "[[1], [3]]", false],
  ['{"a": 1}', '{"a": 1}', true],
  ['{"a": 1, "b": 2}', '{"b": 2, "a": 1}', true],
  ['{"a": 1}', '{"a": 2}', false],
  ['{"a": 1}', '{"a": 1, "b": 2}', false],
  ['{"a": 1, "b": 2}', '{"a": 1}', false],
  ['{"toString": 1}', "{}", false],
  ["{}", "[]", false],
  ['"ab"', '"ab"', true],
  ['"ab"', '"ab "', false],
];
for (const [given, expected, isSame] of VALUES) {
  Deno.test(`the value ${given} is ${isSame ? "" : "not "}${expected}`, () => {
    assert.equal(sameValue(parseJson(given), parseJson(expected)), isSame);
  });
}

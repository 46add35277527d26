import assert from "node:assert/strict";
import { Rig, TEST_STAGES } from "../rig.ts";

/** Adds what goes with items of a list. */
function rig(): Rig {
  const rig = new Rig();
  rig.stages.pair = {
    ...TEST_STAGES.add,
    name: "pair",
    inputs: { numbers: "number[]", of: "number[]" },
    follows: { numbers: "of" },
  };
  return rig;
}

const AXES = { right: 'a: "0..2", b: "0..3"', wrong: 'b: "0..3", a: "0..2"' };

/** A list of one output, and one of several outputs. */
const pipeline = (matrix: string, list: string, item: string) => `
name: t
steps:
  two: { uses: number, with: { value: 2 } }
  list: { uses: spread, in: { number: two.number } }
  one: { uses: number, matrix: { a: "0..2" }, with: { value: "\${matrix.a}" } }
  made: { uses: increment, matrix: { ${matrix} }, in: { number: "${item}" } }
  later: { uses: increment, matrix: { ${matrix} }, in: { number: made.number } }
  pair: { uses: pair, in: { numbers: later.number, of: ${list} } }
`;

for (
  const [name, list, item] of [
    ["one output", "list.numbers", "list.numbers[${matrix.a}]"],
    ["several outputs", "one.number", "one.number"],
  ] as const
) {
  Deno.test(`a list that follows ${name} in another order is a mistake`, () => {
    using project = rig();
    assert.ok(project.plan(pipeline(AXES.right, list, item)).steps.length > 12);
    assert.throws(
      () => project.plan(pipeline(AXES.wrong, list, item)),
      /test\.yaml:9:3: error: numbers\[2\] of pair was made from of\[0\], and stands behind numbers\[1\], .* of\[1\]\n[^]*write the axis that picks from of first/,
    );
  });
}

Deno.test("nothing is told of items that come from several, or from none", () => {
  using project = rig();
  const text = `
name: t
steps:
  two: { uses: number, with: { value: 2 } }
  list: { uses: spread, in: { number: two.number } }
  all: { uses: add, matrix: { a: "0..2" }, in: { numbers: list.numbers } }
  own: { uses: number, matrix: { a: "0..2" }, with: { value: 1 } }
  first: { uses: pair, in: { numbers: all.sum, of: list.numbers } }
  second: { uses: pair, in: { numbers: own.number, of: list.numbers } }
`;
  assert.equal(project.plan(text).steps.length, 8);
});

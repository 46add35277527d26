/** Ports that take any number of inputs, each under a name. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DiagnosticError, parsePort } from "../../src/core/mod.ts";
import { defineStage } from "../../src/stage/define_stage.ts";
import { Rig } from "../rig.ts";

const NAMED = defineStage({
  name: "named",
  version: 1,
  summary: "Numbers with their names.",
  config: { type: "object", properties: {}, additionalProperties: false },
  inputs: { numbers: "number{}", lists: "number[]{}?" },
  outputs: { text: "text" },
  run({ inputs, outputs }) {
    const read = ({ directory }: { readonly directory: string }) =>
      Deno.readTextFileSync(join(directory, "number.txt"));
    const one = Object.entries(inputs.numbers).map(([name, number]) => `${name}=${read(number)}`);
    const many = Object.entries(inputs.lists ?? {})
      .map(([name, numbers]) => `${name}=${numbers.map(read)}`);
    const told = [...one, ...many].join(" ");
    Deno.writeTextFileSync(join(outputs.text.directory, "text.txt"), told);
    return { told };
  },
});

function rigOf(): Rig {
  const rig = new Rig();
  rig.stages.named = NAMED;
  return rig;
}

const pipeline = (inputs: string) =>
  `name: t
steps:
  one: { uses: number, matrix: { x: [1, 2] }, with: { value: "\${matrix.x}" } }
  three: { uses: number, with: { value: 3 } }
  loop:
    loop: { times: 1, carry: { none: null } }
    steps: { again: { uses: number, with: { value: 7 } } }
    yield: { none: prev.none }
  all: { uses: named, in: ${inputs} }
`;

Deno.test("a port with names gives them to its stage in the pipeline's order, single or as lists", async () => {
  using rig = rigOf();
  const told = async (inputs: string) => {
    const { actions } = await rig.run(pipeline(inputs));
    return [actions.get("all")!.metrics.told, rig.ran.includes("all")];
  };
  const given = "{ numbers: { b: three.number, a: 'one.number[0]' }, lists: { c: one.number } }";
  assert.deepEqual(await told(given), ["b=3 a=1 c=1,2", true]);
  assert.deepEqual(await told(given), ["b=3 a=1 c=1,2", false]);
  // Order and names are of the result; other names of the same are another result.
  assert.deepEqual(await told("{ numbers: { a: 'one.number[0]', b: three.number } }"), [
    "a=1 b=3",
    true,
  ]);
  assert.deepEqual(await told("{ numbers: { b: three.number, a: 'one.number[0]' } }"), [
    "b=3 a=1",
    true,
  ]);
  assert.deepEqual(await told("{ numbers: { b: three.number, d: 'one.number[0]' } }"), [
    "b=3 d=1",
    true,
  ]);
  assert.deepEqual(await told("{ numbers: { b: three.number, n: loop.none } }"), ["b=3", true]);
});

Deno.test("what is wrong with named inputs is told with its place", () => {
  using rig = rigOf();
  const cases: readonly (readonly [string, RegExp])[] = [
    ["{ numbers: three.number }", /takes references under names, not "three\.number"/],
    ["{ numbers: { Three: three.number } }", /Three is no name for what input numbers/],
    ["{ numbers: { 3: three.number } }", /3 is no name for what input numbers/],
    ["{ numbers: { a: three.nummer } }", /stage number has no output nummer/],
    ["{ numbers: { a: one.number } }", /input numbers\.a of stage named takes number, one\.number/],
    ["{ numbers: { a: null } }", /null is not a reference/],
    ["{ numbers: {} }", /input numbers of stage named is given nothing/],
    ["{ lists: { a: three.number } }", /input numbers of stage named is not connected/],
    ["{ numbers: { a: three.number }, base: three.number }", /stage named has no input base/],
  ];
  for (const [inputs, message] of cases) {
    assert.throws(() => rig.plan(pipeline(inputs)), (error) => {
      assert.ok(error instanceof DiagnosticError);
      const [first, ...more] = error.diagnostics;
      assert.equal(more.length, 0, inputs);
      assert.match(first!.message, message);
      const { line } = first!.location!.source.position(first!.location!.span.start);
      return line === 9 && first!.hint !== undefined;
    }, inputs);
  }
});

Deno.test("ports are taken apart", () => {
  const kind = "a", none = { list: false, named: false, optional: false };
  assert.deepEqual(parsePort("a"), { ...none, kind });
  assert.deepEqual(parsePort("a[]{}?"), { kind, list: true, named: true, optional: true });
  assert.deepEqual(parsePort("a{}"), { ...none, kind, named: true });
  assert.deepEqual(parsePort("a[]?"), { ...none, kind, list: true, optional: true });
});

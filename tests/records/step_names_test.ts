/** Steps by what people call them. @module */
import assert from "node:assert/strict";
import { labelOf, matrixLabel } from "../../src/core/label.ts";
import { chooseStep, chooseSteps, isMeant, parseStepName } from "../../src/records/step_names.ts";

Deno.test("a step's name is taken apart, whatever values its axes have", () => {
  assert.deepEqual(parseStepName("students"), { name: "students", loops: {}, values: {} });
  assert.deepEqual(parseStepName("meta@arm=a[3].in[0].students@dataset=1,repeat=0"), {
    name: "meta.in.students",
    loops: { meta: 3, "meta.in": 0 },
    values: { arm: "a", dataset: "1", repeat: "0" },
  });
  const nasty = [
    "a.b",
    "1",
    "x,y=[2].z",
    { n: [1, '"]}'] },
    ["]", "\\"],
    null,
    0.5,
    "",
    "é",
    -1e-7,
  ];
  for (const value of nasty) {
    const id = `loop${matrixLabel({ arm: value })}[2].step${
      matrixLabel({ a: value, "b-c": value })
    }`;
    assert.deepEqual(parseStepName(id), {
      name: "loop.step",
      loops: { loop: 2 },
      values: { arm: labelOf(value), a: labelOf(value), "b-c": labelOf(value) },
    });
  }
  for (const none of ["", ".", "a.", "a@", "a@b", "a@b=", 'a@b="x', "a[x]", "A", "a b", "a[1]b"]) {
    assert.equal(parseStepName(none), undefined, none);
  }
});

const IDS = [
  "base",
  "meta[0].students@d=0",
  "meta[0].students@d=1",
  "meta[1].students@d=0",
  "meta[1].grade",
];

Deno.test("a step is meant by its name, a part of it, or a pattern", () => {
  const meant = (wanted: string) => IDS.flatMap((id, i) => isMeant(wanted, id) ? [i] : []);
  assert.deepEqual(meant("base"), [0]);
  assert.deepEqual(meant("meta.students"), [1, 2, 3]);
  assert.deepEqual(meant("meta[0].students"), [1, 2]);
  assert.deepEqual(meant("meta.students@d=0"), [1, 3]);
  assert.deepEqual(meant("meta[1].*"), [3, 4]);
  assert.deepEqual(meant("*.grade"), [4]);
  assert.deepEqual(meant("meta.*"), [1, 2, 3, 4]);
  assert.deepEqual(meant("*"), [0, 1, 2, 3, 4]);
  assert.deepEqual(meant("meta.s+"), []);
});

Deno.test("what means no step, or several where one is wanted, is told with what to write", () => {
  assert.deepEqual(chooseSteps(IDS, [], "soar-1"), IDS);
  assert.deepEqual(chooseSteps(IDS, ["meta[1].grade", "base"], "soar-1"), ["base", IDS[4]]);
  assert.equal(chooseStep(IDS, "meta.grade", "soar-1"), "meta[1].grade");
  assert.throws(
    () => chooseSteps(IDS, ["bas"], "soar-1"),
    /no step bas in soar-1\n.*did you mean base\?/,
  );
  assert.throws(
    () => chooseSteps(IDS, ["base", "x"], "soar-1"),
    /no step x in.*\n.*its steps: base, meta/,
  );
  assert.throws(
    () => chooseStep(IDS, "meta.students", "soar-1"),
    /are 3 steps.*\n.*meta\[0\]\.students@d=0, /,
  );
  assert.throws(() => chooseStep([], "a", "soar-1"), /no step a in soar-1\n.*it has none/);
});

import assert from "node:assert/strict";
import { DiagnosticError, Document } from "../../src/core/mod.ts";
import { Rig } from "../rig.ts";

/** Each mistake with the whole text that the user sees. */
const CASES: readonly { readonly name: string; readonly yaml: string; readonly error: string }[] = [
  {
    name: "an unknown stage",
    yaml: "name: t\nsteps:\n  one: { uses: nmber, with: { value: 1 } }\n",
    error: `test.yaml:3:16: error: unknown stage nmber
  3 |   one: { uses: nmber, with: { value: 1 } }
    |                ^^^^^
  help: did you mean number?`,
  },
  {
    name: "a stage that a parameter does not name",
    yaml: 'name: t\nparams: { s: 3 }\nsteps:\n  one: { uses: "${params.s}" }\n',
    error: `test.yaml:4:16: error: 3 names no stage
  4 |   one: { uses: "\${params.s}" }
    |                ^^^^^^^^^^^^^
  help: write the name of one
test.yaml:2:14: note: params.s is given here
  2 | params: { s: 3 }
    |              ^`,
  },
  {
    name: "a stage by the step's own matrix",
    yaml: 'name: t\nsteps:\n  one: { uses: "${matrix.s}", matrix: { s: [number] } }\n',
    error: `test.yaml:3:16: error: \${matrix.s} refers to nothing: matrix is not defined
  3 |   one: { uses: "\${matrix.s}", matrix: { s: [number] } }
    |                ^^^^^^^^^^^^^
  help: with: and in: know it where the step, or a loop around, has matrix: { s: … }`,
  },
  {
    name: "a misspelt key of a stage",
    yaml: "name: t\nsteps:\n  one: { uses: number, with: { valeu: 1, value: 2 } }\n",
    error: `test.yaml:3:32: error: unknown key valeu
  3 |   one: { uses: number, with: { valeu: 1, value: 2 } }
    |                                ^^^^^
  help: did you mean value?`,
  },
  {
    name: "a misspelt key of a step",
    yaml: "name: t\nsteps:\n  one: { uses: number, wiht: { value: 1 } }\n",
    error: `test.yaml:3:24: error: unknown key wiht
  3 |   one: { uses: number, wiht: { value: 1 } }
    |                        ^^^^
  help: did you mean with?`,
  },
  {
    name: "a misspelt key of the pipeline",
    yaml: "name: t\nstpes: {}\nsteps: {}\n",
    error: `test.yaml:2:1: error: unknown key stpes
  2 | stpes: {}
    | ^^^^^
  help: did you mean steps?`,
  },
  {
    name: "a wrong type",
    yaml: "name: t\nsteps:\n  one:\n    uses: number\n    with: { value: three }\n",
    error: `test.yaml:5:20: error: value: expected integer, got string "three"
  5 |     with: { value: three }
    |                    ^^^^^
  help: write a whole number`,
  },
  {
    name: "a value outside an enumeration",
    yaml: "name: t\nsteps:\n  one: { uses: number, with: { value: 1, mode: duoble } }\n",
    error: `test.yaml:3:48: error: mode: "duoble" is none of plain, double
  3 |   one: { uses: number, with: { value: 1, mode: duoble } }
    |                                                ^^^^^^
  help: did you mean double?`,
  },
  {
    name: "a missing key",
    yaml: "name: t\nsteps:\n  one: { uses: number }\n",
    error: `test.yaml:3:3: error: key value is missing
  3 |   one: { uses: number }
    |   ^^^
  help: add value`,
  },
  {
    name: "a missing port",
    yaml: "name: t\nsteps:\n  one: { uses: increment }\n",
    error: `test.yaml:3:3: error: input number of stage increment is not connected
  3 |   one: { uses: increment }
    |   ^^^
  help: add number: a reference to something of kind number`,
  },
  {
    name: "an unknown port",
    yaml:
      "name: t\nsteps:\n  one: { uses: number, with: { value: 1 } }\n  two: { uses: increment, in: { number: one.number, nmber: one.number } }\n",
    error: `test.yaml:4:53: error: stage increment has no input nmber
  4 |   two: { uses: increment, in: { number: one.number, nmber: one.number } }
    |                                                     ^^^^^
  help: did you mean number?`,
  },
  {
    name: "a wrong kind",
    yaml:
      "name: t\nsteps:\n  one: { uses: number, with: { value: 1 } }\n  all: { uses: spread, in: { number: one.number } }\n  two: { uses: increment, in: { number: all.word } }\n",
    error: `test.yaml:5:41: error: input number of stage increment takes number, all.word is word
  5 |   two: { uses: increment, in: { number: all.word } }
    |                                         ^^^^^^^^
  help: refer to another output`,
  },
  {
    name: "a list for a single input",
    yaml:
      "name: t\nsteps:\n  one: { uses: number, with: { value: 1 } }\n  all: { uses: spread, in: { number: one.number } }\n  two: { uses: increment, in: { number: all.numbers } }\n",
    error:
      `test.yaml:5:41: error: input number of stage increment takes number, all.numbers is number[]
  5 |   two: { uses: increment, in: { number: all.numbers } }
    |                                         ^^^^^^^^^^^
  help: pick one with [0]`,
  },
  {
    name: "a reference to a later step",
    yaml:
      "name: t\nsteps:\n  two: { uses: increment, in: { number: one.number } }\n  one: { uses: number, with: { value: 1 } }\n",
    error: `test.yaml:3:41: error: one.number refers to a later step
  3 |   two: { uses: increment, in: { number: one.number } }
    |                                         ^^^^^^^^^^
  help: move one before two`,
  },
  {
    name: "a cycle",
    yaml:
      "name: t\nsteps:\n  a: { uses: increment, in: { number: b.number } }\n  b: { uses: increment, in: { number: c.number } }\n  c: { uses: increment, in: { number: a.number } }\n",
    error: `test.yaml:3:39: error: steps refer to each other in a cycle: a → b → c → a
  3 |   a: { uses: increment, in: { number: b.number } }
    |                                       ^^^^^^^^
  help: inside a loop, refer to the iteration before with prev.name

test.yaml:4:39: error: steps refer to each other in a cycle: b → c → a → b
  4 |   b: { uses: increment, in: { number: c.number } }
    |                                       ^^^^^^^^
  help: inside a loop, refer to the iteration before with prev.name`,
  },
  {
    name: "an unknown step",
    yaml:
      "name: t\nsteps:\n  first: { uses: number, with: { value: 1 } }\n  two: { uses: increment, in: { number: frist.number } }\n",
    error: `test.yaml:4:41: error: frist.number refers to nothing: there is no step frist
  4 |   two: { uses: increment, in: { number: frist.number } }
    |                                         ^^^^^^^^^^^^
  help: did you mean first?`,
  },
  {
    name: "two steps of one name",
    yaml:
      "name: t\nsteps:\n  one: { uses: number, with: { value: 1 } }\n  one: { uses: number, with: { value: 2 } }\n",
    error: `test.yaml:4:3: error: key one stands twice in one mapping
  4 |   one: { uses: number, with: { value: 2 } }
    |   ^^^
  help: keep one of the two`,
  },
  {
    name: "a duplicate key",
    yaml: "name: t\nname: u\nsteps: {}\n",
    error: `test.yaml:2:1: error: key name stands twice in one mapping
  2 | name: u
    | ^^^^
  help: keep one of the two`,
  },
  {
    name: ".nan",
    yaml: "name: t\nsteps:\n  one: { uses: number, with: { value: .nan } }\n",
    error: `test.yaml:3:39: error: .nan is not a number that a pipeline can use
  3 |   one: { uses: number, with: { value: .nan } }
    |                                       ^^^^
  help: write a finite number`,
  },
  {
    name: "a YAML syntax error",
    yaml: "name: t\nsteps:\n  one: { uses: number, with: { value: 1 }\n",
    error:
      `test.yaml:4:1: error: YAML syntax: Flow map in block collection must be sufficiently indented and end with a }
  4 | 
    | ^
  help: indent all keys of a map alike, by spaces, and what is in brackets more than its key`,
  },
  {
    name: "a merge conflict",
    yaml: "name: t\n<<<<<<< ours\nsteps: {}\n",
    error: `test.yaml:2:1: error: merge conflict marker
  2 | <<<<<<< ours
    | ^^^^^^^
  help: resolve the conflict and delete the marker lines`,
  },
  {
    name: "an unknown parameter",
    yaml:
      'name: t\nparams: { count: 3 }\nsteps:\n  one: { uses: number, with: { value: "${params.cuont}" } }\n',
    error: `test.yaml:4:39: error: \${params.cuont} refers to nothing: params.cuont is not defined
  4 |   one: { uses: number, with: { value: "\${params.cuont}" } }
    |                                       ^^^^^^^^^^^^^^^^^
  help: did you mean count?`,
  },
  {
    name: "nothing carried into a required input",
    yaml:
      "name: t\nsteps:\n  meta:\n    loop: { times: 2, carry: { number: null } }\n    steps:\n      two: { uses: increment, in: { number: prev.number } }\n    yield: { number: two.number }\n",
    error: `test.yaml:6:45: error: prev.number is nothing in the first iteration
  6 |       two: { uses: increment, in: { number: prev.number } }
    |                                             ^^^^^^^^^^^
  help: give it a first value under loop.carry`,
  },
];

for (const { name, yaml, error } of CASES) {
  Deno.test(`makePlan() tells ${name}`, () => {
    using rig = new Rig();
    assert.throws(() => rig.plan(yaml), (thrown) => {
      assert.ok(thrown instanceof DiagnosticError, String(thrown));
      assert.equal(thrown.message, error);
      return true;
    });
  });
}

Deno.test("makePlan() tells a missing file and where it looked", () => {
  using rig = new Rig();
  const yaml = "name: t\nsteps:\n  one: { uses: file, with: { path: there.txt } }\n";
  assert.throws(() => rig.plan(yaml), {
    message: `test.yaml:3:36: error: no file or directory there.txt
  3 |   one: { uses: file, with: { path: there.txt } }
    |                                    ^^^^^^^^^
  help: looked for ${rig.directory}/there.txt`,
  });
});

Deno.test("makePlan() tells every mistake at once, and each of a loop's once", () => {
  using rig = new Rig();
  const yaml = `name: t
steps:
  one: { uses: number, with: { value: x } }
  meta:
    loop: { times: 3, carry: { number: one.number } }
    steps:
      two: { uses: increment, in: { number: prev.nmber } }
    yield: { number: two.number }
`;
  assert.throws(() => rig.plan(yaml), (thrown) => {
    assert.ok(thrown instanceof DiagnosticError);
    assert.deepEqual(thrown.diagnostics.map(({ message }) => message), [
      'value: expected integer, got string "x"',
      "prev.nmber refers to nothing: nmber is not carried",
    ]);
    return true;
  });
});

Deno.test("a mistake in YAML is told with what to write instead", () => {
  for (
    const [text, hint] of [
      ["a: b: c\n", /quotes/],
      ["a:\n\tb: 1\n", /spaces/],
      ["a: [1, 2\n", /brackets/],
      ["a: 'x\n", /close quotes/],
      ["a: `x\n", /quotes/],
      ["a:\n  b: 1\n c: 2\n", /alike/],
      ["a: 1\nb\n", /key: value/],
      ["key\n  more: x\n", /one line/],
      ['a: "\\q"\n', /single quotes/],
      ["a: - 1\n", /line of its own/],
      ["a: 'it's'\n", /quotes/],
      ["a: &x &y 1\n", /one anchor/],
    ] as const
  ) {
    assert.throws(
      () => Document.parse("p.yaml", text),
      (error) =>
        error instanceof DiagnosticError &&
        error.diagnostics.every((one) => one.hint !== undefined) &&
        hint.test(error.diagnostics[0]!.hint!),
      text,
    );
  }
});

import assert from "node:assert/strict";
import { applyOverrides, DiagnosticError, Document, formatDiagnostic } from "../../src/core/mod.ts";
import { Rig } from "../rig.ts";

const TEXT = `name: t
params: { a: 3, list: [1, 2] }
steps:
  one: &one { uses: number, with: &with { value: 1 } }
  two: { uses: number, with: *with }
  three: *one
  l:
    loop: { times: 2 }
    steps:
      four: { uses: number, with: *with }
      loop: { uses: number, with: { value: 2 } }
`;

/** The document's values after an override. */
function overridden(override: string): unknown {
  const document = Document.parse("t.yaml", TEXT);
  assert.deepEqual(applyOverrides(document, [override]), []);
  return document.value;
}

Deno.test("an override changes the place it names alone, not what an alias repeats", () => {
  for (
    const path of [
      "steps.one.with.value",
      "steps.two.with.value",
      "steps.three.with.value",
      "steps.l.four.with.value",
      "steps.l.steps.loop.with.value",
      "steps.two.with.mode",
      "params.list.1",
    ]
  ) {
    const before = JSON.stringify(Document.parse("t.yaml", TEXT).value, null, 1).split("\n");
    const after = JSON.stringify(overridden(`${path}=99`), null, 1).split("\n");
    const changed = after.filter((line, i) => line !== before[i] && line.includes("99"));
    assert.equal(changed.length, 1, path);
    assert.equal(after.length - before.length, path.endsWith("mode") ? 1 : 0, path);
  }
});

const REFUSED: readonly (readonly [override: string, told: RegExp])[] = [
  ["seed=9007199254740993", /^override: error: 9007199254740993 is too large to be exact/],
  ["params.a=!env X", /^override: error: tag !env means nothing here\n.*\n {3}\| {10}\^{4}\n/],
  ["params.a=[1", /^override: error: YAML syntax: .*\n.*\n {3}\| {12}\^\n/],
  ["params.a=*x", /^override: error: alias \*x has no anchor/],
  ["params.a=010", /^override: error: 010 begins with 0/],
  ["params.b=1", /there is no params\.b\n.*\n {3}\| {8}\^\n {2}help: did you mean a\?/],
  ["params.list.length=1", /there is no params\.list\.length/],
  ["params.list.2=1", /there is no params\.list\.2/],
  [
    "params.a.x=1",
    /params\.a is a value, with nothing in it\n.*\n {3}\| {10}\^\n {2}help: leave out \.x/,
  ],
  ["__proto__.x=1", /there is no __proto__/],
  ["steps.one.__proto__=1", /there is no steps\.one\.__proto__/],
  [
    "steps.l.foru.with.value=1",
    /there is no steps\.l\.foru\n.*\n {3}\| {9}\^{4}\n {2}help: did you mean four\?/,
  ],
  ["seed.x=1", /there is no seed\n.*\n.*\n {2}help: known: name, params, steps/],
  [
    "extends=base.yaml",
    /what a pipeline extends is part of its file\n.*\n {3}\| \^{7}\n {2}help: write a file that/,
  ],
  ["=1", /there is no path before =\n/],
  ["params.a=", /params\.a is given no value\n.*\n.*\n {2}help: write params\.a=null/],
  ["params.a: 1", /an override has no spaces around =\n.*\n.*\n {2}help: write params\.a=1$/],
  [
    "++params.a=1",
    /there is no \+\+params\n.*\n {3}\| \^{8}\n {2}help: write params\.a=1, without \+\+$/,
  ],
  ["other.yaml", /other\.yaml is a second pipeline\n/],
  ["params.a", /has no value/],
];

for (const [override, told] of REFUSED) {
  Deno.test(`applyOverrides() refuses ${override}`, () => {
    const document = Document.parse("t.yaml", TEXT);
    const [first] = applyOverrides(document, [override]);
    assert.match(formatDiagnostic(first!), told);
    assert.equal(JSON.stringify(document.value), JSON.stringify(Document.parse("t", TEXT).value));
  });
}

const RANGE = `name: t
params: { n: 2, m: "\${params.n}" }
steps:
  one: { uses: number, matrix: { i: "0..\${params.m}" }, with: { value: 1 } }
  l:
    loop: { times: "\${params.n}" }
    steps:
      two: { uses: number, with: { value: "\${params.n}" } }
`;

/** What is told of the pipeline with an override. */
function told(override: string): readonly string[] {
  using rig = new Rig();
  try {
    rig.plan(RANGE, [override]);
  } catch (error) {
    assert.ok(error instanceof DiagnosticError);
    return error.diagnostics.map((one) => formatDiagnostic(one));
  }
  return [];
}

Deno.test("a wrong override is one mistake where it was typed, with the places that it is used at", () => {
  assert.deepEqual(told("params.n=3"), []);
  assert.deepEqual(told("params.n=abc"), [
    `override: error: axis i is "0..abc"
   | params.n=abc
   |          ^^^
  help: the ends of a range are whole numbers, the first one lower, as in 0..4
test.yaml:4:37: note: it is used here
  4 |   one: { uses: number, matrix: { i: "0..\${params.m}" }, with: { value: 1 } }
    |                                     ^^^^^^^^^^^^^^^^
test.yaml:6:20: note: times is "abc"
  6 |     loop: { times: "\${params.n}" }
    |                    ^^^^^^^^^^^^^`,
  ]);
});

Deno.test("a wrong reference in an override is told alone, without what follows from it", () => {
  assert.deepEqual(told("params.m=${params.k}"), [
    `override: error: \${params.k} refers to nothing: params.k is not defined
   | params.m=\${params.k}
   |          ^^^^^^^^^^^
  help: did you mean n?`,
  ]);
});

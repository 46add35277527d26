/** Plans that would be too large, and large ones that are not: all of these once took minutes or never ended. @module */
import assert from "node:assert/strict";
import { DiagnosticError, formatDiagnostic } from "../../src/core/mod.ts";
import { findCycle } from "../../src/core/cycle.ts";
import { Rig } from "../rig.ts";

/** Everything that is wrong with a pipeline. */
function refusal(text: string, overrides: readonly string[] = []): DiagnosticError {
  using rig = new Rig();
  try {
    rig.plan(text, overrides);
  } catch (error) {
    assert.ok(error instanceof DiagnosticError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the plan was made" });
}

const ONE = "one: { uses: number, with: { value: 1 } }";
const loop = (times: string, steps: string) =>
  `name: t\nsteps:\n  l: { loop: { times: ${times} }, steps: { ${steps} } }\n`;
const matrix = (axes: string) =>
  `name: t\nsteps:\n  one: { uses: number, matrix: { ${axes} }, with: { value: 1 } }\n`;

const TOO_MANY: readonly (readonly [name: string, text: string, place: string])[] = [
  ["a loop of 10^9", loop("1000000000", ONE), "3:23"],
  ["a loop of 10^9 without steps", loop("1e9", ""), "3:23"],
  [
    "loops in loops",
    loop(
      "1000",
      `a: { loop: { times: 1000 }, steps: { b: { loop: { times: 1000 }, steps: { ${ONE} } } } }`,
    ),
    "3:97",
  ],
  ["a range of 10^8", matrix('x: "0..100000000"'), "3:37"],
  ["a range whose end no double tells", matrix('x: "0..999999999999999"'), "3:37"],
  [
    "axes that multiply to 2^40",
    matrix(Array.from({ length: 40 }, (_, i) => `a${i}: [0, 1]`).join()),
    "3:216",
  ],
];

for (const [name, text, place] of TOO_MANY) {
  Deno.test(`makePlan() refuses ${name} before it is laid out`, () => {
    const { diagnostics } = refusal(text);
    assert.equal(diagnostics.length, 1);
    assert.match(
      formatDiagnostic(diagnostics[0]!),
      /^test\.yaml:\d+:\d+: error: the plan would have \d+ steps and iterations or more\n[^]*max_steps at the top of the file \(it is 100000\)$/,
    );
    assert.equal(formatDiagnostic(diagnostics[0]!).split(":").slice(1, 3).join(":"), place);
  });
}

Deno.test("max_steps is a setting: iterations and runs count, wrong ones too", () => {
  using rig = new Rig();
  const text = loop('"${params.n}"', ONE).replace(
    "steps:",
    "max_steps: 20\nparams: { n: 10 }\nsteps:",
  );
  assert.equal(rig.plan(text).steps.length, 10);
  assert.match(refusal(text, ["params.n=11"]).message, /22 steps and iterations/);
  assert.equal(rig.plan(text, ["params.n=11", "max_steps=22"]).steps.length, 11);
  assert.match(refusal(text, ["max_steps=0"]).message, /max_steps: 0 must be >= 1/);
});

Deno.test("findCycle() visits each step once: 300 diamonds in a row have 2^300 ways", () => {
  const steps: Record<string, { in: Record<string, string> }> = {};
  for (let i = 0; i < 300; i++) {
    steps[`a${i}`] = { in: { x: `b${i}.x`, y: `c${i}.x` } };
    steps[`b${i}`] = { in: { x: `a${i + 1}.x` } };
    steps[`c${i}`] = { in: { x: `a${i + 1}.x` } };
  }
  assert.equal(findCycle(steps, "z", "a0"), undefined);
  const closed = { ...steps, a300: { in: { x: "z.x" } }, z: { in: { x: "a0.x" } } };
  assert.equal(findCycle(closed, "z", "a0")!.length, 603);
  const chain: Record<string, { in: Record<string, string> }> = {};
  for (let i = 0; i < 20_000; i++) chain[`s${i}`] = { in: { x: `s${(i + 1) % 20_000}.x` } };
  assert.equal(findCycle(chain, "s0", "s1")!.length, 20_001);
});

Deno.test("messages are short whatever the values, and few whatever the number of mistakes", () => {
  const long = "x".repeat(1_000_000);
  const texts = [
    `name: t\nsteps: { one: { uses: ${long}, with: { value: 1 } } }\n`,
    `name: t\nsteps: { one: { uses: number, with: { value: ${long} } } }\n`,
    `name: t\nsteps: { one: { uses: number, with: { ${long}: 1, value: 1 } } }\n`.replace(
      long,
      long.slice(0, 1000),
    ),
    `name: t\nsteps: { one: { uses: increment, in: { number: "${long}.y" } } }\n`,
    `name: t\nsteps: { one: { uses: number, matrix: { x: ["${long}", "${long}"] }, with: { value: 1 } } }\n`,
    `name: t\nsteps: { one: { uses: number, with: { value: "\${${long}}" } } }\n`,
    `name: t\nsteps:\n${
      Array.from({ length: 3000 }, (_, i) => `  s${i}: { uses: nmber }\n`).join("")
    }`,
    `name: t\nsteps:\n${
      Array.from({ length: 3000 }, (_, i) =>
        `  s${i}: { uses: increment, in: { number: s${(i + 1) % 3000}.number } }\n`).join("")
    }`,
  ];
  for (const text of texts) {
    const { message, diagnostics } = refusal(text);
    assert.ok(message.length < 20_000, `${message.length} characters`);
    assert.ok(diagnostics.length <= 1000);
  }
  assert.match(refusal(texts[6]!).message, /\n\nand 980 more mistakes$/);
});

Deno.test("references cannot make a value grow without bound", () => {
  const doubling = (half: string) =>
    `name: t\nparams:\n  a0: ${half}\n${
      Array.from({ length: 60 }, (_, i) => `  a${i + 1}: DOUBLE${i}\n`).join("")
    }steps: {}\n`;
  const text = doubling("xxxxxxxxxx").replaceAll(/DOUBLE(\d+)/g, '"${params.a$1}${params.a$1}"');
  const list = doubling("[x]").replaceAll(/DOUBLE(\d+)/g, '["${params.a$1}", "${params.a$1}"]');
  for (const refused of [text, list]) {
    assert.match(
      refusal(refused).message,
      /references make more than 1000000 values or characters/,
    );
  }
});

/** Shapes of 3,000 steps; a bench has ten times as many. */
const LARGE: Readonly<Record<string, { text: string; inputs: number }>> = {
  "a matrix": {
    text:
      `name: t\nsteps:\n  one: { uses: number, matrix: { x: "0..3000" }, with: { value: "\${matrix.x}" } }\n`,
    inputs: 0,
  },
  "a loop": {
    text: `name: t\nsteps:
  zero: { uses: number, with: { value: 0 } }
  l:
    loop: { times: 300, carry: { x: zero.number } }
    steps:
${
      Array.from({ length: 10 }, (_, i) =>
        `      s${i}: { uses: increment, in: { number: ${
          i === 0 ? "prev.x" : `s${i - 1}.number`
        } } }\n`).join("")
    }    yield: { x: s9.number }
  all: { uses: add, in: { numbers: "l[*].s5.number" } }
`,
    inputs: 3000 + 300,
  },
  "a chain": {
    text: `name: t\nsteps:\n  s0: { uses: number, with: { value: 0 } }\n${
      Array.from({ length: 3000 }, (_, i) =>
        `  s${i + 1}: { uses: increment, in: { number: s${i}.number } }\n`).join("")
    }`,
    inputs: 3000,
  },
  "pairs of a shared axis": {
    text:
      `name: t\nsteps:\n  a: { uses: number, matrix: { x: "0..1500" }, with: { value: 1 } }\n  b: { uses: increment, matrix: { x: "0..1500" }, in: { number: a.number } }\n`,
    inputs: 1500,
  },
};

for (const [name, { text, inputs }] of Object.entries(LARGE)) {
  Deno.test(`makePlan() lays out ${name} of 3,000 steps`, () => {
    using rig = new Rig();
    const { steps } = rig.plan(text);
    assert.ok(steps.length >= 3000 && steps.length <= 3002);
    const sources = steps.flatMap((step) => Object.values(step.inputs)).map(({ sources }) =>
      sources.length
    );
    assert.equal(sources.reduce((sum, count) => sum + count, 0), inputs);
    assert.equal(new Set(steps.map(({ id }) => id)).size, steps.length);
  });
}

Deno.test("steps that read all of a large matrix share one list of what they read", () => {
  using rig = new Rig();
  const { steps } = rig.plan(
    'name: t\nsteps:\n  a: { uses: number, matrix: { x: "0..1000" }, with: { value: 1 } }\n' +
      '  b: { uses: add, matrix: { y: "0..1000" }, in: { numbers: a.number } }\n',
  );
  const lists = new Set(steps.slice(1000).map(({ inputs }) => inputs.numbers!.sources));
  assert.equal(lists.size, 1);
  assert.equal([...lists][0]!.length, 1000);
});

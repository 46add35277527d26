/** Which step is which: labels, references and what a key consists of. @module */
import assert from "node:assert/strict";
import { DiagnosticError, keyOf } from "../../src/core/mod.ts";
import { defineStage } from "../../src/stage/define_stage.ts";
import { labelOf } from "../../src/core/label.ts";
import { Rig } from "../rig.ts";

/** The mistakes of a pipeline, as `line:column message`. */
function mistakes(text: string): string[] {
  using rig = new Rig();
  try {
    rig.plan(text);
    return [];
  } catch (error) {
    assert.ok(error instanceof DiagnosticError, String(error));
    return error.diagnostics.map(({ message, location, hint }) => {
      assert.ok(location !== undefined && hint !== undefined, message);
      const { line, column } = location.source.position(location.span.start);
      return `${line}:${column} ${message}`;
    });
  }
}

const STEPS = "name: t\nsteps:\n  one: { uses: number, with: { value: 1 } }\n";
const matrix = (values: string) =>
  `name: t\nsteps:\n  one: { uses: number, matrix: { x: ${values} }, with: { value: 1 } }\n`;

Deno.test("steps of a matrix of objects are told apart, each with its own result", async () => {
  using rig = new Rig();
  const result = await rig.run(`
name: t
steps:
  pool: { uses: number, matrix: { cfg: [{ n: 3 }, { n: 5 }] }, with: { value: "\${matrix.cfg.n}" } }
  a: { uses: increment, in: { number: "pool.number[0]" } }
  b: { uses: increment, in: { number: "pool.number[1]" } }
  same: { uses: increment, matrix: { cfg: [{ n: 5 }] }, in: { number: pool.number } }
`);
  assert.deepEqual([...result.actions.keys()], [
    'pool@cfg={"n":3}',
    'pool@cfg={"n":5}',
    "a",
    "b",
    'same@cfg={"n":5}',
  ]);
  assert.equal(rig.number(result, "a"), 4);
  assert.equal(rig.number(result, "b"), 6);
  assert.equal(rig.number(result, 'same@cfg={"n":5}'), 6);
});

Deno.test("labels are equal for equal values alone", () => {
  const values = [
    ...[1, "1", true, "true", null, "null", "", " ", "a", "a,y=2", "1,y=2", '"a"', "[0]", [0], [
      "0",
    ]],
    ...[{ a: 1 }, { a: "1" }, '{"a":1}', "1e3", 1000, "0x10", 16, "a b", "a=b", "x@y", "#ab", "é"],
    ...["x".repeat(100), "x".repeat(101), { a: "x".repeat(100) }],
  ];
  assert.equal(new Set(values.map(labelOf)).size, values.length);
  assert.equal(labelOf({ b: 1, a: [2] }), labelOf({ a: [2], b: 1 }));
  assert.deepEqual(
    ["easy", "../models/a.gguf", "7b", "1", "", 1, { n: 3 }].map(labelOf),
    ["easy", "../models/a.gguf", "7b", '"1"', '""', "1", '{"n":3}'],
  );
  assert.match(labelOf("x".repeat(100)), /^#[0-9a-f]{16}$/);
});

const REFUSED: readonly (readonly [name: string, text: string, told: string])[] = [
  ["equal values on an axis", matrix("[0, 0, 0]"), "3:41 axis x has the value 0 twice"],
  ["equal numbers", matrix("[1, 1.0]"), "3:41 axis x has the value 1 twice"],
  [
    "equal objects",
    matrix("[{a: 1, b: 2}, {b: 2, a: 1}]"),
    '3:52 axis x has the value {"b":2,"a":1} twice',
  ],
  [
    "an axis that is no name",
    matrix("[1]").replace("{ x:", "{ 'a=b':"),
    "3:34 a=b is no name for an axis",
  ],
  ["a matrix that is no list", matrix("abc"), '3:37 axis x is "abc"'],
  ["a range that runs backwards", matrix("4..0"), "3:37 axis x has no values"],
  ["a step called prev", STEPS.replace("one", "prev"), "3:3 prev is no name for a step"],
  [
    "a loop called prev",
    STEPS + "  prev: { loop: { times: 1 }, steps: {} }\n",
    "4:3 prev is no name for a step",
  ],
  [
    "prev among what is carried",
    STEPS +
    "  l: { loop: { times: 1, carry: { prev: one.number } }, steps: {}, yield: { prev: one.number } }\n",
    "4:35 prev is no name for what is carried",
  ],
  [
    "a step whose name is an id",
    STEPS + "  'a@b=[0].c': { uses: number, with: { value: 1 } }\n",
    "4:3 a@b=[0].c is no name for a step",
  ],
  [
    "a name of a later step that hides an earlier one around",
    STEPS + `  l:
    loop: { times: 1 }
    steps:
      two: { uses: increment, in: { number: one.number } }
      one: { uses: number, with: { value: 5 } }
`,
    "7:45 one.number refers to a later step",
  ],
  [
    "an index into a matrix of lists",
    STEPS + `  all: { uses: spread, matrix: { k: [0, 1] }, in: { number: one.number } }
  two: { uses: increment, in: { number: "all.numbers[1]" } }
`,
    "5:41 all.numbers[1]: which item is meant cannot be told, each run gives a list of number",
  ],
  [
    "an index into a matrix of one list",
    STEPS + `  all: { uses: spread, matrix: { k: [0] }, in: { number: one.number } }
  two: { uses: increment, in: { number: "all.numbers[0]" } }
`,
    "5:41 all.numbers[0]: which item is meant cannot be told, each run gives a list of number",
  ],
  [
    "an index into lists of all iterations",
    STEPS +
    `  l: { loop: { times: 2 }, steps: { all: { uses: spread, in: { number: one.number } } } }
  two: { uses: increment, in: { number: "l[*].all.numbers[1]" } }
`,
    "5:41 l[*].all.numbers[1]: which item is meant cannot be told, each run gives a list of number",
  ],
  [
    "an index beyond a matrix of one",
    matrix("[3]") + '  two: { uses: increment, in: { number: "one.number[5]" } }\n',
    "4:41 one.number[5]: it has 1 item, counted from 0",
  ],
  [
    "[*] of a step",
    STEPS + "  all: { uses: add, in: { numbers: 'one[*].number' } }\n",
    "4:36 one[*].number: one is no loop",
  ],
  [
    "[*] of what lies outside of the loop",
    STEPS +
    `  l: { loop: { times: 2 }, steps: { two: { uses: increment, in: { number: one.number } } } }
  all: { uses: add, in: { numbers: "l[*].one.number" } }
`,
    "5:36 l[*].one.number refers to nothing: there is no step one in the loop",
  ],
  [
    "[*] of what is nothing at first",
    STEPS + `  l:
    loop: { times: 2, carry: { x: null } }
    steps: { two: { uses: increment, in: { number: one.number } } }
    yield: { x: two.number }
  all: { uses: add, in: { numbers: "l[*].prev.x" } }
`,
    "8:36 l[*].prev.x is nothing in iteration 0",
  ],
  [
    "an output that all objects have",
    STEPS + "  two: { uses: increment, in: { number: one.constructor } }\n",
    "4:41 one.constructor refers to nothing: stage number has no output constructor",
  ],
  [
    "a stage that all objects have",
    STEPS.replace("uses: number", "uses: constructor"),
    "3:16 unknown stage constructor",
  ],
  [
    "a step that all objects have",
    STEPS + "  two: { uses: increment, in: { number: constructor.number } }\n",
    "4:41 constructor.number refers to nothing: there is no step constructor",
  ],
  [
    "a yield that all objects have",
    STEPS +
    "  l: { loop: { times: 1, carry: { constructor: one.number } }, steps: {}, yield: {} }\n",
    "4:35 constructor is carried but not yielded",
  ],
  [
    "a seed beyond 2^53",
    STEPS.replace("steps", "seed: 9007199254740993\nsteps"),
    "2:7 9007199254740993 is too large to be exact",
  ],
  ["a step's seed that is no number", STEPS.replace("with", "seed: x, with"), '3:30 seed is "x"'],
  [
    "parameters in a cycle",
    'name: t\nparams: { a: "${params.b}", b: "${params.a}" }\nsteps: {}\n',
    "2:32 parameters refer to each other in a cycle: a → b → a",
  ],
  [
    "a parameter that refers to nothing",
    'name: t\nparams: { a: "${params.c}", b: 1 }\nsteps: {}\n',
    "2:14 ${params.c} refers to nothing: params.c is not defined",
  ],
  [
    "a reference that is not closed",
    STEPS.replace("1 }", '"${params.x" }'),
    '3:39 "${params.x" is not closed',
  ],
];

for (const [name, text, told] of REFUSED) {
  Deno.test(`makePlan() refuses ${name}`, () => {
    assert.equal(mistakes(text)[0], told);
  });
}

Deno.test("a seed of 2^53 as a fraction is refused: the next number would be the same", () => {
  using rig = new Rig();
  const text = STEPS.replace("steps", "seed: 9007199254740992.0\nsteps");
  assert.throws(() => rig.plan(text), /test\.yaml:2:7: error: seed: 9007199254740992 must be <= /);
});

Deno.test("parameters may refer to others, whatever their order", () => {
  using rig = new Rig();
  const { steps } = rig.plan(`
name: t
params: { twice: "\${params.both}", n: 3, both: ["\${params.n}", "\${params.n}-\${seed}"] }
steps:
  one: { uses: number, matrix: { x: "\${params.twice}" }, with: { value: "\${params.n}" } }
`);
  assert.deepEqual(steps.map(({ id, config }) => [id, config.value]), [
    ["one@x=3", 3],
    ["one@x=3-0", 3],
  ]);
});

const LOOP = `
name: loop
seed: 7
steps:
  zero: { uses: number, with: { value: 0 } }
  meta:
    loop: { times: 2, carry: { number: zero.number } }
    steps:
      more: { uses: increment, in: { number: prev.number } }
      noise: { uses: draw, matrix: { repeat: "0..2" } }
      sum: { uses: add, in: { numbers: noise.number } }
    yield: { number: more.number }
  alone: { uses: draw }
  last: { uses: increment, in: { number: meta.number } }
`;

/** A rig with a stage that gives back what its randomness is rooted in. */
function drawingRig(): Rig {
  const rig = new Rig();
  rig.stages.draw = {
    ...rig.stages.number!,
    name: "draw",
    config: {
      type: "object",
      properties: { value: { type: "integer", default: 0 } },
      additionalProperties: false,
    },
    run: ({ outputs, seed }) => {
      Deno.writeTextFileSync(`${outputs.number!.directory}/number.txt`, `0x${seed.slice(0, 12)}`);
    },
  };
  return rig;
}

Deno.test("a renamed step, loop or carried value keeps its results", async () => {
  using rig = drawingRig();
  const before = await rig.run(LOOP);
  const renamed = LOOP.replaceAll("zero", "null_").replaceAll("meta", "outer")
    .replaceAll("more", "next").replaceAll("noise", "dice").replaceAll("alone", "single")
    .replace("carry: { number:", "carry: { value:").replaceAll("prev.number", "prev.value")
    .replace("yield: { number:", "yield: { value:").replace("outer.number", "outer.value");
  const after = await rig.run(renamed);
  assert.deepEqual(rig.ran, []);
  assert.deepEqual([...after.actions.values()], [...before.actions.values()]);
  assert.ok(after.actions.has("outer[1].dice@repeat=1"));
});

Deno.test("repeats, iterations and seeds draw differently; two equal steps are one computation", async () => {
  using rig = drawingRig();
  const result = await rig.run(`${LOOP}  again: { uses: draw }
  other: { uses: draw, seed: 8 }
  configured: { uses: draw, with: { value: 1 } }
`);
  const draws = [...result.actions].filter(([id]) => /noise|alone|other|configured/.test(id))
    .map(([, { outputs }]) => outputs.number);
  assert.equal(draws.length, 7);
  assert.equal(new Set(draws).size, 7);
  const keys = (id: string) => result.actions.get(id)!.key;
  assert.equal(keys("again"), keys("alone"));
  assert.ok(!rig.ran.includes("again"));
  assert.deepEqual(result.actions.get("meta[1].noise@repeat=0")!.parts.seed, {
    seed: 7,
    loops: [1],
    matrix: { repeat: 0 },
  });
});

Deno.test("an edit of the code that changes no result changes no draw", async () => {
  using rig = drawingRig();
  const before = await rig.run(LOOP);
  rig.code.set("draw", "changed");
  const after = await rig.run(LOOP);
  assert.ok(rig.ran.includes("alone") && !rig.ran.includes("meta[0].sum"));
  assert.deepEqual(after.actions.get("alone")!.outputs, before.actions.get("alone")!.outputs);
  const { parts, key } = after.actions.get("alone")!;
  assert.equal(keyOf(parts), key);
  assert.notEqual(key, before.actions.get("alone")!.key);
});

/** A stage with settings that change only how it works, wherever settings stand. */
const PATIENT = defineStage({
  name: "patient",
  version: 1,
  summary: "Waits.",
  config: {
    type: "object",
    properties: {
      value: { type: "integer", default: 1 },
      patience: { type: "number", unkeyed: true },
      limits: {
        type: "object",
        properties: {
          most: { type: "integer", unkeyed: true, default: 5 },
          size: { type: "integer", default: 1 },
        },
        additionalProperties: false,
      },
      how: {
        type: "object",
        unkeyed: true,
        properties: { fast: { type: "boolean", unkeyed: true } },
        additionalProperties: false,
      },
      parts: {
        type: "array",
        items: {
          type: "object",
          properties: { name: { type: "string" }, note: { type: "string", unkeyed: true } },
          required: ["name"],
          additionalProperties: false,
        },
      },
      hints: { type: "array", items: { type: "string", unkeyed: true } },
    },
    additionalProperties: false,
  },
  inputs: {},
  outputs: { seen: "seen" },
  run: ({ seed, outputs }) => Deno.writeTextFileSync(`${outputs.seen.directory}/seed.txt`, seed),
});

Deno.test("settings that change only how a result is come by are in no key, wherever they stand", async () => {
  using rig = new Rig();
  rig.stages.patient = PATIENT;
  const keyWith = async (settings: string) => {
    const text = `name: t\nsteps:\n  a: { uses: patient, with: ${settings} }\n`;
    return (await rig.run(text)).actions.get("a")!.key;
  };
  for (
    const [same, different] of [
      [["{}", "{ patience: 1 }", "{ patience: 2.5 }", "{ how: {} }", "{ how: { fast: true } }"], [
        "{ value: 2 }",
        "{ limits: {} }",
        "{ parts: [] }",
      ]],
      [["{ limits: {} }", "{ limits: { most: 1 } }", "{ limits: { most: 2 }, patience: 3 }"], [
        "{ limits: { size: 2 } }",
      ]],
      [
        ["{ parts: [{ name: a }, { name: b }] }", "{ parts: [{ name: a, note: x }, { name: b }] }"],
        [
          "{ parts: [{ name: b }, { name: a }] }",
          "{ parts: [{ name: a }] }",
          "{ parts: [{ name: a, note: x }, { name: c }] }",
        ],
      ],
      [["{ hints: [a, b] }", "{ hints: [c, d] }"], ["{ hints: [a] }", "{ hints: [] }"]],
    ] as const
  ) {
    const keys = await Promise.all(same.map(keyWith));
    assert.equal(new Set(keys).size, 1, same.join());
    for (const other of different) assert.notEqual(await keyWith(other), keys[0], other);
  }
});

Deno.test("$${ stands for ${ itself, in settings, parameters and matrices", () => {
  using rig = new Rig();
  rig.stages.patient = PATIENT;
  const { steps } = rig.plan(`
name: t
params: { x: 3, self: "a §§{params.self} b", both: "§§{x} §{params.x}", open: "§§{" }
steps:
  one:
    uses: patient
    matrix: { way: ["§§{matrix.way}"] }
    with:
      hints:
        - "§§{x}"
        - "§{params.self}"
        - "<§{params.self}>"
        - "§{params.both}, §{params.open}"
        - "§{matrix.way}"
        - "§§§{params.x}"
        - "§ §{params.x} §"
        - "§§"
        - "{% if x %}§§{{ x }}{% endif %}"
`.replaceAll("§", "$"));
  assert.deepEqual(steps[0]!.config.hints, [
    "${x}",
    "a ${params.self} b",
    "<a ${params.self} b>",
    "${x} 3, ${",
    "${matrix.way}",
    "$${params.x}",
    "$ 3 $",
    "$$",
    "{% if x %}${{ x }}{% endif %}",
  ]);
  assert.deepEqual(
    mistakes('name: t\nsteps:\n  a: { uses: number, with: { value: "$${ ${x" } }\n'),
    [
      '3:37 "${x" is not closed',
    ],
  );
});

/** Settings that name definitions: how they are written, checked, inherited, and what they are in a key. @module */
import assert from "node:assert/strict";
import { DiagnosticError, type JsonObject } from "../../src/core/mod.ts";
import { randomRoot } from "../../src/core/key.ts";
import { Rig } from "../rig.ts";
import { TEST_DEFINITIONS } from "../rig_library.ts";

const paint = (settings: string) => `name: t\nsteps:\n  p: { uses: paint, with: ${settings} }\n`;

/** The settings that a step gets. */
function settings(text: string, rig = new Rig()): JsonObject {
  using owned = rig;
  return owned.plan(text).steps[0]!.config;
}

/** The mistakes of a pipeline, as `line:column message (hint)`. */
function mistakes(text: string): string[] {
  using rig = new Rig();
  try {
    rig.planning(text);
    return [];
  } catch (error) {
    assert.ok(error instanceof DiagnosticError, String(error));
    return error.diagnostics.map(({ message, location, hint }) => {
      const { line, column } = location!.source.position(location!.span.start);
      return `${line}:${column} ${message}${hint === undefined ? "" : ` (${hint})`}`;
    });
  }
}

const CIRCLE = { uses: "circle", radius: 1 };
const RED = { uses: "red", shade: "dark", weight: 1, layer: 0 };

const WRITTEN: readonly (readonly [name: string, given: string, made: JsonObject])[] = [
  ["a name", "{ shape: circle }", { shape: CIRCLE, colors: { red: RED }, size: 1 }],
  ["a name with settings", "{ shape: { uses: circle, radius: 2.5 } }", {
    shape: { uses: "circle", radius: 2.5 },
    colors: { red: RED },
    size: 1,
  }],
  ["one in another", "{ shape: { uses: frame, inner: { uses: frame, inner: circle } } }", {
    shape: { uses: "frame", inner: { uses: "frame", inner: CIRCLE } },
    colors: { red: RED },
    size: 1,
  }],
  [
    "weights, labels and their settings",
    `{ shape: circle, colors: {
      blue: 2, sky: { uses: blue, weight: 3, layer: 1 }, red: { weight: 0, shade: light } } }`,
    {
      shape: CIRCLE,
      colors: {
        blue: { uses: "blue", weight: 2, layer: 0 },
        sky: { uses: "blue", weight: 3, layer: 1 },
        red: { uses: "red", shade: "light", weight: 0, layer: 0 },
      },
      size: 1,
    },
  ],
  [
    "maps in maps",
    "{ shape: circle, colors: { m: { uses: mixed, weight: 1, parts: { red: 3 } } } }",
    {
      shape: CIRCLE,
      colors: {
        m: {
          uses: "mixed",
          parts: { red: { uses: "red", shade: "dark", share: 3 } },
          weight: 1,
          layer: 0,
        },
      },
      size: 1,
    },
  ],
  ["none of a map", "{ shape: circle, colors: {} }", { shape: CIRCLE, colors: {}, size: 1 }],
  ["a default inside of an object", "{ shape: circle, back: {} }", {
    shape: CIRCLE,
    colors: { red: RED },
    back: { shape: CIRCLE },
    size: 1,
  }],
];
for (const [name, given, made] of WRITTEN) {
  Deno.test(`a setting that names a definition is written out: ${name}`, () => {
    assert.deepEqual(settings(paint(given)), made);
  });
}

const REFUSED: readonly (readonly [name: string, given: string, ...told: string[]])[] = [
  ["no name", "{}", "3:3 key shape is missing (add shape)"],
  ["an unknown name", "{ shape: cirlce }", "3:36 unknown shape cirlce (did you mean circle?)"],
  [
    "a name of another kind",
    "{ shape: red }",
    "3:36 unknown shape red (known: circle, square, frame, traced)",
  ],
  [
    "a name that all objects have",
    "{ shape: toString }",
    "3:36 unknown shape toString (known: circle, square, frame, traced)",
  ],
  [
    "an unknown name in an object",
    "{ shape: { radius: 1, uses: cirlce } }",
    "3:55 unknown shape cirlce (did you mean circle?)",
  ],
  [
    "a number",
    "{ shape: 3 }",
    "3:36 3 names no shape (write the name of a shape, or { uses: name, … } with settings of its own)",
  ],
  [
    "an object without uses",
    "{ shape: { radius: 3 } }",
    '3:29 {"radius":3} names no shape (write the name of a shape, or { uses: name, … } with settings of its own)',
  ],
  [
    "an unknown setting of its own",
    "{ shape: { uses: circle, radus: 1 } }",
    "3:52 unknown key radus (did you mean radius?)",
  ],
  ["a missing setting of its own", "{ shape: square }", "3:36 key side is missing (add side)"],
  [
    "a wrong setting of its own",
    "{ shape: { uses: square, side: 0, fill: ful } }",
    "3:58 side: 0 must be >= 1 (write 1 or more)",
    '3:67 fill: "ful" is none of none, full (did you mean full?)',
  ],
  [
    "a wrong setting of one in another",
    "{ shape: { uses: frame, inner: { uses: square, side: a } } }",
    '3:80 side: expected integer, got string "a" (write a whole number)',
  ],
  [
    "an unknown name in a map",
    "{ shape: circle, colors: { rde: 1 } }",
    "3:54 unknown color rde (did you mean red?)",
  ],
  [
    "a label without uses",
    "{ shape: circle, colors: { sky: { weight: 1 } } }",
    "3:54 unknown color sky (known: red, blue, mixed)",
  ],
  [
    "a missing weight",
    "{ shape: circle, colors: { blue: {} } }",
    "3:54 key weight is missing (add weight)",
  ],
  [
    "a wrong weight",
    "{ shape: circle, colors: { blue: much } }",
    '3:54 weight: expected number, got string "much" (write a number)',
  ],
  [
    "a map that is none",
    "{ shape: circle, colors: red }",
    '3:52 expected a map of colors, got "red" (write { red: WEIGHT })',
  ],
];
for (const [name, given, ...told] of REFUSED) {
  Deno.test(`a setting that names a definition is refused: ${name}`, () => {
    assert.deepEqual(mistakes(paint(given)), told);
  });
}

const AROUND = `name: t
with: { shape: circle, size: 2 }
steps:
  plain: { uses: paint }
  own: { uses: paint, with: { size: 3 } }
  loop:
    loop: { times: 2 }
    with: { size: "\${loop.index}", colors: { blue: 1 } }
    steps:
      inner: { uses: paint }
      over: { uses: paint, with: { shape: { uses: circle, radius: 9 }, size: 8 } }
  after: { uses: paint }
`;

Deno.test("settings of a pipeline and of a loop are those of the steps below that do not say otherwise", () => {
  using rig = new Rig();
  const made = Object.fromEntries(
    rig.plan(AROUND).steps.map(({ id, config }) => [id, [
      (config.shape as JsonObject).radius,
      config.size,
      Object.keys(config.colors as JsonObject).join(),
    ]]),
  );
  assert.deepEqual(made, {
    plain: [1, 2, "red"],
    own: [1, 3, "red"],
    "loop[0].inner": [1, 0, "blue"],
    "loop[0].over": [9, 8, "blue"],
    "loop[1].inner": [1, 1, "blue"],
    "loop[1].over": [9, 8, "blue"],
    after: [1, 2, "red"],
  });
});

Deno.test("inherited settings that are wrong, or that no step has, are told where they stand", () => {
  const wrong = mistakes(AROUND.replace("size: 2", "size: big"));
  assert.equal(wrong.length, 1, wrong.join("\n"));
  assert.match(wrong[0]!, /^2:30 size: expected integer, got string "big"/);
  assert.deepEqual(mistakes(AROUND.replace("size: 2", "sice: 2")), [
    "2:24 no step below has a setting sice (did you mean size?)",
  ]);
  const inner = mistakes(AROUND.replace("colors: {", "colour: {"));
  assert.deepEqual(inner, [
    "8:36 no step below has a setting colour (did you mean colors?)",
  ]);
  // A step without the setting does not get it.
  using rig = new Rig();
  const { steps } = rig.plan(
    "name: t\nwith: { shape: circle }\nsteps:\n  n: { uses: number, with: { value: 1 } }\n  p: { uses: paint }\n",
  );
  assert.deepEqual(steps[0]!.config, { value: 1, mode: "plain" });
});

Deno.test("the code of what settings name is in the key, and changes no draw", async () => {
  using rig = new Rig();
  const text = paint(
    "{ shape: { uses: frame, inner: circle }, colors: { blue: 1, sky: { uses: blue, weight: 2 } } }",
  );
  const first = (await rig.run(text)).actions.get("p")!;
  assert.equal(first.parts.format, 3);
  assert.deepEqual(first.parts.uses, {
    "colors.blue": "code",
    "colors.sky": "code",
    shape: "code",
    "shape.inner": "code",
  });
  await rig.run(text);
  assert.deepEqual(rig.ran, []);
  for (const name of ["shape/frame", "shape/circle", "color/blue"]) {
    rig.code.set(name, `another ${name}`);
    const { parts, key, outputs } = (await rig.run(text)).actions.get("p")!;
    assert.deepEqual(rig.ran, ["p"], name);
    assert.notEqual(key, first.key);
    assert.equal(randomRoot(parts), randomRoot(first.parts));
    assert.deepEqual(outputs, first.outputs, "its seed is in it");
  }
  rig.code.set("color/red", "another"); // which it does not name
  await rig.run(text);
  assert.deepEqual(rig.ran, []);
});

Deno.test("a file that a definition's setting names counts by its contents", async () => {
  using rig = new Rig();
  rig.write("a.txt", "abc");
  rig.write("b.txt", "abc");
  const text = (file: string) =>
    paint(`{ shape: { uses: frame, inner: { uses: traced, from: ${file} } } }`);
  await rig.run(text("a.txt"));
  await rig.run(text("b.txt"));
  assert.deepEqual(rig.ran, []);
  rig.write("b.txt", "abd");
  await rig.run(text("b.txt"));
  assert.deepEqual(rig.ran, ["p"]);
  const [told] = mistakes(text("c.txt"));
  assert.match(told!, /^3:\d+ no file or directory c\.txt \(looked for .*c\.txt\)$/);
});

Deno.test("a module of the user's has to be loaded first; where it is does not count in the key", async () => {
  using rig = new Rig();
  const square = TEST_DEFINITIONS.find(({ name }) => name === "square")!;
  const own = { ...square, name: "mine" };
  const text = (path: string) => paint(`{ shape: { uses: ${path}, side: 3 } }`);
  const keys: string[] = [];
  for (const name of ["mine.ts", "moved.ts"]) {
    rig.write(name, "");
    const planning = rig.planning(text(`./${name}`));
    assert.ok(planning.kind === "modules");
    const [{ kind, specifier, location }, ...rest] = planning.modules as [
      typeof planning.modules[0] & object,
      ...typeof planning.modules,
    ];
    assert.deepEqual([kind, rest.length], ["shape", 0]);
    assert.equal(location!.source.position(location!.span.start).line, 3);
    assert.equal(specifier, new URL(`file://${rig.directory}/${name}`).href);
    rig.library.modules.set(specifier, own);
    const { parts, key } = (await rig.run(text(`./${name}`))).actions.get("p")!;
    assert.deepEqual((parts.config as JsonObject).shape, { uses: "mine", side: 3 });
    assert.deepEqual(rig.plan(text(`./${name}`)).steps[0]!.config.shape, {
      uses: specifier,
      side: 3,
    });
    keys.push(key);
    rig.code.set(specifier, "edited");
    assert.notEqual((await rig.run(text(`./${name}`))).actions.get("p")!.key, key);
  }
  assert.equal(keys[0], keys[1]);
});

const MODULES: readonly (readonly [uses: string, told: RegExp])[] = [
  ["./nope.ts", /no file \.\/nope\.ts \(looked for .*nope\.ts\)/],
  ["npm:thing", /package npm:thing has no exact version \(write npm:name@1\.2\.3/],
  ["npm:thing@^1.0.0", /has no exact version/],
  ["https://example.com/a.ts", /cannot be used \(name a module by its path/],
  ["jsr:@a/b@1.0.0", /cannot be used/],
];
for (const [uses, told] of MODULES) {
  Deno.test(`a module that cannot be imported is refused: ${uses}`, () => {
    const [first, ...rest] = mistakes(paint(`{ shape: "${uses}" }`));
    assert.match(first!, told);
    assert.deepEqual(rest, []);
    assert.match(mistakes(`name: t\nsteps:\n  p: { uses: "${uses}" }\n`)[0]!, told);
  });
}

Deno.test("the same settings of labels that could be taken for paths have keys of their own", async () => {
  using rig = new Rig();
  const text = paint(`{ shape: circle, colors: {
      m: { uses: mixed, weight: 1, parts: { red: 1 } }, m.parts.red: { uses: blue, weight: 1 } } }`);
  const { parts } = (await rig.run(text)).actions.get("p")!;
  assert.equal(Object.keys(parts.uses!).length, 4);
});

const FAILING: readonly (readonly [what: "check" | "made", of: () => unknown, told: string])[] = [
  ["check", () => {
    throw new RangeError("no such table");
  }, "no such table"],
  ["check", () => {
    throw "a text";
  }, "a text"],
  ["check", () => 5, "it gives 5, and not a list of { key, message, hint }"],
  ["check", () => [undefined], "it gives [null], and not a list of { key, message, hint }"],
  ["check", () => [{ message: "x" }], 'it gives [{"message":"x"}], and not a list of'],
  ["check", () => Promise.resolve([]), "it gives {}, and not a list of { key, message, hint }"],
  ["made", () => {
    throw new TypeError("config.x is undefined");
  }, "config.x is undefined"],
  ["made", () => null, "it gives null, and not { port: { items, hint } }"],
  ["made", () => ({ number: 3 }), 'it gives {"number":3}, and not { port: { items, hint } }'],
  ["made", () => ({ number: { items: -1, hint: "" } }), "and not { port: { items, hint } }"],
];
for (const [what, give, told] of FAILING) {
  Deno.test(`${what} of a stage that fails is a mistake of its step: ${told}`, () => {
    using rig = new Rig();
    rig.library.modules.set("npm:mine@1.0.0", {
      ...rig.stages.number!,
      name: "mine",
      [what]: give as never,
    });
    const text = `name: t\nsteps:\n  first: { uses: number, with: { value: 1 } }\n` +
      `  second: { uses: npm:mine@1.0.0, with: { value: 1 } }\n`;
    assert.throws(() => rig.plan(text), (error) => {
      assert.ok(error instanceof DiagnosticError, String(error));
      const [{ message, location, hint }] = error.diagnostics as [(typeof error.diagnostics)[0]];
      assert.equal(error.diagnostics.length, 1);
      assert.ok(message.startsWith(`second: ${what} of stage mine fails: `), message);
      assert.ok(message.includes(told), message);
      assert.equal(location!.source.position(location!.span.start).line, 4);
      return hint === `mend ${what} in npm:mine@1.0.0`;
    });
  });
}

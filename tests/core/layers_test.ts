/** Pipelines that extend others. @module */
import assert from "node:assert/strict";
import { DiagnosticError, Document, type PipelineText } from "../../src/core/mod.ts";

/** Reads a.yaml of these files. */
function read(files: Readonly<Record<string, string>>): Document {
  const open = (name: string, directory = ""): PipelineText => {
    const file = directory === "" ? name : `${directory}/${name}`.replace(/[^/]+\/\.\.\//, "");
    const text = files[file];
    if (text === undefined) throw new DiagnosticError([{ message: `there is no ${file}` }]);
    return { id: file, file, text, directory: file.split("/").slice(0, -1).join("/") };
  };
  return Document.read("a.yaml", open);
}

const BASE = `name: base
seed: 7
params: { n: 1, list: [1, 2] }
steps:
  one: { uses: number, with: { value: 1, mode: double } }
  loop:
    loop: { times: 3, carry: { x: one.number, y: null } }
    steps: { two: { uses: increment, in: { number: prev.x } } }
    yield: { x: two.number, y: two.number }
  last: { uses: add, in: { numbers: one.number } }
`;

Deno.test("a pipeline that extends another is the lines that differ", () => {
  const arm = `extends: base.yaml
name: arm
params: { n: 2 }
steps:
  one: { with: { mode: plain } }
  loop: { steps: { two: { uses: fail } } }
`;
  const { value } = read({ "a.yaml": arm, "base.yaml": BASE }) as unknown as {
    value: Record<string, unknown>;
  };
  assert.deepEqual(value, {
    name: "arm",
    seed: 7,
    params: { n: 2, list: [1, 2] },
    steps: {
      one: { uses: "number", with: { value: 1, mode: "plain" } },
      loop: {
        loop: { times: 3, carry: { x: "one.number", y: null } },
        steps: { two: { uses: "fail", in: { number: "prev.x" } } },
        yield: { x: "two.number", y: "two.number" },
      },
      last: { uses: "add", in: { numbers: "one.number" } },
    },
  });
  assert.equal("extends" in value, false);
});

Deno.test("null removes, lists are replaced, and nothing can be carried", () => {
  const arm = `extends: base.yaml
seed: null
params: { list: [3] }
steps:
  loop: { loop: { carry: { x: null } } }
  last: null
`;
  const { seed, params, steps } = read({ "a.yaml": arm, "base.yaml": BASE })
    .value as unknown as {
      readonly seed?: number;
      readonly params: unknown;
      readonly steps: Readonly<Record<string, { readonly loop?: { readonly carry: unknown } }>>;
    };
  assert.equal(seed, undefined);
  assert.deepEqual(params, { n: 1, list: [3] });
  assert.deepEqual(Object.keys(steps), ["one", "loop"]);
  assert.deepEqual(steps.loop!.loop!.carry, { x: null, y: null });
});

Deno.test("null is a value in what a loop carries, and nowhere else, whatever steps are called", () => {
  const base = "steps: { carry: { uses: number, matrix: { a: [1] }, with: { value: 1 } } }\n";
  const arm = "extends: base.yaml\nsteps: { carry: { matrix: null } }\n";
  assert.deepEqual(read({ "a.yaml": arm, "base.yaml": base }).value, {
    steps: { carry: { uses: "number", with: { value: 1 } } },
  });
});

Deno.test("a step that is new stands before the next one that is not", () => {
  const arm = `extends: base.yaml
steps:
  zero: { uses: number }
  half: { uses: number }
  loop: {}
  after: { uses: number }
`;
  const { steps } = read({ "a.yaml": arm, "base.yaml": BASE }).value as { steps: object };
  assert.deepEqual(Object.keys(steps), ["one", "zero", "half", "loop", "last", "after"]);
});

Deno.test("pipelines extend each other over folders, and values stand where they are written", () => {
  const document = read({
    "a.yaml": "extends: more/b.yaml\nname: a\n",
    "more/b.yaml": "extends: ../base.yaml\nsteps:\n  one: { with: { value: 2 } }\n",
    "base.yaml": BASE,
  });
  const fileOf = (...path: string[]) => document.locate(path).source.file;
  assert.deepEqual(
    [fileOf("name"), fileOf("steps", "one", "with", "value"), fileOf("steps", "last", "uses")],
    ["a.yaml", "more/b.yaml", "base.yaml"],
  );
  assert.equal(document.locate(["steps", "one", "with", "value"]).source.directory, "more");
});

Deno.test("of several that are extended, each lies on the ones before, and what they share is laid once", () => {
  const { value } = read({
    "a.yaml": "extends: [b.yaml, c.yaml]\nparams: { four: a }\n",
    "b.yaml": "extends: base.yaml\nparams: { one: b, two: b, none: b }\n",
    "c.yaml": "extends: base.yaml\nparams: { two: c, none: null }\nsteps: { new: { uses: x } }\n",
    "base.yaml":
      "name: base\nparams: { one: 1, two: 1, three: 1, four: 1 }\nsteps: { last: { uses: y } }\n",
  });
  assert.deepEqual(value, {
    name: "base",
    params: { one: "b", two: "c", three: 1, four: "a", none: null },
    steps: { last: { uses: "y" }, new: { uses: "x" } },
  });
});

for (
  const [name, files, message] of [
    [
      "itself",
      { "a.yaml": "extends: a.yaml\n" },
      /^a\.yaml:1:10: error: a\.yaml extends this file/,
    ],
    [
      "one that extends it",
      { "a.yaml": "extends: b.yaml\n", "b.yaml": "name: b\nextends: a.yaml\n" },
      /^b\.yaml:2:10: error: a\.yaml extends this file/,
    ],
    [
      "no file",
      { "a.yaml": "extends: nope.yaml\n" },
      /^a\.yaml:1:10: error: there is no nope\.yaml/,
    ],
    ["an empty name", { "a.yaml": 'extends: ""\n' }, /^a\.yaml:1:10: error: extends names no file/],
    ["nothing", { "a.yaml": "extends: []\n" }, /^a\.yaml:1:10: error: extends names no file/],
    [
      "a list with a number in it",
      { "a.yaml": "extends: [b.yaml, 1]\n", "b.yaml": "name: b\n" },
      /^a\.yaml:1:19: error: extends names no file/,
    ],
    [
      "a list with a file that is not there",
      { "a.yaml": "extends: [b.yaml, c.yaml]\n", "b.yaml": "name: b\n" },
      /^a\.yaml:1:19: error: there is no c\.yaml/,
    ],
    [
      "itself by way of a list",
      {
        "a.yaml": "extends: [b.yaml]\n",
        "b.yaml": "extends: [c.yaml, a.yaml]\n",
        "c.yaml": "name: c\n",
      },
      /^b\.yaml:1:19: error: a\.yaml extends this file/,
    ],
    [
      "many",
      Object.fromEntries(
        Array.from(
          { length: 30 },
          (_, i) =>
            i === 0
              ? ["a.yaml", `extends: [${Array.from({ length: 29 }, (_, n) => `"${n + 1}"`)}]\n`]
              : [`${i}`, `params: { n: ${i} }\n`],
        ),
      ),
      /more than 20 pipelines extend each other/,
    ],
    [
      "a file with a mistake in it",
      { "a.yaml": "extends: b.yaml\n", "b.yaml": "name: [\n" },
      /^b\.yaml:2:1: error: YAML syntax/,
    ],
    [
      "an empty file",
      { "a.yaml": "extends: b.yaml\nname: a\nsteps: {}\n", "b.yaml": "# later\n" },
      /^b\.yaml:1:1: error: expected a map, got null[^]*a\.yaml:1:10: note: it is extended here/,
    ],
    [
      "a file that holds a list",
      { "a.yaml": "extends: b.yaml\n", "b.yaml": "\n- 1\n- 2\n" },
      /^b\.yaml:2:1: error: expected a map, got \[1,2\]/,
    ],
    [
      "a long chain",
      Object.fromEntries(
        Array.from(
          { length: 30 },
          (_, i) => [i === 0 ? "a.yaml" : `${i}`, `extends: "${i + 1}"\n`],
        ),
      ),
      /more than 20 pipelines extend each other/,
    ],
  ] as const
) {
  Deno.test(`a pipeline that extends ${name} is told where`, () => {
    assert.throws(() => read(files), (error) => {
      assert.ok(error instanceof DiagnosticError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("what is removed has to be there", () => {
  const base =
    "name: base\nparams: { n: 1 }\nsteps:\n  one: { uses: number, with: { value: 1 } }\n";
  const cases = [
    [
      "steps: { on: null }",
      '2:10: error: "on" is removed, and not in what is extended',
      "did you mean one?",
    ],
    ["steps: { one: { with: { mode: null } } }", '2:25: error: "mode" is removed', "known: value"],
    ["seed: null", '2:1: error: "seed" is removed', "known: name, params, steps"],
    ["steps: { one: { matrix: null } }", '2:17: error: "matrix" is removed', "known: uses, with"],
  ] as const;
  for (const [line, message, hint] of cases) {
    assert.throws(
      () => read({ "a.yaml": `extends: base.yaml\n${line}\n`, "base.yaml": base }),
      (error) =>
        error instanceof DiagnosticError && error.diagnostics.length === 1 &&
        error.message.includes(`a.yaml:${message}`) && error.message.includes(hint),
      line,
    );
  }
  // What the layer between has is there, and what it removed is not.
  const between = "extends: base.yaml\nsteps: { one: null, two: { uses: number } }\n";
  const over = (line: string) =>
    read({ "a.yaml": `extends: b.yaml\n${line}\n`, "b.yaml": between, "base.yaml": base });
  assert.deepEqual((over("steps: { two: null }").value as { steps: object }).steps, {});
  assert.throws(() => over("steps: { one: null }"), /"one" is removed[^]*known: two/);
});

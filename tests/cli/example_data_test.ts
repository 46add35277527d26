import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DATA = fileURLToPath(new URL("../../examples/data/", import.meta.url));

const MADE = {
  "make_arithmetic.ts": ["arithmetic.jsonl", "arithmetic_test.jsonl"],
  "make_programs.ts": ["programs.jsonl"],
};

for (const [script, files] of Object.entries(MADE)) {
  Deno.test(`examples/data/${script} makes ${files.join(" and ")}`, async () => {
    const directory = Deno.makeTempDirSync();
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", join(DATA, script), directory],
    }).output();
    assert.equal(code, 0);
    for (const file of files) {
      const read = (from: string) => Deno.readTextFileSync(join(from, file));
      assert.equal(read(directory), read(DATA), file);
    }
    Deno.removeSync(directory, { recursive: true });
  });
}

const rows = <Row>(file: string): Row[] =>
  Deno.readTextFileSync(join(DATA, file)).trim().split("\n").map((line) => JSON.parse(line));

interface Arithmetic {
  readonly problem: string;
  readonly answer: string;
  readonly level: number;
}

Deno.test("problems of arithmetic are of five levels, and none that is held out is trained on", () => {
  const [train, test] = ["arithmetic.jsonl", "arithmetic_test.jsonl"].map(rows<Arithmetic>);
  const counts = (set: readonly Arithmetic[]) =>
    [1, 2, 3, 4, 5].map((level) => set.filter((row) => row.level === level).length);
  assert.deepEqual(counts(train!), Array(5).fill(40));
  assert.deepEqual(counts(test!), Array(5).fill(70));
  assert.equal(new Set([...train!, ...test!].map(({ problem }) => problem)).size, 550);
});

Deno.test("bare problems of arithmetic have the answers that they ask for", () => {
  const asked = ["arithmetic.jsonl", "arithmetic_test.jsonl"].flatMap(rows<Arithmetic>)
    .flatMap(({ problem, answer }) => {
      const expression = /^What is ([\d+\-*/() ]+)\?$/.exec(problem)?.[1];
      return expression === undefined ? [] : [{ expression, answer }];
    });
  assert.ok(asked.length > 200);
  for (const { expression, answer } of asked) {
    // deno-lint-ignore no-eval -- of digits and operators alone
    assert.equal(String(eval(expression)), answer, expression);
  }
});

/** Paths, conditions, duplicates, and which files are meant. @module */
import assert from "node:assert/strict";
import { subsetsOf } from "../../src/data/card.ts";
import { type Choice, chooseFiles } from "../../src/data/choose.ts";
import { normal, Seen } from "../../src/data/duplicates.ts";
import { columnOf, lookUp, stepsOf } from "../../src/data/row.ts";
import { sizesOf, splitProblems } from "../../src/data/split.ts";
import { type Condition, filterOf } from "../../src/data/where.ts";
import { Random } from "../../src/random/random.ts";

Deno.test("paths lead into lists and maps; names with dots come first, and nothing is inherited", () => {
  const row = {
    prompt: [{ content: "hi" }],
    extra: { index: 0, "a.b": { c: 1 } },
    "extra.index": "own",
    "x.y": { z: 2 },
    none: null,
  };
  const found = ["prompt.0.content", "extra.index", "extra.a.b.c", "x.y.z", "extra.a.b", "none"]
    .map((path) => lookUp(row, path));
  assert.deepEqual(found, ["hi", "own", 1, 2, { c: 1 }, null]);
  for (
    const path of ["prompt.1.content", "prompt.length", "toString", "none.x", "", ".", "extra."]
  ) {
    assert.equal(lookUp(row, path), undefined, path);
  }
  assert.deepEqual(stepsOf(row, "prompt.0.content"), ["prompt", 0, "content"]);
  assert.deepEqual(stepsOf(row, "extra.a.b.c"), ["extra", "a.b", "c"]);
  assert.equal(stepsOf(row, "nope"), undefined);
  assert.equal(columnOf("a.b.c", ["a", "a.b"]), "a.b");
  assert.equal(columnOf("ab", ["a"]), undefined);
});

Deno.test("conditions on columns hold as they say", async () => {
  const row = {
    level: "Level 5",
    n: 3,
    text: "12",
    tags: ["a", "b"],
    yes: true,
    none: null,
    deep: { x: 1 },
  };
  const holds = async (where: Readonly<Record<string, Condition>>) => (await filterOf(where))(row);
  const cases: readonly (readonly [Readonly<Record<string, Condition>>, boolean])[] = [
    [{}, true],
    [{ level: { equals: "Level 5" } }, true],
    [{ level: { equals: "level 5" } }, false],
    [{ n: { equals: 3 } }, true],
    [{ n: { equals: "3" } }, true],
    [{ text: { equals: 12 } }, true],
    [{ yes: { equals: true } }, true],
    [{ yes: { equals: "true" } }, true],
    [{ none: { equals: "null" } }, false],
    [{ nope: { equals: "undefined" } }, false],
    [{ level: { in: ["Level 4", "Level 5"] } }, true],
    [{ level: { not_in: ["Level 5"] } }, false],
    [{ nope: { not_in: ["x"] } }, true],
    [{ tags: { equals: "b" } }, true],
    [{ tags: { in: ["c"] } }, false],
    [{ tags: { not_in: ["a"] } }, false],
    [{ n: { min: 3, max: 3 } }, true],
    [{ n: { min: 3.1 } }, false],
    [{ text: { max: 12 } }, true],
    [{ level: { min: 0 } }, false],
    [{ none: { max: 9 } }, false],
    [{ "deep.x": { min: 1 } }, true],
    [{ level: { matches: "^Level [45]$" } }, true],
    [{ level: { matches: "^$" } }, false],
    [{ n: { matches: "^\\d$" } }, true],
    [{ none: { matches: "^$" } }, true],
    [{ n: { min: 1 }, level: { equals: "Level 4" } }, false],
    [{ n: { min: 1, matches: "4" } }, false],
  ];
  for (const [where, expected] of cases) {
    assert.equal(await holds(where), expected, JSON.stringify(where));
  }
  await assert.rejects(filterOf({ n: { matches: "(" } }), /Cannot read the pattern \(/);
});

Deno.test("problems ask for the same whatever their case, blanks and spacing, and for another otherwise", () => {
  const same = [
    ["Find $x + 1$.", "find  $x+1$ ."],
    ["What is \\(\\dfrac{1}{2}\\,x\\)?", "what is $\\frac{1}{2} x$?"],
    ["\\left( a , b \\right)", "(a,b)"],
    ["a\r\nb", "a b"],
    ["½ of", "1⁄2 of"],
    ["$$x \\quad y$$", "\\[x~y\\]"],
  ];
  const others = [
    ["find 1 2", "find 12"],
    ["x + 1", "x - 1"],
    ["2^{10}", "2^{11}"],
    ["\\leftarrow", "\\rightarrow"],
    ["at most", "atmost"],
    ["\\frac{1}{2}", "\\frac{2}{1}"],
  ];
  for (const [a, b] of same) assert.equal(normal(a!), normal(b!));
  for (const [a, b] of others) assert.notEqual(normal(a!), normal(b!));
  const seen = new Seen<number>();
  const add = (problem: string, answer: string, one: number) => {
    const found = seen.find({ problem, answer });
    if (found === undefined) seen.add({ problem, answer }, one);
    return found;
  };
  assert.deepEqual([add("a", "1", 1), add("b", "1", 2), add("A ", " 1", 3), add("a", "2", 4)], [
    undefined,
    undefined,
    { of: 1, differs: false },
    { of: 1, differs: true },
  ]);
});

const CARD = `---
license: mit
configs:
- config_name: main
  data_files:
  - split: train
    path: main/train-*
  - split: test
    path: ["main/test-*", "main/more.parquet"]
- config_name: socratic
  data_files: { train: "socratic/*.parquet" }
- config_name: flat
  data_files: flat/**
---
# A card
`;

Deno.test("a card names subsets and splits, or nothing that can be used", () => {
  assert.deepEqual(subsetsOf(CARD), [
    {
      name: "main",
      isDefault: false,
      splits: { train: ["main/train-*"], test: ["main/test-*", "main/more.parquet"] },
    },
    { name: "socratic", isDefault: false, splits: { train: ["socratic/*.parquet"] } },
    { name: "flat", isDefault: false, splits: { train: ["flat/**"] } },
  ]);
  assert.equal(
    subsetsOf("---\r\nconfigs:\r\n- config_name: default\r\n  data_files: a.csv\r\n---\r\n")[0]!
      .isDefault,
    true,
  );
  for (
    const none of [
      undefined,
      "",
      "# No front matter",
      "---\nlicense: mit\n---\n",
      "---\n: [\n---\n",
      "---\nconfigs: 1\n---\n",
      "---\nconfigs:\n- config_name: a\n  data_dir: a\n---\n",
      "---\nconfigs:\n- config_name: a\n  data_files: [{ split: train }]\n---\n",
    ]
  ) assert.deepEqual(subsetsOf(none), []);
});

const PATHS = ["README.md", "main/test-0.parquet", "main/train-0.parquet", "main/train-1.parquet"];
const NAMED = [
  "data/en/dev.jsonl",
  "data/en/train.jsonl",
  "data/de/train_large.jsonl",
  "notes.txt",
];

Deno.test("files are chosen by name, by card, and by what their names say", () => {
  const card = subsetsOf(CARD), main = ["main/train-0.parquet", "main/train-1.parquet"];
  const all = [...PATHS, "socratic/x.parquet", "flat/a/b.csv"];
  const cases: readonly (readonly [readonly string[], Choice, typeof card, readonly string[]])[] = [
    [all, { subset: "main", split: "train" }, card, main],
    [all, { subset: "main", split: "test" }, card, ["main/test-0.parquet"]],
    [all, { subset: "socratic" }, card, ["socratic/x.parquet"]],
    [all, { subset: "flat" }, card, ["flat/a/b.csv"]],
    [all, { subset: "*", split: "train" }, card, ["flat/a/b.csv", ...main, "socratic/x.parquet"]],
    [all, { file: "main/*-0.parquet" }, card, ["main/test-0.parquet", "main/train-0.parquet"]],
    [all, { file: "README.md" }, card, ["README.md"]],
    [PATHS, { split: "train" }, card.slice(0, 1), main],
    [PATHS, { split: "train" }, [], main],
    [PATHS, { split: "test" }, [], ["main/test-0.parquet"]],
    [NAMED, { split: "validation" }, [], ["data/en/dev.jsonl"]],
    [NAMED, { split: "val" }, [], ["data/en/dev.jsonl"]],
    [NAMED, { subset: "en", split: "train" }, [], ["data/en/train.jsonl"]],
    [["a.csv", "b.json"], {}, [], ["a.csv", "b.json"]],
    [["x/a.csv", "x/a.b.json.gz"], { subset: "a.b", split: "train" }, [], ["x/a.b.json.gz"]],
    [["a.csv", "b.json"], { split: "train" }, [], ["a.csv", "b.json"]],
    [["a.csv"], { split: "test" }, [], ["a.csv"]],
    [["contest.csv", "latest.csv"], {}, [], ["contest.csv", "latest.csv"]],
    [["test/train.csv"], { split: "train" }, [], ["test/train.csv"]],
    [["x/aime.csv", "x/hard.csv"], { split: "hard" }, [], ["x/hard.csv"]],
  ];
  for (const [paths, choice, subsets, expected] of cases) {
    assert.deepEqual(chooseFiles(paths, choice, subsets), expected, JSON.stringify(choice));
  }
  const refused: readonly (readonly [readonly string[], Choice, typeof card, RegExp])[] = [
    [all, {}, card, /^it has subsets; write subset: main or socratic or flat or "\*" for all$/],
    [all, { subset: "x" }, card, /^it has no subset x; write subset: main or/],
    [all, { subset: "main" }, card, /^it has splits; write split: train or test$/],
    [
      all,
      { subset: "main", split: "dev" },
      card,
      /^it has no split dev; write split: train or test$/,
    ],
    [PATHS, {}, [], /^it has splits; write split: test or train$/],
    [
      PATHS,
      { split: "validation" },
      [],
      /^it has no split validation; write split: test or train$/,
    ],
    [["a.csv", "b.csv"], { split: "test" }, [], /^it has no split test; write leave split out$/],
    [PATHS, { file: "x.*" }, [], /^it has no file x\.\*; there are main\/test-0\.parquet, /],
    [["README.md"], {}, [], /^it has no data files; there is README\.md$/],
    [
      PATHS,
      { subset: "de" },
      [],
      /^it has no subset de; write main or test-0 or train-0 or train-1$/,
    ],
  ];
  for (const [paths, choice, subsets, message] of refused) {
    assert.throws(() => chooseFiles(paths, choice, subsets), { message });
  }
});

Deno.test("shares add up, and problems that ask for the same stay together", () => {
  assert.deepEqual(sizesOf([0.5, 0.5], 719), [359, 360]);
  assert.deepEqual(sizesOf([0.7, 0.2, 0.1], 10), [7, 2, 1]);
  assert.deepEqual(sizesOf([0.1, 0.2, 0.7], 1000), [100, 200, 700]);
  assert.deepEqual(sizesOf([5, 0.5], 20), [5, 10]);
  assert.deepEqual(sizesOf([1 / 3, 1 / 3, 1 / 3], 100), [33, 33, 34]);
  const problems = Array.from({ length: 30 }, (_, i) => ({
    id: String(i),
    problem: i % 10 === 0 ? "The same" : i % 10 === 1 ? ` question ${i}` : `Question  ${i}`,
    answer: "1",
  }));
  for (const seed of ["a", "b", "c", "d", "e"]) {
    const { shares, together, left } = splitProblems(problems, [12, 10, 8], new Random(seed));
    assert.deepEqual(shares.map(({ length }) => length), [12, 10, 8]);
    assert.deepEqual([together, left], [2, 0]);
    const holders = shares.map((share) => share.filter(({ id }) => Number(id) % 10 === 0).length);
    assert.deepEqual(holders.toSorted(), [0, 0, 3]);
    assert.equal(new Set(shares.flat().map(({ id }) => id)).size, 30);
  }
  const [one, two] = ["x", "y"].map((seed) => splitProblems(problems, [15, 15], new Random(seed)));
  assert.notDeepEqual(one, two);
  const pair = problems.filter(({ id }) => id === "0" || id === "10");
  assert.equal(splitProblems(pair, [1, 1], new Random("z")).left, 2);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readProblems } from "../../src/stage/artifact_files.ts";
import { checkLoading } from "../../src/stage/checks/check_loading.ts";
import { Folder } from "../data/files.ts";
import { Bench } from "./run_stage.ts";

type Settings = Readonly<Record<string, unknown>>;

/** Runs the stage on a file of that text. */
async function run(text: string | Uint8Array, settings: Settings = {}, name = "problems.jsonl") {
  using bench = new Bench(), folder = new Folder();
  const path = folder.write(name, text);
  const { others = [], ...given } = settings;
  const sets = (others as readonly unknown[][]).map((set) => bench.problems(set));
  const { outputs, metrics } = await bench.run(
    "load_problems",
    { path, ...given },
    sets.length === 0 ? {} : { others: sets },
  );
  return { problems: readProblems(outputs.problems!), metrics, logs: bench.logs.join("\n") };
}

const load = async (...given: Parameters<typeof run>) => (await run(...given)).problems;

Deno.test("problems are read from JSONL, whatever their fields are called", async () => {
  const text = '\ufeff{"q": "1 + 1", "a": 2, "level": 3}\r\n\r\n{"q": "2 + 2", "a": "4"}\n';
  assert.deepEqual(await load(text, { problem: "q", answer: "a" }), [
    { id: "0", problem: "1 + 1", answer: "2", q: "1 + 1", a: 2, level: 3 },
    { id: "1", problem: "2 + 2", answer: "4", q: "2 + 2", a: "4" },
  ]);
  const [named] = await load('{"problem": "1", "answer": "2", "name": "x"}', { id: "name" });
  assert.equal(named!.id, "x");
});

for (
  const [name, text, message] of [
    ["no JSON", '{"problem": "a", "answer": "b"}\n{"problem": \n', /line 2 is no JSON/],
    ["a list", "[1]\n", /line 1 /],
    ["no answer", '{"problem": "a"}\n', /line 1 .*answer/],
    ["an answer that is no text", '{"problem": "a", "answer": {}}\n', /line 1 .*answer/],
    ["an empty question", '{"problem": "", "answer": "1"}\n', /line 1 .*problem/],
    ["nothing", "\n\n", /it has no problems/],
  ] as const
) {
  Deno.test(`a file with ${name} is refused with its line`, async () => {
    await assert.rejects(load(text), message);
  });
}

Deno.test("where the rows stand within a file, plan says so", () => {
  using folder = new Folder();
  const hintFor = (text: string) => {
    const path = folder.write("set.json", text);
    const config = { path, format: "auto", problem: "problem", answer: "answer" };
    return checkLoading({ ...config, bad_rows: "refuse", answer_kind: "bare" })[0]?.hint;
  };
  assert.equal(
    hintFor('{"version": 2, "tags": ["x"], "data": [{"problem": "p", "answer": "1"}]}'),
    "it has version, tags, data; write rows: data where these are the rows",
  );
  assert.equal(hintFor('{"q": "p"}'), "it has q; write problem: and one of these");
  assert.equal(hintFor('{"problem": "p", "answer": "1"}'), undefined);
});

Deno.test("ids that are there twice are refused with both lines", async () => {
  const text =
    '{"problem": "a", "answer": "b", "n": 1}\n\n{"problem": "c", "answer": "d", "n": 1}\n';
  await assert.rejects(load(text, { id: "n" }), /line 3 has the id 1 of line 1/);
});

Deno.test("ids that are there twice in two files are refused with both files", async () => {
  using folder = new Folder(), bench = new Bench();
  const paths = ["a", "b"].map((name) =>
    folder.write(`${name}.csv`, `problem,answer,n\r\n${name},1,x\r\n`)
  );
  await assert.rejects(
    bench.run("load_problems", { paths, id: "n" }, {}),
    /Cannot read .*b\.csv: line 2 has the id x of line 2 of .*a\.csv; name another column/,
  );
  const { outputs } = await bench.run("load_problems", { paths }, {});
  assert.deepEqual(readProblems(outputs.problems!).map(({ id, problem }) => id + problem), [
    "0a",
    "1b",
  ]);
});

const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row) + "\n").join("");

/** Right answers that the grader of mathematics cannot use, each in a line of its own. */
const GOLD = lines([
  { problem: "one", answer: "\\frac{1}{2}" },
  { problem: "two", answer: "\\frac{1}{" },
  { problem: "three", answer: "" },
  { problem: "four", answer: "4" },
  { problem: "five", answer: "\\left(" },
]);

Deno.test("right answers that cannot be used are told together, each with file, line and column", async () => {
  await assert.rejects(run(GOLD, { task: "math" }), (error: Error) => {
    const [first, ...others] = error.message.split("\n  ");
    assert.match(
      first!,
      /^Cannot read .*problems\.jsonl: rows that cannot be used: 3 of 5; mend them, or write bad_rows: drop$/,
    );
    assert.deepEqual(
      others.map((line) => /problems\.jsonl:(\d+:\d+): (line \d)/.exec(line)!.slice(1)),
      [
        ["2:27", "line 2"],
        ["3:29", "line 3"],
        ["5:28", "line 5"],
      ],
    );
    assert.match(others[0]!, /has an answer that does not count, \\frac\{1\}\{: it cannot be read/);
    assert.match(others[1]!, /has no answer in answer: it is empty/);
    return true;
  });
  const { problems, metrics, logs } = await run(GOLD, { task: "math", bad_rows: "drop" });
  assert.deepEqual(problems.map(({ id, answer }) => [id, answer]), [["0", "\\frac{1}{2}"], [
    "3",
    "4",
  ]]);
  assert.equal(metrics.bad, 3);
  assert.match(logs, /rows that cannot be used: 3 of 5, dropped:\n.*problems\.jsonl:2:27: /);
  // Without a task nobody says what an answer is.
  assert.equal((await run(GOLD, { bad_rows: "drop" })).metrics.bad, 1);
});

Deno.test("places of answers are told in JSON, CSV and packed files too, and rows of Parquet", async () => {
  const settings = { task: "math", answer: "a" };
  const csv = 'problem,a\r\n"x\r\ny","\\frac{1}{"\r\n';
  await assert.rejects(
    run(csv, settings, "x.csv"),
    /x\.csv:3:4: line 2 has an answer that does not count/,
  );
  const json = '[{"problem": "x",\n  "a": ["1", "\\\\frac{"]}]';
  await assert.rejects(
    run(json, { ...settings, answer: "a.1" }, "x.json"),
    /x\.json:2:14: line 1 has/,
  );
  const packed = new Uint8Array(gzipSync(GOLD));
  await assert.rejects(
    run(packed, { task: "math" }, "x.jsonl.gz"),
    /x\.jsonl\.gz:2:27: line 2 has/,
  );
});

Deno.test("of many bad rows the first are shown, and all are counted", async () => {
  const many = lines(
    Array.from({ length: 40 }, (_, i) => ({ problem: `p${i}`, answer: i < 3 ? "1" : null })),
  );
  await assert.rejects(
    run(many),
    /rows that cannot be used: 37 of 40;[^]*:8:\d+: line 8 [^]*\n {2}and 32 more$/,
  );
  const none = lines([{ problem: "p", answer: null }]);
  await assert.rejects(
    run(none, { bad_rows: "drop" }),
    /none of its 1 rows is left: 1 cannot be used/,
  );
});

const TWICE = lines([
  { problem: "Find $x + 1$.", answer: "2" },
  { problem: "Find  $x+1$.", answer: "2" },
  { problem: "find $x +\\, 1$.", answer: "3" },
  { problem: "Find $x - 1$.", answer: "0" },
]);

Deno.test("duplicates are told with their lines, and kept, dropped or refused", async () => {
  const kept = await run(TWICE);
  assert.equal(kept.problems.length, 4);
  assert.equal(kept.metrics.duplicates, 2);
  assert.match(
    kept.logs,
    /repeated problems: 2 \(1 with another answer\):\n.*:2:12: line 2 repeats line 1\n.*:3:12: line 3 repeats line 1, with another answer$/,
  );
  const dropped = await run(TWICE, { duplicates: "drop" });
  assert.deepEqual(dropped.problems.map(({ id }) => id), ["0", "3"]);
  assert.match(dropped.logs, /repeated problems: 2 .*, dropped:/);
  await assert.rejects(
    run(TWICE, { duplicates: "refuse" }),
    /repeated problems: 2 .*; write duplicates: drop/,
  );
});

Deno.test("problems of other sets are told, and dropped where that is asked for", async () => {
  const others = [[{ id: "held", problem: "FIND $x-1$.", answer: "0" }], [{
    id: "x",
    problem: "other",
    answer: "1",
  }]];
  const kept = await run(TWICE, { others });
  assert.deepEqual([kept.metrics.duplicates, kept.metrics.in_others], [2, 1]);
  assert.match(
    kept.logs,
    /problems of others: 1:\n.*:4:12: line 4 repeats problem held of another set/,
  );
  const dropped = await run(TWICE, { others, duplicates: "drop" });
  assert.deepEqual(dropped.problems.map(({ id }) => id), ["0"]);
});

Deno.test("what has no question is told with what it has, and where a path would lead", async () => {
  const row = {
    prompt: [{ content: "a" }],
    reward: { truth: "1", style: "x" },
    tags: ["t"],
    no: null,
    n: 1,
  };
  await assert.rejects(
    run(JSON.stringify([row]), { answer: "n" }, "x.json"),
    /line 1 has no text problem \(it has prompt: a list of maps, reward: \{ truth, style \}, tags: a list, no: null, n\); name the field with problem/,
  );
  const [problem] = await load(JSON.stringify([row]), {
    problem: "prompt.0.content",
    answer: "reward.truth",
  }, "x.json");
  assert.deepEqual([problem!.problem, problem!.answer], ["a", "1"]);
});

const MANY = lines(
  Array.from({ length: 50 }, (_, i) => ({ problem: `p${i}`, answer: i, level: i % 5 })),
);

Deno.test("rows are chosen by conditions, and sampled by seed", async () => {
  const { problems, metrics, logs } = await run(MANY, {
    where: { level: { in: [1, 2] }, answer: { max: 20 } },
  });
  assert.deepEqual(problems.map(({ answer }) => answer), [
    "1",
    "2",
    "6",
    "7",
    "11",
    "12",
    "16",
    "17",
  ]);
  assert.deepEqual(problems.map(({ id }) => id), ["0", "1", "2", "3", "4", "5", "6", "7"]);
  assert.equal(metrics.rows, 50);
  assert.match(logs, /rows as where says: 8 of 50/);
  const sample = await load(MANY, { shuffle: true, limit: 10 });
  assert.equal(new Set(sample.map(({ id }) => id)).size, 10);
  assert.ok(sample.some(({ id }) => Number(id) >= 10));
  assert.deepEqual(await load(MANY, { shuffle: true, limit: 10 }), sample);
  await assert.rejects(
    run(MANY, { where: { level: { equals: 9 } } }),
    /none of its 50 rows is as where says/,
  );
});

Deno.test("reading ends where enough was read", async () => {
  const { metrics } = await run(MANY + "no JSON\n", { limit: 3 });
  assert.equal(metrics.rows, 3);
  // Files and what unpacks them are closed, of which Deno's tests see to.
  const long = Array.from({ length: 200_000 }, (_, i) => `p${i},${i}\n`).join("");
  for (const name of ["x.csv", "x.csv.gz"]) {
    const text = "problem,answer\n" + long;
    const content = name.endsWith("gz") ? new Uint8Array(gzipSync(text)) : text;
    assert.equal((await run(content, { limit: 2 }, name)).metrics.rows, 2);
  }
  await assert.rejects(run(MANY + "no JSON\n", { limit: 3, shuffle: true }), /line 51 is no JSON/);
});

Deno.test("a number of problems that is not the one expected is told", async () => {
  assert.equal((await load(MANY, { expect: 50 })).length, 50);
  await assert.rejects(run(MANY, { expect: 49 }), /it has 50 problems, and expect is 49/);
});

Deno.test("questions and answers are made of columns by templates; a column that is not there is told", async () => {
  const text = lines([{ context: "Let $T = 7$.", question: "Find T.", parts: ["1", "2"] }, {
    context: null,
    question: "Find it.",
    parts: ["3", "4"],
  }]);
  const settings = {
    template: "{% if context %}{{ context }} {% endif %}{{ question }}",
    answer_template: "({{ parts | join(', ') }})",
    fields: { first: "parts.0" },
  };
  assert.deepEqual(await load(text, settings), [
    { id: "0", problem: "Let $T = 7$. Find T.", answer: "(1, 2)", first: "1" },
    { id: "1", problem: "Find it.", answer: "(3, 4)", first: "3" },
  ]);
  await assert.rejects(
    run(text, { ...settings, template: "{{ nope }}" }),
    /line 1 does not fit the template: .*nope.*there are context, question, parts/,
  );
  await assert.rejects(run(text, { ...settings, template: "{% if %}" }), /Cannot read template: /);
});

Deno.test("columns of Parquet that nobody named are not read, and those that are not there are told", async () => {
  using bench = new Bench();
  const path = join(import.meta.dirname!, "../fixtures/data/odd.parquet");
  const of = async (settings: Settings) => {
    const { outputs } = await bench.run("load_problems", { path, ...settings }, {});
    return readProblems(outputs.problems!);
  };
  const [first] = await of({});
  assert.deepEqual(first, { id: "0", problem: "Nº 0 – что? 数学", answer: "0" });
  const named = await of({
    id: "large",
    answer: "parts.deep.name",
    bad_rows: "drop",
    fields: { count: "parts.deep.counts.1" },
    where: { small: { max: -2 } },
  });
  assert.deepEqual(named.map(({ id, answer, count }) => [id, answer, count]), [
    ["9007199254740994", "n2", "1152921504606846976"],
    ["9007199254740996", "n4", "1152921504606846976"],
    ["9007199254740998", "n6", "1152921504606846976"],
  ]);
  await assert.rejects(
    of({ answer: "parts.deep.name" }),
    /odd\.parquet: row 2 has no text parts\.deep\.name/,
  );
  for (const [setting, value] of [["problem", "q"], ["where", { q: { min: 1 } }]]) {
    await assert.rejects(
      of({ [String(setting)]: value }),
      new RegExp(
        `odd\\.parquet: it has no column q, which ${setting} names; it has problem, answer, large`,
      ),
    );
  }
});

Deno.test("fields that no row has are told, and null, in every format", async () => {
  const fields = { fields: { level: "level", other: "meta.other" } };
  const text = lines([{ problem: "a", answer: "1" }, { problem: "b", answer: "2", level: 3 }]);
  const { problems, logs } = await run(text, fields);
  assert.deepEqual(problems.map(({ level, other }) => [level, other]), [[null, null], [3, null]]);
  assert.match(logs, /no row has meta\.other, which fields names$/);
  using bench = new Bench();
  const path = join(import.meta.dirname!, "../fixtures/data/odd.parquet");
  const { outputs } = await bench.run("load_problems", { path, ...fields }, {});
  const [first] = readProblems(outputs.problems!);
  assert.deepEqual([first!.level, first!.other], [null, null]);
  assert.deepEqual(
    bench.logs.slice(1),
    ["level", "meta.other"].map((name) => `no row has ${name}, which fields names`),
  );
});

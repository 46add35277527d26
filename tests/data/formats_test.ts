/** Files of every format, as they are written by others. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { FIXTURES, Folder, readRows, readText } from "./files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, mark = "") => new Uint8Array(Buffer.from(mark + text, "utf16le"));

/** Columns, and where each row and its answer stand. */
async function told(...given: Parameters<typeof readText>) {
  return (await readText(...given)).map(({ columns, place, at }) => [
    columns,
    place.where,
    at("answer"),
  ]);
}

Deno.test("JSONL: marks of byte order, returns, blank lines, no end, lines of any length, and what only looks like ends", async () => {
  const long = "x".repeat(600_000);
  const text = `\ufeff{"problem": "a\u2028b", "answer": 1}\r\n\r\n  \n{"answer":"${long}"}\n` +
    '{"deep": {"answer": [1]},\t"answer" :  "é"}';
  assert.deepEqual(await told(text), [
    [{ problem: "a\u2028b", answer: 1 }, "line 1", "1:30"],
    [{ answer: long }, "line 4", "4:11"],
    [{ deep: { answer: [1] }, answer: "é" }, "line 5", "5:39"],
  ]);
  const [row] = await readText('{"a": [{"b.c": "x", "answer": 2}]}');
  assert.deepEqual(["a.0.b.c", "a.0.answer", "nope"].map(row!.at), ["1:16", "1:31", "1:1"]);
});

Deno.test("JSON: a list, a lone object, a list within; whole numbers keep their digits", async () => {
  const list =
    '[\n  {"problem": "a",\n   "answer": 12345678901234567890},\n\n  {"answer": 0.1}\n]\n';
  assert.deepEqual(await told(list), [
    [{ problem: "a", answer: "12345678901234567890" }, "line 2", "3:14"],
    [{ answer: 0.1 }, "line 5", "5:14"],
  ]);
  assert.deepEqual(await told('{\n "problem": "a",\n "answer": "b"\n}'), [
    [{ problem: "a", answer: "b" }, "line 1", "3:12"],
  ]);
  const within = '{"version": 1, "data": {"rows": [\n {"answer": "1"}, {"answer": "2"}]}}';
  assert.deepEqual(await told(within, { rows: "data.rows" }), [
    [{ answer: "1" }, "line 2", "2:13"],
    [{ answer: "2" }, "line 2", "2:30"],
  ]);
  assert.equal(
    (await readText('[{"n": 9007199254740993, "f": 1.0000000000000001}]'))[0]!.columns.n,
    "9007199254740993",
  );
  await assert.rejects(readText(within, { rows: "data" }), /it has no list data; leave rows out/);
  await assert.rejects(
    readText('{"items": [1], "x": 2}', { rows: "rows" }),
    /it has no list rows; write rows: items/,
  );
});

Deno.test("CSV: quotes, line ends in quotes, marks of byte order, any delimiter, no end", async () => {
  const text = '\ufeffproblem,answer\r\n"a, ""b""\r\nc",1\r\n\r\nd,"=\n2"\r\ne,';
  assert.deepEqual(await told(text), [
    [{ problem: 'a, "b"\r\nc', answer: "1" }, "line 2", "3:4"],
    [{ problem: "d", answer: "=\n2" }, "line 5", "5:3"],
    [{ problem: "e", answer: "" }, "line 7", "7:3"],
  ]);
  for (const delimiter of ["\t", ";", "|"]) {
    const rows = await told(
      `problem${delimiter}answer\n"a,b"${delimiter}é ${delimiter === ";" ? "," : ";"} 数\n`,
    );
    assert.deepEqual(rows.map(([, , at]) => at), ["2:7"]);
    assert.equal((rows[0]![0] as { problem: string }).problem, "a,b");
  }
  const mixed = "problem,answer\na,1\r\nb,2\rc,3\n";
  assert.deepEqual((await told(mixed)).map(([, where]) => where), ["line 2", "line 3", "line 4"]);
  assert.deepEqual((await readText("answer\n1\n2\n")).map(({ columns }) => columns), [
    { answer: "1" },
    { answer: "2" },
  ]);
});

Deno.test("CSV: places are right behind more text than is read at a time", async () => {
  const rows = Array.from({ length: 30_000 }, (_, i) => `"q ${i}\r\n${"x".repeat(20)}",${i}\r\n`);
  const found = await readText(`problem,answer\r\n${rows.join("")}`);
  assert.equal(found.length, 30_000);
  for (const i of [0, 1, 9_999, 29_999]) {
    const { columns, place, at } = found[i]!;
    assert.deepEqual([columns.answer, place.where], [String(i), `line ${2 * i + 2}`]);
    assert.equal(at("answer"), `${2 * i + 3}:23`);
  }
});

Deno.test("Parquet: every type becomes what JSON has, and groups of rows are one file", async () => {
  const rows = await readRows(`${FIXTURES}odd.parquet`);
  assert.deepEqual(
    rows.map(({ place }) => place.where),
    [1, 2, 3, 4, 5, 6, 7].map((n) => `row ${n}`),
  );
  const [first, second] = rows.map(({ columns }) => columns);
  assert.deepEqual({ ...first, image: null }, {
    problem: "Nº 0 – что? 数学",
    answer: 0,
    large: "9007199254740992",
    unsigned: "18446744073709551615",
    small: 0,
    rate: 0.5,
    day: "2024-02-29T00:00:00.000Z",
    time: "2024-02-29T12:30:00.000Z",
    nested: [["a", null], []],
    parts: { deep: { name: "n0", counts: [0, "1152921504606846976"] } },
    named: { x: 0 },
    same: "one",
    none: null,
    image: null,
  });
  assert.deepEqual([second!.rate, second!.parts], [null, null]);
  assert.doesNotThrow(() => JSON.stringify(rows.map(({ columns }) => columns)));
  assert.equal(rows[0]!.at("answer"), undefined);
});

Deno.test("Parquet: only the columns that are wanted are read, of any compression", async () => {
  const wanted: string[][] = [];
  const rows = await readRows(`${FIXTURES}odd.parquet`, {
    wanted: (names) => {
      wanted.push([...names]);
      return ["answer"];
    },
  });
  assert.deepEqual(
    rows.map(({ columns }) => columns),
    [0, 1, 2, 3, 4, 5, 6].map((answer) => ({ answer })),
  );
  assert.equal(wanted.length, 1);
  assert.equal(wanted[0]!.length, 14);
  for (const compression of ["none", "snappy", "zstd", "brotli", "lz4"]) {
    const [row] = await readRows(`${FIXTURES}compressed/${compression}.parquet`);
    assert.deepEqual(row!.columns, { problem: compression, answer: 1 });
  }
  assert.deepEqual(await readRows(`${FIXTURES}empty.parquet`), []);
});

Deno.test("packed files: gzip, also in parts; zip with one member or several, of which what is no data is left out", async () => {
  const line = (n: number) => `{"answer": ${n}}\n`;
  const answers = async (...given: Parameters<typeof readText>) =>
    (await readText(...given)).map(({ columns }) => columns.answer);
  const parts = [1, 2].map((n) => gzipSync(bytes(line(n))));
  assert.deepEqual(await answers(new Uint8Array(Buffer.concat(parts))), [1, 2]);
  assert.deepEqual(await answers(zipSync({ "a.jsonl": bytes(line(1)) })), [1]);
  const several = zipSync({
    "set/b.csv": bytes("answer\n2\n"),
    "set/a.jsonl": bytes(line(1)),
    "set/c.json.gz": new Uint8Array(gzipSync(bytes('[{"answer": 3}]'))),
    "set/README.md": bytes("no data"),
    "set/.hidden.json": bytes("no data"),
    "__MACOSX/set/._a.jsonl": new Uint8Array(9),
    "set/empty.jsonl": new Uint8Array(),
  });
  assert.deepEqual(await answers(several), [1, "2", 3]);
  assert.deepEqual(await answers(several, { file: "set/*.csv" }), ["2"]);
  const parquet = Deno.readFileSync(`${FIXTURES}compressed/zstd.parquet`);
  assert.deepEqual(await answers(zipSync({ "x.parquet": parquet })), [1]);
  assert.deepEqual(await answers(new Uint8Array(gzipSync(parquet))), [1]);
  const split = zipSync({
    "train/0.json": bytes(line(1)),
    "test/0.json": bytes(line(2)),
    "test/1.json": bytes(line(3)),
  });
  assert.deepEqual(await answers(split, { split: "test" }), [2, 3]);
  await assert.rejects(
    answers(split),
    /Cannot read FILE: it has splits; write split: test or train/,
  );
  await assert.rejects(
    answers(zipSync({})),
    /Cannot read FILE: it has no data files; there is nothing in it/,
  );
});

Deno.test("places in archives name the member", async () => {
  const archive = zipSync({ "a.jsonl": bytes('{"answer": 1}\n{"answer": \n') });
  await assert.rejects(readText(archive), /Cannot read FILE\/a\.jsonl: line 2 is no JSON/);
});

Deno.test("a folder's files are read in the order of their names, links followed", async () => {
  using folder = new Folder(), other = new Folder();
  folder.write("b/2.json", '{\n"answer": 2\n}');
  folder.write("b/10.json", '{"answer": 10}');
  folder.write("a.jsonl", '{"answer": 1}\n');
  folder.write("notes.txt", "nothing");
  other.write("3.json", '{"answer": 3}');
  Deno.symlinkSync(other.path, join(folder.path, "linked"));
  const rows = await readRows(folder.path);
  assert.deepEqual(rows.map(({ columns }) => columns.answer), [1, 10, 2, 3]);
  assert.equal(rows[1]!.place.file, "FILE/b/10.json");
  Deno.symlinkSync(folder.path, join(folder.path, "b/circle"));
  await assert.rejects(readRows(folder.path), /b\/circle\/ is a link to a folder that it is in/);
});

const BROKEN:
  readonly (readonly [name: string, content: string | Uint8Array, told: RegExp, file?: string])[] =
    [
      [
        "a line that is cut off",
        '{"a": 1}\n{"a": [1, \n',
        /FILE: line 2 is no JSON: .*, column 11$/,
      ],
      ["a line with a comma too many", '{"a": 1,}\n', /line 1 is no JSON: .*, column 9$/],
      ["a name without quotes", '{"a": 1}\n{a: 1}\n', /line 2 is no JSON: .*, column 2$/],
      ["NaN, as Python writes it", '{"a": NaN}\n', /line 1 is no JSON: .*, column 7$/],
      ["a number a line", '{"a": 1}\n2\n', /line 2 is no object/],
      ["a list that is cut off", '[{"a": 1},\n {"a": 2}', /line 2 column 10 is no JSON/],
      ["a list of numbers", '[\n{"a": 1},\n2]', /line 3 has an item that is no object/],
      ["CSV in a file called .jsonl", "a,b\n1,2\n", /line 1 is no JSON/, "FILE.jsonl"],
      [
        "a quote that is not closed",
        'a,b\n1,2\n"3,4\n5,6\n',
        /line 3: the record that begins there has a quote that is never closed/,
      ],
      [
        "a quote within a field",
        'a,b\n1,2\n3,4"5"\n',
        /line 3: a quote stands within a field: quote the field/,
      ],
      [
        "fields too many",
        "a,b\n1,2\n\n1,2,3\n",
        /line 4 has 3 fields, and the header 2; quote what has a "," in it/,
      ],
      ["fields too few", "a,b\n1\n", /line 2 has 1 field, and the header 2/],
      ["a column twice", "a,b,a\n1,2,3\n", /line 1 names two columns a/],
      [
        "bytes that are no UTF-8",
        new Uint8Array([...bytes('{"a": "'), 0xe9, 0x22, 0x7d]),
        /it is no UTF-8 text; save it as UTF-8/,
      ],
      ["UTF-16 without a mark", utf16('{"problem": "a"}'), /it is UTF-16; save it as UTF-8/],
      ["bzip2", new Uint8Array([...bytes("BZh91AY"), 1, 200]), /packed with bzip2; unpack it/],
      ["zstd", new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 4]), /it is packed with zstd; unpack it/],
      ["an Arrow file", bytes("ARROW1\0\0"), /it is an Arrow file; save it as Parquet/],
      [
        "JSONL nested too deeply",
        `{"a": 1}\n{"a": ${"[".repeat(50_000)}${"]".repeat(50_000)}}\n`,
        /line 2 has too many lists and maps within each other/,
      ],
      [
        "JSON nested too deeply",
        `[\n{"a": ${"[".repeat(50_000)}${"]".repeat(50_000)}}\n]`,
        /item 1 has too many lists and maps within each other/,
      ],
      ["a comma too many", '[{"a": "x"},]', /line 1 column 13 is no JSON: [^"]*$/],
      ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0]), /it is UTF-16; save it as UTF-8/],
      [
        "bytes of another kind",
        new Uint8Array([0x7f, 0x45, 0, 1]),
        /it is no text, and neither Parquet, gzip nor zip/,
      ],
      [
        "a tar archive",
        new Uint8Array([...bytes("a.json".padEnd(257, "\0") + "ustar"), ...new Uint8Array(250)]),
        /it is a tar archive; unpack it, and name the folder/,
      ],
      [
        "a pointer of Git LFS",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        /it is a pointer of Git LFS/,
      ],
      ["a web page", "<!DOCTYPE html>\n<html></html>", /it is a web page or XML/],
      [
        "Parquet that is cut off",
        Deno.readFileSync(`${FIXTURES}odd.parquet`).subarray(0, 500),
        /it is no sound Parquet file: /,
      ],
      [
        "gzip that is cut off",
        new Uint8Array(gzipSync(bytes('{"a": 1}\n'.repeat(99)))).subarray(0, 30),
        /it is no sound gzip file: /,
      ],
      [
        "zip that is cut off",
        zipSync({ "a.jsonl": bytes('{"a": 1}\n'.repeat(99)) }).subarray(0, 60),
        /it is no sound zip archive: /,
      ],
    ];

for (const [name, content, message, file] of BROKEN) {
  Deno.test(`${name} is told`, async () => {
    await assert.rejects(readText(content, {}, file), (error: Error) => {
      assert.match(error.message, /^Cannot read FILE/);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("UTF-16 is told also where the format is", async () => {
  for (const format of ["csv", "jsonl", "json"] as const) {
    await assert.rejects(
      readText(utf16('[{"problem": 1}]', "\ufeff"), { format }),
      /it is UTF-16; save it as UTF-8/,
    );
  }
});

Deno.test("a list in a file that is called JSONL is read as one", async () => {
  for (const text of ['[{"answer": 1}, {"answer": 2}]', '[{"answer": 1},\n {"answer": 2}]\n']) {
    const rows = await readText(text, {}, "a.jsonl");
    assert.deepEqual(rows.map(({ columns }) => columns), [{ answer: 1 }, { answer: 2 }]);
  }
});

Deno.test("CSV: of columns without a name none is lost", async () => {
  const [row] = await readText(",answer,,\n0,1,x,y\n");
  assert.deepEqual(row!.columns, {
    "column 1": "0",
    answer: "1",
    "column 3": "x",
    "column 4": "y",
  });
});

Deno.test("Parquet: decimals keep their digits, single precision is as it was written, bytes are no text", async () => {
  const [first, second] = (await readRows(`${FIXTURES}numbers.parquet`))
    .map(({ columns }) => columns);
  assert.deepEqual(first, {
    long: "12345678901234567890.12",
    short: 0.1,
    middle: "900719925474099312",
    many: [-0.05, null],
    single: 123456.7,
    singles: [0.1, 16777216, null],
    mixed: { price: 1.5, name: "a" },
    bytes: "é",
  });
  assert.deepEqual(second, {
    long: "-12345678901234567890.1",
    short: -7,
    middle: null,
    many: [],
    single: null,
    singles: null,
    mixed: null,
    bytes: "/wA=",
  });
});

Deno.test("a copy of a data set of the hub is read as its card says", async () => {
  using folder = new Folder();
  const parts =
    "---\nconfigs:\n- config_name: one\n  data_files:\n  - split: train\n    path: a/t*\n---\n";
  folder.write("README.md", parts);
  folder.write("a/t1.jsonl", '{"answer": 1}\n');
  folder.write("a/other.jsonl", '{"answer": 2}\n');
  for (const choice of [{}, { subset: "one" }, { split: "train", subset: "one" }]) {
    const rows = await readRows(folder.path, choice);
    assert.deepEqual(rows.map(({ columns }) => columns), [{ answer: 1 }]);
  }
  await assert.rejects(
    readRows(folder.path, { subset: "two" }),
    /Cannot read FILE: it has no subset two; write subset: one/,
  );
  // What is named by hand is read whatever the card says.
  assert.equal((await readRows(folder.path, { file: "a/*.jsonl" })).length, 2);
});

Deno.test("what is empty has no rows, whatever it is called", async () => {
  for (const content of ["", "\n \n", "\ufeff", "[]", "a,b\n", new Uint8Array(gzipSync(""))]) {
    assert.deepEqual(await readText(content), []);
  }
});

Deno.test("a large file is read a piece at a time: one row is had without the others", async () => {
  using folder = new Folder();
  const file = folder.write("large.jsonl", '{"answer": 1}\n');
  // As large as many sets, and sparse: none of it lies in memory.
  Deno.truncateSync(file, 2 ** 33);
  const { rowsOf } = await import("../../src/data/mod.ts");
  for await (const { columns } of rowsOf(file, { wanted: (names) => names, format: "jsonl" })) {
    assert.deepEqual(columns, { answer: 1 });
    break;
  }
});

/** Tables of any content are read as they were written, and every value stands where it is said to. @module */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readText } from "./files.ts";

const RUNS = { numRuns: 150 };
const text = fc.string({ unit: "binary", maxLength: 12 }).map((given) =>
  given.replaceAll("\0", "")
);
const special = fc.constantFrom(
  '"',
  '""',
  ",",
  ";",
  "\t",
  "\n",
  "\r\n",
  "\r",
  " ",
  "é",
  "数",
  "😀",
  "\u2028",
  "{",
  "[",
  "#",
);
const field = fc.array(fc.oneof(text, special), { maxLength: 5 }).map((parts) => parts.join(""));
const table = fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 6 });

/** The text from a place on. */
function from(content: string, place: string, breaks: RegExp): string {
  const [line, column] = place.split(":").map(Number) as [number, number];
  const starts = [
    0,
    ...Array.from(content.matchAll(breaks), ({ 0: found, index }) => index + found.length),
  ];
  return content.slice(starts[line - 1]! + column - 1);
}

Deno.test("CSV of any content", async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.constantFrom(",", "\t", ";", "|"),
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      async (rows, delimiter, end, ends) => {
        const quoted = (value: string) =>
          /["\r\n,\t;|]|^\s|\s$|^\ufeff/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
        const lines = [["q", "answer", "z"], ...rows].map((row) => row.map(quoted).join(delimiter));
        const content = lines.join(end) + (ends ? end : "");
        const read = await readText(content);
        assert.deepEqual(read.map(({ columns }) => Object.values(columns)), rows);
        for (const [i, { at }] of read.entries()) {
          const there = from(content, at("answer")!, /\r\n|\n|\r/g);
          assert.ok(there.startsWith(quoted(rows[i]![1])), JSON.stringify([content, at("answer")]));
        }
      },
    ),
    RUNS,
  );
});

/** Whole numbers that a double does not tell apart become text, lest they change. */
function kept(value: unknown): unknown {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) || !/^-?\d+$/.test(String(value)) ? value : String(value);
  }
  if (Array.isArray(value)) return value.map(kept);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, kept(part)]));
}

Deno.test("JSONL and JSON of any content", async () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const row = fc.record({
    "a.b": value,
    answer: value,
    list: fc.array(value, { minLength: 1, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(0, 2),
      async (rows, indent) => {
        const plain = JSON.parse(JSON.stringify(rows));
        const files = [
          [rows.map((one) => JSON.stringify(one)).join("\n"), "FILE.jsonl"],
          [JSON.stringify(rows, null, indent), "FILE.json"],
        ] as const;
        for (const [content, name] of files) {
          const read = await readText(content, {}, name);
          assert.deepEqual(read.map(({ columns }) => columns), plain.map(kept));
          for (const [i, { at }] of read.entries()) {
            for (
              const [path, meant] of [["answer", plain[i].answer], ["list.0", plain[i].list[0]], [
                "a.b",
                plain[i]["a.b"],
              ]]
            ) {
              const there = from(content, at(path)!, /\n/g);
              const begins = JSON.stringify(meant).slice(0, 1);
              assert.ok(there.startsWith(begins), JSON.stringify([content, path, at(path)]));
            }
          }
        }
      },
    ),
    RUNS,
  );
});

Deno.test("no bytes stop the reader with anything but an error that names the file", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(
      fc.constantFrom("PAR1", "PK\x03\x04", "\x1f\x8b", "[{", '{"a":', 'a,b\n"', "\ufeff"),
      fc.uint8Array({ maxLength: 40 }),
    )
      .map(([start, rest]) => new Uint8Array([...new TextEncoder().encode(start), ...rest])),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      try {
        assert.ok(Array.isArray(await readText(content)));
      } catch (error) {
        assert.match((error as Error).message, /^Cannot read FILE/);
      }
    }),
    { numRuns: 400 },
  );
});

/** What YAML can say and a pipeline cannot: each is told with its place, or read as YAML 1.2 says. @module */
import assert from "node:assert/strict";
import { DiagnosticError, Document } from "../../src/core/mod.ts";

/** What is wrong with a text, as `line:column message`. */
function mistakes(text: string): string[] {
  try {
    Document.parse("t.yaml", text);
    return [];
  } catch (error) {
    assert.ok(error instanceof DiagnosticError, String(error));
    return error.diagnostics.map(({ message, location }) => {
      assert.ok(location !== undefined, message);
      const { line, column } = location.source.position(location.span.start);
      return `${line}:${column} ${message}`;
    });
  }
}

/** Levels of lists that repeat what stands ten times in each. */
function bomb(levels: number): string {
  const lines = Array.from(
    { length: levels },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`).join()}]`,
  );
  return ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", ...lines, ""].join("\n");
}

const REFUSED: readonly (readonly [name: string, text: string, told: string])[] = [
  ["a tag of one's own", "a: !env X\n", "1:4 tag !env means nothing here"],
  ["a tag on a map", "a: !foo\n  b: 1\n", "1:4 tag !foo means nothing here"],
  ["a tag of another schema", "a: !!binary aGk=\n", "1:13 tag !!binary means nothing here"],
  ["a tag that does not fit", "a: !!int x\n", "1:4 tag !!int means nothing here"],
  [
    "an integer beyond 2^53",
    "a: 9007199254740993\n",
    "1:4 9007199254740993 is too large to be exact",
  ],
  ["a negative one", "a: -9007199254740993\n", "1:4 -9007199254740993 is too large to be exact"],
  ["one in hexadecimal", "a: 0x20000000000001\n", "1:4 0x20000000000001 is too large to be exact"],
  ["a number that overflows", "a: 1e400\n", "1:4 1e400 is not a number that a pipeline can use"],
  ["infinity", "a: -.inf\n", "1:4 -.inf is not a number that a pipeline can use"],
  ["a leading zero", "a: 010\n", "1:4 010 begins with 0"],
  ["a leading zero of a fraction", "a: -00.5\n", "1:4 -00.5 begins with 0"],
  ["an alias without an anchor", "a: *nope\n", "1:4 alias *nope has no anchor"],
  ["an alias before its anchor", "a: *b\nc: &b 1\n", "1:4 alias *b has no anchor"],
  ["an alias in what it repeats", "a: &a\n  b: [*a]\n", "2:7 alias *a stands in what it repeats"],
  ["aliases of aliases", bomb(6), "6:38 aliases repeat more than 1000000 values"],
  ["a merge key of no map", "a: &a 1\nc:\n  <<: *a\n", "3:3 << takes no map"],
  ["a merge key of a list with a text", "a: &a {}\nc:\n  <<: [*a, x]\n", "3:3 << takes no map"],
  ["a merge key of nothing", "c:\n  <<: []\n", "2:3 << takes no map"],
  [
    "two merge keys",
    "a: &a {}\nc:\n  <<: *a\n  <<: *a\n",
    "4:3 key << stands twice in one mapping",
  ],
  ["a merge key of itself", "a: &a\n  <<: *a\n", "2:7 alias *a stands in what it repeats"],
  ["a key that stands twice", "a: 1\nb: 2\n'a': 3\n", "3:1 key a stands twice in one mapping"],
  ["a number and a text as one key", "1: 1\n'1': 2\n", "2:1 key 1 stands twice in one mapping"],
  ["a list as a key", "? [a]\n: 1\n", "1:3 a key must be text"],
  ["nothing as a key", ": 1\n", "1:1 a key must be text"],
  ["an alias as a key", "a: &a b\n*a : 1\n", "2:1 a key must be text"],
  ["__proto__", "a: { __proto__: 1 }\n", '1:6 "__proto__" cannot be a key'],
  ["a second document", "a: 1\n---\nb: 1\n", "3:1 a second YAML document begins here"],
  [
    "YAML 1.1",
    "%YAML 1.1\n---\na: yes\n",
    "1:1 YAML 1.1 reads yes, no and 010 otherwise than YAML 1.2",
  ],
  ["NUL", "a: b\0\n", "1:5 control character 0x00"],
  ["an escape sequence", "a: b # \x1b[31m\n", "1:8 control character 0x1b"],
  ["line ends of 1999", "a: 1\rb: 2\r", "1:5 carriage return without a line feed"],
  ["half a character", 'a: "\\ud800"\n', "1:4 half of a surrogate pair"],
  [
    "flow within flow",
    `a: ${"[".repeat(5000)}${"]".repeat(5000)}\n`,
    "1:104 nested more than 100 levels deep",
  ],
  ["flow that does not end", "[".repeat(5000), "1:102 nested more than 100 levels deep"],
  ["block within block", "- ".repeat(5000) + "x", "1:203 nested more than 100 levels deep"],
  [
    "levels that aliases add up to",
    `a: &a ${"[".repeat(60)}${"]".repeat(60)}\nb: ${"[".repeat(50)}*a${"]".repeat(50)}\n`,
    "2:13 nested more than 100 levels deep",
  ],
  [
    "a file of 8 million characters",
    "#".repeat(2 ** 23 + 1),
    "1:1 the file has 8388609 characters, more than 8388608",
  ],
  [
    "a merge conflict with line ends of Windows",
    "a: 1\r\n=======\r\n",
    "2:1 merge conflict marker",
  ],
];

for (const [name, text, told] of REFUSED) {
  Deno.test(`Document.parse() tells ${name}`, () => {
    assert.equal(mistakes(text)[0], told);
  });
}

const READ: readonly (readonly [name: string, text: string, value: unknown])[] = [
  [
    "merge keys: what a map has itself goes first, then earlier maps",
    "a: &a { x: 1, y: { z: 1 } }\nb: &b { x: 2, w: 2 }\nc: { x: 3, <<: *a }\n" +
    "d: { <<: [*a, *b], y: 4 }\ne: { <<: { v: 5 } }\nf: { '<<': 6 }\n",
    {
      a: { x: 1, y: { z: 1 } },
      b: { x: 2, w: 2 },
      c: { x: 3, y: { z: 1 } },
      d: { x: 1, y: 4, w: 2 },
      e: { v: 5 },
      f: { "<<": 6 },
    },
  ],
  ["numbers as YAML 1.2 does", "[0x10, 0o10, +1, -0, 1e3, 9007199254740991]", [
    16,
    8,
    1,
    0,
    1000,
    9007199254740991,
  ]],
  ["what looks like a time, yes and 1_000 as text", "[2001-12-14, yes, off, 1_000]", [
    "2001-12-14",
    "yes",
    "off",
    "1_000",
  ]],
  ["tags of JSON's types", '{a: !!int "5", b: !!str 5, c: !!float 3.5}', { a: 5, b: "5", c: 3.5 }],
  ["line ends of Windows", "a: 1\r\nb: x\r\n", { a: 1, b: "x" }],
  ["names that all objects have", "{constructor: 1, toString: 2, hasOwnProperty: 3}", {
    constructor: 1,
    toString: 2,
    hasOwnProperty: 3,
  }],
  ["an anchor that is set anew", "a: &x 1\nb: *x\nc: &x 2\nd: *x\n", { a: 1, b: 1, c: 2, d: 2 }],
  ["the end of a document", "a: 1\n...\n", { a: 1 }],
  ["nothing", "# only a comment\n", null],
];

for (const [name, text, value] of READ) {
  Deno.test(`Document.parse() reads ${name}`, () => {
    const read = Document.parse("t.yaml", text).value;
    assert.equal(JSON.stringify(read), JSON.stringify(value));
  });
}

Deno.test("locate() gives the place of a value, of a list's item, and of the key around what is missing", () => {
  const document = Document.parse("t.yaml", "a:\n  b: [x, y]\n  c: { d: 1 }\n");
  const at = (...path: (string | number)[]) => {
    const { source, span } = document.locate(path);
    const { line, column } = source.position(span.start);
    return `${line}:${column}`;
  };
  assert.deepEqual(
    [at("a", "b", 1), at("a", "c", "d"), at("a", "c", "e"), at("a", "b"), at("z")],
    ["2:10", "3:11", "3:3", "2:3", "1:1"],
  );
});

Deno.test("a mistake in a line of 18,000 characters is shown with what stands around it", () => {
  const text = `a: [${"x, ".repeat(3_000)}*nope${", y".repeat(3_000)}]\n`;
  assert.throws(() => Document.parse("t.yaml", text), (error) => {
    assert.ok(error instanceof DiagnosticError);
    const [, line, carets] = error.message.split("\n");
    assert.ok(error.message.length < 1000);
    const at = carets!.indexOf("^");
    assert.equal(line!.slice(at, at + 5), "*nope");
    return true;
  });
});

Deno.test("what a message repeats of a file cannot move the cursor of a terminal", () => {
  assert.throws(() => Document.parse("t.yaml", '"\\e[2Ja": 1\n"\\e[2Ja": 2\n'), (error) => {
    assert.ok(error instanceof DiagnosticError);
    // deno-lint-ignore no-control-regex -- this is what must not be there
    assert.doesNotMatch(error.message, /[\x00-\x09\x0b-\x1f]/);
    return true;
  });
});

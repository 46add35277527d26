import assert from "node:assert/strict";
import { extract } from "../../../src/graders/code/extract.ts";

const block = (code: string, language = "python") => `\`\`\`${language}\n${code}\n\`\`\``;
/** What is found strictly, and leniently where that is something else; null for nothing. */
const CASES: readonly (readonly [completion: string, strict: string | null, lenient?: string])[] = [
  [block("a = 1"), "a = 1\n"],
  [block("a = 1", ""), "a = 1\n"],
  [block("a = 1", "py"), "a = 1\n"],
  [block("a = 1", "python3 title=x"), "a = 1\n"],
  [`First:\n${block("a = 1")}\nBetter:\n${block("a = 2")}\nDone.`, "a = 2\n"],
  [`${block("a = 1")}\nIt prints:\n${block("1", "text")}`, "a = 1\n"],
  [`${block("a = 1")}\n${block("pip install x", "bash")}`, "a = 1\n"],
  [`${block("1 2", "text")}`, null],
  ["```python\na = 1", "a = 1"],
  ["```python\na = 1\n", "a = 1\n"],
  [`${block("a = 1")}\n\`\`\`python\na = 2`, "a = 2"],
  ["```python\r\na = 1\r\n```", "a = 1\n"],
  ["~~~python\na = 1\n~~~", "a = 1\n"],
  ["````python\na = '''\n```\n'''\n````", "a = '''\n```\n'''\n"],
  ["  ```python\n  a = 1\n  ```", "a = 1\n"],
  ["1. So:\n   ```python\n   if a:\n\n     b\n   ```", "if a:\n\n  b\n"],
  ["  ```python\na = 1\n  ```", "a = 1\n"],
  [`${block("a = 1")}\nOutput:\n${block("1", "")}`, "a = 1\n"],
  [`${block("a = 1", "")}\nOutput:\n${block("1", "")}`, "1\n"],
  [`${block("a = 1", "")}\nBetter:\n${block("a = 2", "py")}`, "a = 2\n"],
  ["```" + " ".repeat(100_000) + "`", null, "```" + " ".repeat(100_000) + "`\n"],
  [`<think>${block("a = 1")}</think>\n${block("a = 2")}`, "a = 2\n"],
  [`<think>${block("a = 1")}</think>\nNo.`, null, "No.\n"],
  [`<think>${block("a = 1")}`, null],
  [`${block("a = 2")}<|im_end|>`, "a = 2\n"],
  [`${block("a = 1")}\n<|im_start|>user\n${block("a = 2")}`, "a = 1\n"],
  ["print(1)", null, "print(1)\n"],
  ["\n    return 1\n\n", null, "    return 1\n"],
  ["", null],
  [" \n\t", null],
  [block(""), null],
  [block(" "), null],
  ["Use `print(1)`.", null, "Use `print(1)`.\n"],
];

for (const [completion, strict, lenient] of CASES) {
  Deno.test(`the program in ${JSON.stringify(completion).slice(0, 90)}`, () => {
    assert.equal(extract(completion, false)?.code ?? null, strict);
    assert.equal(extract(completion, true)?.code ?? null, lenient ?? strict);
    assert.equal(extract(completion, true)?.fenced ?? false, strict !== null);
  });
}

Deno.test("a long completion is looked through from its end", () => {
  const long = `${block("a = 1")}\n${"x".repeat(300_000)}\n${block("a = 2")}`;
  assert.equal(extract(long, false)?.code, "a = 2\n");
});

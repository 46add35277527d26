/** SmolLM2's tokenizer against Hugging Face's own; tools/golden/smollm2.py makes the data. @module */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { characterTokenizer, Tokenizer } from "../../src/text/tokenizer.ts";
import golden from "../golden/smollm2/tokenizer_cases.json" with { type: "json" };

const packed = Deno.readFileSync(
  new URL("../golden/smollm2/tokenizer.json.gz", import.meta.url),
);
const tokenizer = new Tokenizer(JSON.parse(new TextDecoder().decode(gunzipSync(packed))));

Deno.test("SmolLM2's tokenizer encodes and decodes 320 texts as the reference does", () => {
  assert.equal(golden.cases.length, 320);
  for (const { text, ids, decoded } of golden.cases) {
    assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
    assert.equal(tokenizer.decode(ids), decoded, JSON.stringify(text));
  }
});

Deno.test("text that has no token is refused, and no ids make no text", () => {
  const letters = new Tokenizer(characterTokenizer("ab"));
  assert.throws(() => letters.encode("abc"), {
    name: "RangeError",
    message: "Cannot encode c: the vocabulary has no token for it",
  });
  assert.equal(letters.decode([]), "");
});

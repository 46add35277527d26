/** GGUF's tokenizers against SentencePiece's own; tools/golden/sentencepiece_tokenizer.py makes the data. @module */
import assert from "node:assert/strict";
import { ggufTokenizer } from "../../src/text/gguf_tokenizer.ts";
import golden from "../golden/gguf/sentencepiece.json" with { type: "json" };

/** The metadata of a file, with some fields changed. */
function metadata(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const fields = { model: "llama", ...golden.metadata, ...changes };
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`tokenizer.ggml.${name}`, value]),
  );
}

Deno.test("a SentencePiece vocabulary encodes and decodes 320 texts as SentencePiece does", () => {
  const tokenizer = ggufTokenizer(metadata(), "model.gguf");
  assert.equal(golden.cases.length, 320);
  assert.ok(golden.cases.some(({ ids }) => ids.some((id) => golden.metadata.token_type[id] === 6)));
  for (const { text, ids, decoded } of golden.cases) {
    assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
    assert.equal(tokenizer.decode(ids), decoded, JSON.stringify(text));
  }
});

Deno.test("an id without a token, as of an embedding's spare rows, is left out of a text", () => {
  const tokenizer = ggufTokenizer(metadata(), "model.gguf"), ids = tokenizer.encode("a model");
  const spare = golden.metadata.tokens.length + 5;
  assert.equal(tokenizer.decode([...ids.slice(0, 1), spare, ...ids.slice(1), spare]), "a model");
  assert.equal(tokenizer.decode([spare]), "");
});

Deno.test("a text starts with the token that the file says, and with a blank unless it says not", () => {
  const text = "a model", { bos_token_id } = golden.metadata;
  const plain = ggufTokenizer(metadata(), "model.gguf");
  assert.deepEqual(plain.encode(text, true), [bos_token_id, ...plain.encode(text)]);
  const bare = ggufTokenizer(
    metadata({ add_bos_token: false, add_space_prefix: false }),
    "model.gguf",
  );
  assert.deepEqual(bare.encode(` ${text}`, true), plain.encode(text));
  assert.equal(bare.decode(bare.encode(text)), text);
});

Deno.test("Llama 3's texts start with its token where the file says nothing, and GPT-2's do not", () => {
  const start = (pre: string) =>
    ggufTokenizer(metadata({ model: "gpt2", pre, merges: [] }), "model.gguf").encode("", true);
  assert.deepEqual(start("llama-bpe"), [golden.metadata.bos_token_id]);
  assert.deepEqual(start("gpt-2"), []);
});

Deno.test("a tokenizer that cannot be read is named with its field", () => {
  const refused = (changes: Readonly<Record<string, unknown>>, message: string) =>
    assert.throws(() => ggufTokenizer(metadata(changes), "model.gguf"), {
      name: "SyntaxError",
      message: `Cannot read model.gguf: tokenizer.ggml.${message}`,
    });
  refused({ model: "bert" }, "model is bert; supported are gpt2, llama");
  refused({ model: "constructor" }, "model is constructor; supported are gpt2, llama");
  refused({ scores: undefined }, "scores is no list of numbers");
  refused({ tokens: [1] }, "tokens is no list of strings");
  refused({ precompiled_charsmap: [0] }, "precompiled_charsmap is not supported");
  refused({ model: "gpt2", pre: "x" }, "pre is x; supported are gpt-2, smollm, qwen2, llama-bpe");
  refused({ model: "gpt2", pre: "smollm" }, "merges is no list of strings");
});

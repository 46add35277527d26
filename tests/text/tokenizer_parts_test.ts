/** Parts of a tokenizer.json against Hugging Face's tokenizers; tools/golden/tokenizer_parts.py makes the data. @module */
import assert from "node:assert/strict";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import golden from "../golden/tokenizer_parts.json" with { type: "json" };

const NONE = { added_tokens: [], normalizer: null, post_processor: null, decoder: null };

for (const { name, ids, ...parts } of golden.cases) {
  Deno.test(`tokenizer.json, ${name}: ids are those of Hugging Face's tokenizers`, () => {
    const definition = { ...NONE, model: golden.model, pre_tokenizer: golden.bytes, ...parts };
    const tokenizer = new Tokenizer(definition);
    assert.deepEqual(golden.texts.map((text) => tokenizer.encode(text)), ids);
  });
}

/** A tokenizer of whole tokens, for what it decodes. */
function decoderOf(decoder: unknown): Tokenizer {
  const tokens = ["<s>", "▁▁a", "▁", "b▁", "$"];
  const model = { type: "WordLevel", vocab: Object.fromEntries(tokens.map((t, i) => [t, i])) };
  const special = { id: 0, content: "<s>", special: true, normalized: false };
  const parts = { model: { ...model, unk_token: "<s>" }, decoder, added_tokens: [special] };
  return new Tokenizer({ ...NONE, pre_tokenizer: null, ...parts });
}

Deno.test("decoders write what Hugging Face's tokenizers write", () => {
  // Each is what tokenizers 0.23.3 makes of the ids.
  const metaspace = { type: "Metaspace", replacement: "▁", split: true };
  const ids = [0, 1, 2, 3, 1];
  const always = decoderOf({ ...metaspace, prepend_scheme: "always" });
  assert.equal(always.decode(ids), "a b   a");
  assert.equal(always.decode([3, 3]), "bb ");
  assert.equal(decoderOf({ ...metaspace, prepend_scheme: "first" }).decode(ids), "a b   a");
  assert.equal(decoderOf({ ...metaspace, prepend_scheme: "never" }).decode(ids), "  a b   a");
  const replace = { type: "Replace", pattern: { String: "$" }, content: "$&$$" };
  assert.equal(decoderOf(replace).decode([4, 3]), "$&$$b▁");
  const sequence = { type: "Sequence", decoders: [metaspace] };
  assert.throws(
    () => decoderOf(sequence),
    /decoder\[0\] is a Metaspace with prepend_scheme "always"/,
  );
});

Deno.test("settings of tokenizer_config.json that only the library knows change no ids", () => {
  const definition = { ...NONE, model: golden.model, pre_tokenizer: golden.bytes };
  const config = { remove_space: true, do_lowercase_and_remove_accent: true };
  const text = "  É  a ";
  assert.deepEqual(
    new Tokenizer(definition, config).encode(text),
    new Tokenizer(definition).encode(text),
  );
});

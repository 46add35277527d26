/** Tokenizers of directories in Hugging Face layout: what their files say besides tokenizer.json, and where they disagree. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodePrompt, loadPolicy, savePolicy } from "../../src/policy/mod.ts";
import type { Policy } from "../../src/policy/mod.ts";
import { addedToken, characterTokenizer } from "../../src/text/tokenizer.ts";

const LISTPROG = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const ALPHABET = "0123456789rtwniabcdQT:?=#";
const BASE = { tokenizer_class: "PreTrainedTokenizerFast", pad_token: "<pad>" };
const CONFIG = { ...BASE, eos_token: "<eos>" };
const DEFINITION = characterTokenizer(ALPHABET);
const FLAGS = {
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
};

/** Files by path: JSON, or text as it is; `undefined` takes one away. */
type Files = Readonly<Record<string, unknown>>;

class Model implements Disposable {
  readonly directory = Deno.makeTempDirSync({ prefix: "soar-tokenizer-" });

  constructor(files: Files) {
    for (const { name } of Deno.readDirSync(LISTPROG)) {
      Deno.copyFileSync(join(LISTPROG, name), join(this.directory, name));
    }
    const given = { "tokenizer.json": DEFINITION, ...files };
    for (const [path, content] of Object.entries(given)) {
      const file = join(this.directory, path);
      Deno.mkdirSync(join(file, ".."), { recursive: true });
      if (content === undefined) Deno.removeSync(file);
      else {Deno.writeTextFileSync(
          file,
          typeof content === "string" ? content : JSON.stringify(content),
        );}
    }
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

function withPolicy<T>(files: Files, use: (policy: Policy) => T, date?: string): T {
  using model = new Model(files);
  using policy = loadPolicy(model.directory, undefined, [], date);
  return use(policy);
}

function refused(files: Files, message: RegExp, date?: string): void {
  using model = new Model(files);
  assert.throws(() => loadPolicy(model.directory, undefined, [], date), (error: Error) => {
    assert.ok(error.message.includes(model.directory), error.message);
    assert.match(error.message, message);
    return true;
  });
}

const rendered = ({ chat }: Policy) => chat!.render([{ role: "user", content: "12a" }]);

Deno.test("special tokens stand in special_tokens_map.json, where the config lists no added tokens", () => {
  const chat_template =
    "{{bos_token}}{% for m in messages %}{{m.content}}{% endfor %}{{eos_token}}";
  const map = { bos_token: "<pad>", eos_token: { content: "<eos>" } };
  const files = {
    "tokenizer_config.json": { ...BASE, chat_template },
    "special_tokens_map.json": map,
  };
  // As transformers 5.23 writes it.
  assert.equal(withPolicy(files, rendered), "<pad>12a<eos>");
  assert.deepEqual(withPolicy(files, encodePromptOf("12a")), [0, 3, 4, 17, 1]);
  const added_tokens_decoder = {
    0: { content: "<pad>", ...FLAGS },
    1: { content: "<eos>", ...FLAGS },
  };
  const listed = {
    "tokenizer_config.json": { ...CONFIG, chat_template, added_tokens_decoder },
    "special_tokens_map.json": { ...map, eos_token: "<pad>" },
  };
  assert.equal(withPolicy(listed, rendered), "12a<eos>", "the map does not count then");
});

const encodePromptOf = (text: string) => (policy: Policy) => encodePrompt(policy, { text });

Deno.test("added tokens are those of the config, or else of added_tokens.json, with transformers' ids", () => {
  const ids = (files: Files) => withPolicy(files, encodePromptOf("1<x>2"));
  const config = {
    ...CONFIG,
    added_tokens_decoder: {
      0: { content: "<pad>", ...FLAGS },
      1: { content: "<eos>", ...FLAGS, lstrip: true },
      26: { content: "#", ...FLAGS },
    },
  };
  const flagged = (policy: Policy) => policy.tokenizer.encode("1 <eos>2#");
  assert.deepEqual(withPolicy({ "tokenizer_config.json": config }, flagged), [3, 1, 4, 26]);
  assert.throws(
    () => withPolicy({}, flagged),
    /Cannot encode {2}: the vocabulary has no token for it/,
  );
  const room = { ...DEFINITION, model: { ...DEFINITION.model as object, vocab: smaller() } };
  const roomy = { "tokenizer.json": room, "tokenizer_config.json": CONFIG };
  assert.deepEqual(ids({ ...roomy, "added_tokens.json": { "<x>": 26 } }), [3, 26, 4]);
  refused({ ...roomy, "added_tokens.json": { "<x>": 5 } }, /tokens "3" and "<x>" both have id 5/);
  refused(
    { ...roomy, "added_tokens.json": { "<x>": 27 } },
    /tokenizer\.json: token "<x>" of added_tokens has id 27, the model's embedding has 27 rows/,
  );
  refused(
    { "tokenizer_config.json": { ...CONFIG, added_tokens_decoder: { 5: { content: "#" } } } },
    /token "#" has id 26, and 5 in added_tokens_decoder/,
  );
});

Deno.test("named tokens are special wherever they stand in the vocabulary", () => {
  const bare = { ...DEFINITION, added_tokens: [] };
  const read = (config: object) =>
    withPolicy(
      { "tokenizer.json": bare, "tokenizer_config.json": config },
      ({ tokenizer }) => [tokenizer.encode("1<eos>2#"), tokenizer.decode([3, 1, 4, 26])],
    );
  // As transformers 5.23 does it.
  assert.deepEqual(read(CONFIG), [[3, 1, 4, 26], "12#"]);
  assert.deepEqual(read({ ...CONFIG, additional_special_tokens: ["#"] })[1], "12");
  assert.deepEqual(read({ ...CONFIG, extra_special_tokens: [{ content: "#" }] })[1], "12");
  refused(
    { "tokenizer_config.json": { ...CONFIG, split_special_tokens: true } },
    /tokenizer_config\.json: split_special_tokens is true; supported is false/,
  );
});

/** The vocabulary without its last token. */
function smaller(): Record<string, number> {
  const { vocab } = DEFINITION.model as { vocab: Record<string, number> };
  return Object.fromEntries(Object.entries(vocab).filter(([token]) => token !== "#"));
}

Deno.test("every id has a row in the embedding, and is the one that transformers gives", () => {
  const withToken = (id: number, more: object = {}) => ({
    "tokenizer.json": {
      ...DEFINITION,
      added_tokens: [...DEFINITION.added_tokens as object[], addedToken(id, "<far>", true)],
      ...more,
    },
  });
  refused(
    withToken(40),
    /token "<far>" of added_tokens has id 40, the model's embedding has 27 rows/,
  );
  refused(withToken(2 ** 31), /token "<far>" of added_tokens has id 2147483648/);
  refused(withToken(-1), /token "<far>" of added_tokens has id -1/);
  refused(withToken(1.5), /token "<far>" of added_tokens has id 1\.5/);
  const model = { ...DEFINITION.model as object, vocab: { ...smaller(), "#": 2 ** 31 } };
  refused(
    { "tokenizer.json": { ...DEFINITION, model } },
    /token "#" of model\.vocab has id 2147483648/,
  );
  const gap = { ...DEFINITION.model as object, vocab: dropping(smaller(), "=") };
  refused(
    withToken(26, { model: gap }),
    /token "<far>" of added_tokens has id 26, and transformers gives it 25, the next that is free/,
  );
});

function dropping(vocab: Record<string, number>, token: string): Record<string, number> {
  const { [token]: _, ...rest } = vocab;
  return rest;
}

Deno.test("completions end at the ends of generation_config.json and at the tokenizer's own, and it is told", () => {
  const ends = (files: Files) =>
    withPolicy(files, ({ endIds, note }) => ({ ids: [...endIds], note }));
  assert.deepEqual(ends({}), { ids: [1], note: undefined });
  assert.deepEqual(ends({ "generation_config.json": { eos_token_id: 5 } }), {
    ids: [5, 1],
    note: "generation_config.json ends texts at 5, the tokenizer at 1 (<eos>): " +
      "completions end at any of them",
  });
  assert.deepEqual(ends({ "generation_config.json": { eos_token_id: [1, 5] } }).ids, [1, 5]);
  assert.deepEqual(ends({ "generation_config.json": undefined }).ids, [1], "the tokenizer's alone");
  assert.deepEqual(ends({ "tokenizer_config.json": BASE }).ids, [1], "the model's alone");
  const config = JSON.parse(Deno.readTextFileSync(join(LISTPROG, "config.json")));
  const old = { "generation_config.json": {}, "config.json": { ...config, eos_token_id: 7 } };
  assert.deepEqual(ends(old).ids, [7, 1]);
  for (const id of [27, -1, 2 ** 31, "1", 1.5, [1, 99], [null]]) {
    refused(
      { "generation_config.json": { eos_token_id: id } },
      /generation_config\.json: eos_token_id is .*; the model writes tokens 0 to 26/,
    );
  }
  refused(
    { "tokenizer_config.json": { ...BASE, eos_token: "<nope>" } },
    /tokenizer_config\.json: eos_token is "<nope>", which the vocabulary has not/,
  );
});

Deno.test("a saved policy ends where it ended, and says nothing of what its first files said", () => {
  using model = new Model({ "generation_config.json": { eos_token_id: 5 } });
  using copy = new Model({});
  using policy = loadPolicy(model.directory);
  savePolicy(policy, copy.directory);
  using again = loadPolicy(copy.directory);
  assert.deepEqual({ ids: [...again.endIds], note: again.note }, { ids: [5, 1], note: undefined });
});

/** A post-processor that puts tokens around a text. */
function around(before: readonly string[], after: readonly string[]) {
  const { vocab } = DEFINITION.model as { vocab: Record<string, number> };
  const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  return {
    type: "TemplateProcessing",
    single: [...before.map(special), { Sequence: { id: "A", type_id: 0 } }, ...after.map(special)],
    pair: [],
    special_tokens: Object.fromEntries(
      [...before, ...after].map((
        token,
      ) => [token, { id: token, ids: [vocab[token]], tokens: [token] }]),
    ),
  };
}

Deno.test("a prompt does not end in the end token that the tokenizer appends to texts", () => {
  const prompt = (post_processor: unknown) =>
    withPolicy({ "tokenizer.json": { ...DEFINITION, post_processor } }, encodePromptOf("12"));
  assert.deepEqual(prompt(around(["<pad>"], ["<eos>"])), [0, 3, 4]);
  assert.deepEqual(prompt(around([], ["<eos>", "<eos>"])), [3, 4]);
  const sequence = { type: "Sequence", processors: [around([], ["<eos>"])] };
  assert.deepEqual(prompt(sequence), [3, 4]);
  const roberta = {
    type: "RobertaProcessing",
    cls: ["<pad>", 0],
    sep: ["<eos>", 1],
    trim_offsets: true,
  };
  assert.deepEqual(prompt({ ...roberta, add_prefix_space: false }), [0, 3, 4]);
  refused(
    { "tokenizer.json": { ...DEFINITION, post_processor: around([], ["#"]) } },
    /its post_processor appends token 26 to texts, which does not end them/,
  );
  const wrong = around(["<pad>"], []);
  wrong.special_tokens["<pad>"]!.ids = [5];
  refused(
    { "tokenizer.json": { ...DEFINITION, post_processor: wrong } },
    /post_processor has id 5 for "<pad>", the vocabulary 0/,
  );
});

Deno.test("of several chat templates the default is used, and files go before the config", () => {
  const template = (name: string) => `${name} {{ messages[0].content }}`;
  const config = (chat_template: unknown) => ({
    "tokenizer_config.json": { ...CONFIG, chat_template },
  });
  const named = [
    { name: "tool_use", template: "T" },
    { name: "default", template: template("D") },
  ];
  assert.equal(withPolicy(config(named), rendered), "D 12a");
  assert.equal(withPolicy(config({ default: template("D"), rag: "R" }), rendered), "D 12a");
  const file = { ...config(template("C")), "chat_template.jinja": template("F") };
  assert.equal(withPolicy(file, rendered), "F 12a");
  const both = { ...file, "additional_chat_templates/tool_use.jinja": "T" };
  assert.equal(withPolicy(both, rendered), "F 12a");
  assert.equal(withPolicy({}, ({ chat }) => chat), undefined);
  refused(
    config([{ name: "tool_use", template: "T" }]),
    /chat templates tool_use and none is called default/,
  );
  refused(
    { ...config(template("C")), "additional_chat_templates/tool_use.jinja": "T" },
    /chat templates tool_use and none is called default; put the one to use into chat_template\.jinja/,
  );
  refused(config(""), /tokenizer_config\.json: chat_template is empty/);
  refused(config(5), /tokenizer_config\.json: chat_template is no text: 5/);
  refused(config("{% for %}"), /Cannot read the chat template/);
  refused(config("{{ raise_exception('no') }}"), /its chat template takes no user's message: no/);
  refused(
    { "tokenizer_config.json": { ...CONFIG, chat_template: "{{ sep_token }}", sep_token: "[S]" } },
    /sep_token is "\[S\]", which the vocabulary has not/,
  );
});

Deno.test("the day that a chat template asks for is fixed, kept with the policy, and the user's to set", () => {
  const chat_template =
    "{{ strftime_now('%d') }}{% for m in messages %}{{ m.content }}{% endfor %}";
  const files = { "tokenizer_config.json": { ...CONFIG, chat_template } };
  assert.equal(withPolicy(files, rendered), "2612a");
  assert.equal(withPolicy(files, rendered, "2001-02-03"), "0312a");
  using model = new Model(files);
  using copy = new Model({});
  using policy = loadPolicy(model.directory, undefined, [], "2001-02-03");
  savePolicy(policy, copy.directory);
  using again = loadPolicy(copy.directory);
  assert.equal(rendered(again), "0312a");
  assert.equal(again.tokenizer.config.chat_date, "2001-02-03");
  refused(files, /the date is "3 Feb"; it is written as YYYY-MM-DD/, "3 Feb");
  refused({}, /the date is 2001-02-03, and the chat template asks for none/, "2001-02-03");
});

Deno.test("a tokenizer.json that is none is told with its name", () => {
  const broken = (changes: object, message: RegExp) =>
    refused({ "tokenizer.json": { ...DEFINITION, ...changes } }, message);
  broken({ model: undefined }, /tokenizer\.json: it has no model/);
  broken({ model: { type: "BPE" } }, /tokenizer\.json: its model has no vocab/);
  broken({ added_tokens: {} }, /tokenizer\.json: added_tokens is no list/);
  broken({ added_tokens: [null] }, /tokenizer\.json: added_tokens has a token that is no text/);
  const model = (changes: object) => ({ model: { ...DEFINITION.model as object, ...changes } });
  const bpe = { type: "BPE", merges: [], unk_token: null };
  broken(
    model({ ...bpe, dropout: 0.1 }),
    /model is a BPE with "dropout" 0\.1, which is not supported/,
  );
  broken(model({ ...bpe, continuing_subword_prefix: "##" }), /with "continuing_subword_prefix"/);
  broken(
    { normalizer: { type: "x".repeat(1e5) } },
    /normalizer\.type is "x{10,80}…; supported are/,
  );
  broken(
    { normalizer: { type: "Precompiled", precompiled_charsmap: "" } },
    /normalizer\.type is "Prec/,
  );
  broken({ extra: 1 }, /tokenizer\.json: "extra" is not known here/);
  const word = { ...addedToken(0, "<pad>", true), single_word: true };
  broken(
    { added_tokens: [word, addedToken(1, "<eos>", true)] },
    /"<pad>" of added_tokens has single_word/,
  );
  const split = { type: "Split", pattern: { Regex: "." }, behavior: "Isolated", invert: false };
  const sequence = (last: object) => ({
    pre_tokenizer: { type: "Sequence", pretokenizers: [split, last] },
  });
  broken(
    sequence({ ...split, behavior: "MergedWithNext" }),
    /pre_tokenizer\[1\] is a Split with "beh/,
  );
  broken(sequence({ ...split, invert: true }), /pre_tokenizer\[1\] is a Split with "behavior"/);
  broken(sequence({ ...split, pattern: {} }), /pre_tokenizer\[1\] is a Split with "pattern" \{\}/);
  broken(sequence({ type: "Split", behavior: "Removed" }), /is a Split without pattern/);
  broken(
    sequence({ type: "Metaspace", replacement: "▁", add_prefix_space: false }),
    /is a Metaspace/,
  );
  broken(
    sequence({ type: "Punctuation", behavior: "MergedWithNext" }),
    /is a Punctuation with "behavior"/,
  );
  broken(sequence({ type: "Digits", individual_digits: true, new: 1 }), /is a Digits with "new" 1/);
});

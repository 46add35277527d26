import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readTensors, writeTensors } from "../models.ts";
import type { Adapter } from "../../src/models/mod.ts";
import { Random } from "../../src/random/random.ts";
import { adaptPolicy, loadPolicy, savePolicy } from "../../src/policy/mod.ts";
import { characterTokenizer, Tokenizer } from "../../src/text/tokenizer.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

function copy(): { directory: string } & Disposable {
  const directory = Deno.makeTempDirSync();
  for (const { name } of Deno.readDirSync(MODEL)) {
    Deno.copyFileSync(join(MODEL, name), join(directory, name));
  }
  return { directory, [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }) };
}

function edit(file: string, change: (json: Record<string, unknown>) => void): void {
  const json = JSON.parse(Deno.readTextFileSync(file));
  change(json);
  Deno.writeTextFileSync(file, JSON.stringify(json));
}

Deno.test("weights rounded while they are read are saved as they are held, under adapters too", () => {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const adapter: Adapter = { rank: 2, alpha: 4, targets: ["q_proj"] };
    using policy = adaptPolicy(loadPolicy(MODEL, "float16"), adapter, new Random("file"));
    savePolicy(policy, directory);
    using plain = loadPolicy(directory, "float32"), exact = loadPolicy(MODEL);
    for (const name of plain.weights.shapes.keys()) {
      assert.deepEqual(plain.weights.read(name), policy.weights.read(name), name);
    }
    assert.notDeepEqual(plain.weights.flat.data, exact.weights.flat.data);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("a saved policy is read back bit by bit", () => {
  using policy = loadPolicy(MODEL);
  using target = copy();
  savePolicy(policy, target.directory);
  for (
    const name of ["config.json", "model.safetensors", "generation_config.json", "tokenizer.json"]
  ) {
    assert.deepEqual(
      Deno.readFileSync(join(target.directory, name)),
      Deno.readFileSync(join(MODEL, name)),
      name,
    );
  }
});

type Break = readonly [name: string, damage: (directory: string) => void, message: RegExp];
const BREAKS: readonly Break[] = [
  [
    "a missing file",
    (d) => Deno.removeSync(join(d, "model.safetensors")),
    /Cannot read .*model\.safetensors: No such file/,
  ],
  [
    "a truncated file",
    (d) => Deno.truncateSync(join(d, "model.safetensors"), 5000),
    /tensor model\.\S+ ends at byte \d+ of \d+: the file is truncated/,
  ],
  [
    "a file of a few bytes",
    (d) => Deno.truncateSync(join(d, "model.safetensors"), 3),
    /it has 3 bytes, too few for safetensors/,
  ],
  [
    "JSON that is none",
    (d) => Deno.writeTextFileSync(join(d, "config.json"), "{"),
    /Cannot read .*config\.json: /,
  ],
  [
    "another architecture",
    (d) => edit(join(d, "config.json"), (c) => c.model_type = "gpt2"),
    /model_type is gpt2; supported are llama, qwen2, qwen3/,
  ],
  [
    "a missing size",
    (d) => edit(join(d, "config.json"), (c) => delete c.hidden_size),
    /hidden_size is undefined/,
  ],
  [
    "another shape",
    (d) => edit(join(d, "config.json"), (c) => c.intermediate_size = 8),
    /tensor model\.layers\.0\.mlp\.gate_proj\.weight is \[176,64\], the model's config asks for \[8,64\]/,
  ],
  [
    "a missing tensor",
    (d) => edit(join(d, "config.json"), (c) => c.tie_word_embeddings = false),
    /tensor lm_head\.weight is missing/,
  ],
  [
    "a vocabulary larger than the embedding",
    (d) => edit(join(d, "config.json"), (c) => c.vocab_size = 5),
    /tokenizer\.json: token "3" of model\.vocab has id 5, the model's embedding has 5 rows/,
  ],
  [
    "no end id",
    (d) => {
      Deno.writeTextFileSync(join(d, "generation_config.json"), "{}");
      edit(join(d, "tokenizer_config.json"), (c) => delete c.eos_token);
    },
    /generation_config\.json has no eos_token_id, and tokenizer_config\.json no eos_token/,
  ],
  ["weights that are not finite", (d) => {
    const path = join(d, "model.safetensors"), bytes = Deno.readFileSync(path);
    bytes.set(new Uint8Array(new Float32Array([NaN]).buffer), bytes.length - 4);
    Deno.writeFileSync(path, bytes);
  }, /tensor model\.\S+ holds values that are not finite/],
];
for (const [name, damage, message] of BREAKS) {
  Deno.test(`loadPolicy() tells ${name}`, () => {
    using broken = copy();
    damage(broken.directory);
    assert.throws(() => loadPolicy(broken.directory), message);
  });
}

Deno.test("readSafetensors() refuses headers that lie", () => {
  const file = (header: unknown) => {
    const text = new TextEncoder().encode(JSON.stringify(header));
    const bytes = new Uint8Array(8 + text.length + 8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    return bytes;
  };
  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  assert.deepEqual([...readTensors(file({ w: entry }), "f").get("w")!.data], [0, 0]);
  const lies: readonly [unknown, RegExp][] = [
    [{ w: { ...entry, shape: [3] } }, /tensor w of shape \[3\] needs 12 bytes, has 8/],
    [{ w: { ...entry, data_offsets: [8, 16] } }, /tensor w ends at byte 16 of 8/],
    [{ w: { ...entry, data_offsets: [-8, 0] } }, /tensor w has no valid data_offsets/],
    [{ w: { ...entry, shape: [-2] } }, /tensor w has no valid shape/],
    [{ w: { ...entry, dtype: "I9" } }, /tensor w has type I9/],
    [{ w: null }, /tensor w has no valid shape/],
    [[], /its header is not a JSON object/],
  ];
  for (const [header, message] of lies) {
    assert.throws(() => readTensors(file(header), "f"), message);
  }
  const huge = new Uint8Array(16);
  new DataView(huge.buffer).setBigUint64(0, 1n << 60n, true);
  assert.throws(() => readTensors(huge, "f"), /its header claims \d+ bytes, the file has 16/);
});

Deno.test("safetensors keep names, shapes and values", () => {
  const tensors = new Map([
    ["a", { shape: [2, 1], data: new Float32Array([1, -2]) }],
    ["b", { shape: [], data: new Float32Array([0.5]) }],
  ]);
  assert.deepEqual(readTensors(writeTensors(tensors), "f"), tensors);
});

Deno.test("a character tokenizer takes every character of its alphabet and back", () => {
  const tokenizer = new Tokenizer(characterTokenizer("ab:?#0"));
  const ids = tokenizer.encode("ab:?#0ab");
  assert.equal(ids.length, 8);
  assert.equal(tokenizer.decode(ids), "ab:?#0ab");
  assert.equal(tokenizer.decode([...ids, tokenizer.id("<eos>")]), "ab:?#0ab");
  assert.equal(tokenizer.size, 8);
  assert.throws(() => tokenizer.id("z"), /Cannot find token z in the vocabulary/);
});

/** GGUF against llama.cpp's Python package; tools/golden/gguf_files.py makes the data. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { type ElementName, ELEMENTS, fromBytes, readGguf } from "../../src/models/mod.ts";
import { readWeights } from "../../src/policy/hugging_face.ts";
import { encodePrompt, loadConfig, loadGguf } from "../../src/policy/mod.ts";
import { scalingOf } from "../../src/models/rotary.ts";
import blocks from "../golden/gguf/blocks.json" with { type: "json" };
import golden from "../golden/gguf/llama.json" with { type: "json" };

const GOLDEN = fileURLToPath(new URL("../golden", import.meta.url));
const FILE = join(GOLDEN, "gguf/llama.gguf");

for (const [name, { bytes, values }] of Object.entries(blocks)) {
  Deno.test(`${name} blocks stand for the numbers that llama.cpp reads in them`, () => {
    const raw = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
    const into = new Float32Array(values.length);
    ELEMENTS[name as ElementName].decode(raw, into);
    values.forEach((value, i) =>
      assert.ok(Math.abs(into[i]! - value) <= 1e-6 * Math.abs(value), `[${i}] ${into[i]} ${value}`)
    );
  });
}

Deno.test("a GGUF file has the weights, names and order of rows of its Hugging Face checkpoint", async () => {
  using policy = await loadGguf(FILE);
  const directory = join(GOLDEN, "architectures/llama");
  using expected = readWeights(directory, policy.config);
  const quantized = new Map(Object.entries(golden.weights as Record<string, number[]>));
  assert.ok(quantized.size > 0);
  for (const [name, weight] of policy.weights.tensors) {
    const values = quantized.get(name) ?? [...expected.tensors.get(name)!.data];
    assert.deepEqual([...weight.data], values, name);
  }
  const { rms_norm_eps, rope_theta, head_dim, tie_word_embeddings } = policy.config;
  assert.deepEqual(
    { rms_norm_eps, rope_theta, head_dim, tie_word_embeddings },
    { rms_norm_eps: 1e-5, rope_theta: 10000, head_dim: 16, tie_word_embeddings: false },
  );
});

Deno.test("Llama 3's stretched angles and a Llama's biases are read from GGUF", async () => {
  const file = join(GOLDEN, "gguf/llama3.gguf"),
    directory = join(GOLDEN, "architectures/llama_bias_rope3");
  using policy = await loadGguf(file);
  const expected = loadConfig(directory);
  for (const field of ["rope_scaling", "rope_theta", "attention_bias", "head_dim"] as const) {
    assert.deepEqual(policy.config[field], expected[field]);
  }
  using weights = readWeights(directory, expected);
  assert.deepEqual([...policy.weights.shapes.keys()], [...weights.shapes.keys()]);
  for (const name of weights.shapes.keys()) {
    assert.deepEqual(policy.weights.read(name), weights.read(name), name);
  }
});

Deno.test("rotary angles that are stretched in another way are refused", () => {
  const angles = { head_dim: 16, rope_theta: 500 };
  assert.equal(scalingOf([1.5, 2, 3, 4, 5, 6, 7, 8], angles), undefined);
  assert.equal(scalingOf([1, 1, 8, 8, 8, 8, 8, 8], angles), undefined);
});

Deno.test("a GGUF file's tokenizer and chat template are its own", async () => {
  using policy = await loadGguf(FILE);
  assert.deepEqual(policy.tokenizer.encode("abc a<end>"), [8, 9, 0]);
  assert.equal(policy.tokenizer.decode([8, 9, 7]), "abc aab");
  assert.deepEqual([...policy.endIds], [0]);
  assert.deepEqual(encodePrompt(policy, { text: "ab" }), [7, 0]);
});

function header(fill: (view: DataView) => void, size = 64): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  bytes.set(new TextEncoder().encode("GGUF"));
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 3, true);
  fill(view);
  return bytes;
}

const DAMAGED: Readonly<Record<string, readonly [Uint8Array<ArrayBuffer>, RegExp]>> = {
  "another file": [new Uint8Array(64), /Cannot read f: it is no GGUF file/],
  "too few bytes": [new Uint8Array(8), /Cannot read f: it has 8 bytes, too few for GGUF/],
  "another version": [header((v) => v.setUint32(4, 9, true)), /GGUF version 9; read are 2 and 3/],
  "an absurd number of tensors": [
    header((v) => v.setBigUint64(8, 2n ** 62n, true)),
    /claims 4611686018427387904 tensors and 0 entries, the file has 64 bytes/,
  ],
  "an absurd number of entries": [
    header((v) => v.setBigUint64(16, 2n ** 40n, true)),
    /claims 0 tensors and 1099511627776 entries/,
  ],
  "a string longer than the file": [
    header((v) => {
      v.setBigUint64(16, 1n, true);
      v.setBigUint64(24, 2n ** 50n, true);
    }),
    /Cannot read f: its header is damaged/,
  ],
};
for (const [name, [bytes, message]] of Object.entries(DAMAGED)) {
  Deno.test(`a GGUF file with ${name} is refused`, async () => {
    await assert.rejects(readGguf(fromBytes(bytes, "f")), message);
  });
}

Deno.test("a truncated GGUF file is told with its tensor", async () => {
  const bytes = Deno.readFileSync(FILE);
  await assert.rejects(
    readGguf(fromBytes(bytes.slice(0, bytes.length - 64), "f")),
    /Cannot read f: tensor blk\.1\.ffn_down\.weight ends at byte \d+ of \d+: the file is truncated/,
  );
});

Deno.test("readGguf() refuses or reads ten thousand damaged files, and never crashes", async () => {
  const good = Deno.readFileSync(FILE);
  const { source: { size }, tensors } = await readGguf(fromBytes(good, "f"));
  const start = Math.min(...[...tensors.values()].map(({ offset }) => offset));
  const change = fc.tuple(fc.nat(start - 1), fc.nat(255));
  const damaged = fc.tuple(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(size)).map(
    ([changes, end]) => {
      const bytes = good.slice(0, end % 7 === 0 ? end : size);
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
      return bytes;
    },
  );
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      try {
        await readGguf(fromBytes(bytes, "f"));
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
        assert.match(error.message, /^Cannot read f: /);
        refused++;
      }
    }),
    { numRuns: 10_000, seed: 1 },
  );
  assert.ok(refused > 1000, `${refused} were refused`);
});

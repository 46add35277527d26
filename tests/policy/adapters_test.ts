/** LoRA against PEFT; tools/golden/adapters.py makes the data. @module */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generate } from "../../src/generate/mod.ts";
import {
  type Adapter,
  initializeAdapters,
  mergeAdapters,
  type Weights,
} from "../../src/models/mod.ts";

import { Random } from "../../src/random/random.ts";
import { loadAdapters } from "../../src/policy/adapter_files.ts";
import { loadConfig, readWeights } from "../../src/policy/hugging_face.ts";
import {
  adaptPolicy,
  clonePolicy,
  loadPolicy,
  loadReference,
  savePolicy,
  withAdapters,
} from "../../src/policy/mod.ts";
import { ADAMW, score, Trainer } from "../../src/train/mod.ts";
import listprog from "../golden/listprog.json" with { type: "json" };
import golden from "../golden/adapters/golden.json" with { type: "json" };
import { readTensors, testSessions } from "../models.ts";
import { lossOf } from "../training.ts";

const GOLDEN = fileURLToPath(new URL("../golden", import.meta.url));
const LISTPROG = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const ADAPTER: Adapter = { rank: 4, alpha: 8, targets: ["q_proj", "up_proj"] };

Deno.test("LoRA's losses and adapters equal PEFT's over ten AdamW steps, and the base stays", async () => {
  const base = loadConfig(join(GOLDEN, "architectures/llama"));
  using weights = readWeights(join(GOLDEN, "architectures/llama"), base);
  using before = weights.clone();
  const { adapter, adapters } = loadAdapters(base, join(GOLDEN, "adapters"));
  using _owned = adapters;
  using sessions = testSessions();
  const { learning_rate, epsilon } = golden.adamw;
  using trainer = new Trainer({
    config: { ...base, adapter },
    weights,
    adapters,
    sessions,
    loss: lossOf("cross_entropy"),
    optimizer: { ...ADAMW, epsilon },
    microBatch: 8,
  });
  const rows = golden.rows.map((ids) => ({ ids, promptLength: 1 }));
  for (const expected of golden.losses) {
    const { loss } = await trainer.step(rows, learning_rate);
    assert.ok(Math.abs(loss - expected) < 1e-4 * expected, `${loss} is not ${expected}`);
  }
  const file = join(GOLDEN, "adapters/trained.safetensors");
  for (const [name, { data }] of readTensors(Deno.readFileSync(file), file)) {
    const made = adapters.tensors.get(name.replace("base_model.model.", ""))!.data;
    data.forEach((x, i) => assert.ok(Math.abs(x - made[i]!) < 1e-4, `${name}[${i}]`));
  }
  assert.deepEqual(weights.flat.data, before.flat.data);
});

Deno.test("merged and unmerged adapters give the same ids", async () => {
  using base = loadPolicy(LISTPROG);
  const config = { ...base.config, adapter: ADAPTER };
  using adapters = initializeAdapters(config, new Random("adapters"));
  const random = new Random("merge");
  const data = adapters.flat.data;
  for (let i = 0; i < data.length; i++) data[i] = 0.1 * random.normal();
  using sessions = testSessions();
  const options = {
    prompts: listprog.greedy.map(({ prompt }) => base.tokenizer.encode(prompt)),
    samples: 4,
    maxNewTokens: 24,
    endIds: base.endIds,
    temperature: 1,
    uniform: (...at: [number, number, number]) => random.at(...at),
    batch: 64,
  };
  const unmerged = await generate({ ...base, config, adapters, sessions }, options);
  const plain = await generate({ ...base, sessions }, options);
  using merged = base.weights.clone() as Weights;
  await mergeAdapters(config, merged, adapters, sessions);
  const ids = (of: typeof plain) => of.map(({ ids }) => ids);
  const again = await generate({ config: base.config, weights: merged, sessions }, options);
  assert.deepEqual(ids(again), ids(unmerged));
  assert.notDeepEqual(ids(unmerged), ids(plain));
});

Deno.test("new adapters change nothing, and share the weights with the policy they are on", async () => {
  using base = loadPolicy(LISTPROG);
  using sessions = testSessions();
  const rows = [{ ids: listprog.logps[0]!.ids, promptLength: 1 }];
  const before = await score({ ...base, sessions, microBatch: 4 }, rows);
  const policy = adaptPolicy(base, ADAPTER, new Random(1));
  assert.deepEqual(await score({ ...policy, sessions, microBatch: 4 }, rows), before);
  using copy = clonePolicy(policy);
  assert.equal(copy.weights, base.weights);
  assert.notEqual(copy.adapters, policy.adapters);
  assert.equal(adaptPolicy(policy, { ...ADAPTER }, new Random(2)), policy);
  assert.throws(
    () => adaptPolicy(policy, { ...ADAPTER, rank: 8 }, new Random(2)),
    /Cannot put adapters of rank 8, alpha 8, .* on a policy that has some of rank 4/,
  );
  policy.adapters![Symbol.dispose]();
});

Deno.test("a policy with adapters is written in PEFT's layout, beside its weights, and read back", () => {
  const directory = Deno.makeTempDirSync();
  try {
    using policy = adaptPolicy(loadPolicy(LISTPROG), ADAPTER, new Random(3));
    policy.adapters!.flat.data.fill(0.5);
    const placed: string[] = [];
    savePolicy(policy, directory, (from, to) => {
      placed.push(from);
      Deno.copyFileSync(from, to);
    });
    assert.ok(existsSync(join(directory, "adapter/adapter_model.safetensors")));
    using read = loadPolicy(directory);
    assert.deepEqual(read.config.adapter, ADAPTER);
    for (const [name, { data }] of policy.adapters!.tensors) {
      assert.deepEqual(read.adapters!.tensors.get(name)!.data, data, name);
    }
    assert.deepEqual(placed, [join(LISTPROG, "model.safetensors")]); // the store links it if it is its own
    using onBase = withAdapters(loadPolicy(LISTPROG), join(directory, "adapter"));
    assert.deepEqual(onBase.adapters!.flat.data, read.adapters!.flat.data);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

const REFUSED: readonly [field: string, value: unknown, message: RegExp][] = [
  ["peft_type", "IA3", /peft_type is IA3; only LORA is supported/],
  ["target_modules", ["qkv"], /target_modules has qkv; supported are q_proj, /],
  ["r", 0, /r is 0/],
  ["use_dora", true, /use_dora is true; only false is supported/],
];
for (const [field, value, message] of REFUSED) {
  Deno.test(`adapters with ${field} ${JSON.stringify(value)} are refused by name`, () => {
    const directory = Deno.makeTempDirSync();
    try {
      const source = join(GOLDEN, "adapters/adapter_config.json");
      const config = { ...JSON.parse(Deno.readTextFileSync(source)), [field]: value };
      Deno.writeTextFileSync(join(directory, "adapter_config.json"), JSON.stringify(config));
      const model = loadConfig(join(GOLDEN, "architectures/llama"));
      assert.throws(() => loadAdapters(model, directory), message);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  });
}

Deno.test("recomputed activations give the same step, and keep less", async () => {
  const config = loadConfig(join(GOLDEN, "architectures/qwen3"));
  const rows = golden.rows.map((ids) => ({ ids, promptLength: 1 }));
  using sessions = testSessions();
  const step = async (recompute: boolean) => {
    const weights = readWeights(join(GOLDEN, "architectures/qwen3"), config);
    const loss = lossOf("cross_entropy");
    const options = { config, weights, sessions, loss, optimizer: ADAMW, microBatch: 8 };
    using trainer = new Trainer({ ...options, recompute });
    await trainer.step(rows, 1e-2);
    return { weights, bytes: trainer.activationBytes };
  };
  const kept = await step(false), recomputed = await step(true);
  assert.deepEqual(recomputed.weights.flat.data, kept.weights.flat.data);
  assert.ok(recomputed.bytes < kept.bytes / 3, `${recomputed.bytes} of ${kept.bytes}`);
  for (const { weights } of [kept, recomputed]) weights[Symbol.dispose]();
});

Deno.test("at first only B has a gradient, and the base has none", async () => {
  using base = loadPolicy(LISTPROG);
  const config = { ...base.config, adapter: ADAPTER };
  using adapters = initializeAdapters(config, new Random(4));
  using sessions = testSessions();
  const loss = lossOf("cross_entropy");
  const options = { ...base, config, adapters, sessions, loss, optimizer: ADAMW };
  using trainer = new Trainer({ ...options, microBatch: 4 });
  await trainer.step([{ ids: listprog.logps[0]!.ids, promptLength: 1 }], 0);
  for (const [name, { data }] of trainer.gradients.tensors) {
    const some = data.some((x) => x !== 0);
    assert.equal(some, name.includes("lora_B"), name);
  }
  assert.deepEqual([...trainer.gradients.tensors.keys()], [...adapters.tensors.keys()]);
});

Deno.test("a reference shares the weights under adapters where these are of its file, and else has its own", async () => {
  const directory = Deno.makeTempDirSync();
  const to = (name: string) => join(directory, name);
  try {
    for (const name of ["base", "trained", "other"]) Deno.mkdirSync(to(name));
    using start = loadPolicy(LISTPROG);
    savePolicy(start, to("base")); // as a store has it: one file of weights that others link
    using adapted = adaptPolicy(loadPolicy(to("base")), ADAPTER, new Random(3));
    adapted.adapters!.flat.data.fill(0.05);
    savePolicy(adapted, to("trained"), (from, link) => Deno.symlinkSync(from, link));
    using policy = loadPolicy(to("trained"));

    using sessions = testSessions();
    const rows = [{ ids: listprog.logps[0]!.ids, promptLength: 1 }];
    const logps = (given: typeof policy) => score({ ...given, sessions, microBatch: 4 }, rows);
    {
      using reference = loadReference(policy, to("base"));
      assert.equal(reference.weights, policy.weights);
      assert.equal(reference.config.adapter, undefined);
      assert.deepEqual(await logps(reference), await logps(start));
      using same = loadReference(policy, to("trained"));
      assert.equal(same.weights, policy.weights);
      assert.notEqual(same.adapters, policy.adapters);
      assert.deepEqual(await logps(same), await logps(policy));
    }
    // What was shared is still there.
    assert.notDeepEqual(await logps(policy), await logps(start));

    start.weights.flat.data.fill(0.01);
    savePolicy(start, to("other"));
    using other = loadReference(policy, to("other"));
    assert.notEqual(other.weights, policy.weights);
    using whole = loadReference(start, to("base"));
    assert.notEqual(whole.weights, start.weights);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

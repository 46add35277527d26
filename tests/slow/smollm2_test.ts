/** SmolLM2-135M-Instruct itself; `deno task slow` fetches it first. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { generate } from "../../src/generate/mod.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { type Adapter, type Precision, PRECISIONS } from "../../src/models/mod.ts";
import { adaptPolicy, encodePrompt, loadGguf, savePolicy } from "../../src/policy/mod.ts";
import { drawRollouts, type Engine, selfTest } from "../../src/rl/mod.ts";
import { score } from "../../src/train/mod.ts";
import golden from "../golden/smollm2/generation.json" with { type: "json" };

const FILE = fileURLToPath(
  new URL("../../.soar/models/SmolLM2-135M-Instruct.Q4_1.gguf", import.meta.url),
);

Deno.test("greedy completions equal transformers' token by token for 64 tokens", async () => {
  using policy = await loadGguf(FILE);
  using sessions = new Sessions();
  const prompts = golden.completions.map(({ prompt }) => encodePrompt(policy, { text: prompt }));
  assert.deepEqual(prompts, golden.completions.map(({ promptIds }) => promptIds));
  const completions = await generate({ ...policy, sessions }, {
    prompts,
    samples: 1,
    maxNewTokens: 64,
    endIds: new Set(),
    temperature: 0,
    uniform: () => 0,
    batch: 8,
  });
  assert.deepEqual(completions.map(({ ids }) => ids), golden.completions.map(({ ids }) => ids));
});

for (const precision of PRECISIONS) {
  Deno.test(`sampled log-probabilities equal teacher-forced ones: ${precision}`, async () => {
    using policy = await loadGguf(FILE, precision);
    using sessions = new Sessions();
    const engine: Engine = { sessions, decodeBatch: 32, microBatch: 4 };
    const prompts = golden.completions.map(({ prompt }) => ({ text: prompt }));
    const sampling = { temperature: 0.8, max_completion_length: 32, samples: 2 };
    const rollouts = await drawRollouts(policy, engine, prompts, sampling, new Random("slow"));
    const largest = await selfTest(policy, { ...engine, microBatch: 12 }, rollouts, 0.8);
    assert.ok(largest < 1e-3, `they differ by ${largest}`);
  });

  Deno.test(
    `what is saved opens in transformers, and its adapters in PEFT: ${precision}`,
    () => opensInTransformers(precision),
  );
}

async function opensInTransformers(precision: Precision): Promise<void> {
  const python = Deno.env.get("SOAR_PEER_PYTHON");
  assert.ok(python !== undefined, "set SOAR_PEER_PYTHON to a Python made by bench/peers/setup.sh");
  const directory = Deno.makeTempDirSync();
  try {
    using sessions = new Sessions();
    const adapter: Adapter = { rank: 4, alpha: 8, targets: ["q_proj", "o_proj", "down_proj"] };
    using policy = adaptPolicy(await loadGguf(FILE, precision), adapter, new Random("slow"));
    const random = new Random("adapters");
    const data = policy.adapters!.flat.data;
    for (let i = 0; i < data.length; i++) data[i] = 0.02 * random.normal();
    savePolicy(policy, directory);
    const { promptIds, ids } = golden.completions[0]!;
    const row = { ids: [...promptIds, ...ids], promptLength: 1 };
    const [ours] = await score({ ...policy, sessions, microBatch: 1 }, [row]);
    const script = fileURLToPath(new URL("peft_logps.py", import.meta.url));
    const args = [script, directory, row.ids.join(",")];
    const { stdout, stderr } = await new Deno.Command(python, { args }).output();
    const text = new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
    assert.ok(text.startsWith("["), new TextDecoder().decode(stderr));
    const theirs = JSON.parse(text) as number[];
    assert.equal(theirs.length, ours!.length);
    theirs.forEach((logp, t) => assert.ok(Math.abs(logp - ours![t]!) < 1e-3, `${t}: ${logp}`));
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

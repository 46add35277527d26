// Run by memory_test.ts in processes of their own: prints the peak that was measured and the one estimated.
import { gunzipSync } from "node:zlib";
import { generate } from "../../src/generate/mod.ts";
import { parameterShapes, Weights } from "../../src/models/mod.ts";
import { generationMemory, trainingMemory } from "../../src/rl/memory.ts";
import { Random } from "../../src/random/random.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { ADAMW, Trainer } from "../../src/train/mod.ts";
import { testSessions, tinyConfig } from "../models.ts";

const config = tinyConfig({
  vocab_size: 49152,
  hidden_size: 192,
  intermediate_size: 512,
  num_hidden_layers: 8,
  num_attention_heads: 3,
  num_key_value_heads: 1,
  head_dim: 64,
  max_position_embeddings: 512,
});
const random = new Random("memory");
const weights = new Weights(parameterShapes(config));
for (const { data, dims } of weights.tensors.values()) {
  if (dims.length === 1) data.fill(1);
  else for (let i = 0; i < data.length; i += 97) data[i] = random.normal();
}
const packed = Deno.readFileSync(new URL("../golden/smollm2/tokenizer.json.gz", import.meta.url));
const tokenizer = new Tokenizer(JSON.parse(new TextDecoder().decode(gunzipSync(packed))));
const sessions = testSessions();
const prompts = Array.from(
  { length: 16 },
  () => Array.from({ length: 64 }, () => random.int(config.vocab_size)),
);
const load = { rows: 64, samples: 4, prompt: 64, completion: 64 };

async function sample() {
  return await generate({ config, weights, sessions }, {
    prompts,
    samples: load.rows / prompts.length,
    maxNewTokens: load.completion,
    endIds: new Set(),
    temperature: 1,
    uniform: (...at) => random.at(...at),
    batch: load.rows,
  });
}

async function train(recompute: boolean): Promise<void> {
  const objective = {
    kind: "policy_gradient",
    level: "sequence",
    clip_low: 0.2,
    clip_high: 0.2,
  } as const;
  const options = { config, weights, sessions, objective, optimizer: ADAMW, microBatch: 128 };
  const trainer = new Trainer({ ...options, recompute });
  for (let step = 0; step < 2; step++) {
    const rows = (await sample()).map(({ prompt, ids, logps }) => ({
      ids: [...prompts[prompt]!, ...ids],
      promptLength: prompts[prompt]!.length,
      advantage: random.normal(),
      oldLogps: logps,
    }));
    await trainer.step(rows, 1e-5);
  }
}

const [work] = Deno.args;
let estimated: number;
if (work === "generate") {
  await sample();
  estimated = generationMemory(config, load);
} else {
  const recompute = work === "recompute";
  await train(recompute);
  estimated = trainingMemory(config, load, { recompute, reference: false });
}
const status = Deno.readTextFileSync("/proc/self/status");
const measured = 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
if (tokenizer.size !== config.vocab_size) throw new Error("another tokenizer"); // and keeps it alive
console.log(JSON.stringify({ measured, estimated }));

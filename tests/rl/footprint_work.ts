// Run by footprint_test.ts in processes of their own: prints the peak that was measured and the one estimated.
import { gunzipSync } from "node:zlib";
import { generate } from "../../src/generate/mod.ts";
import {
  initializeAdapters,
  makeWeights,
  type Model,
  parameterShapes,
  type Precision,
} from "../../src/models/mod.ts";
import { withPrecision } from "../../src/policy/hugging_face.ts";
import { generationMemory, trainingMemory } from "../../src/rl/peak_memory.ts";
import { Random } from "../../src/random/random.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { ADAMW, Trainer } from "../../src/train/mod.ts";
import { testSessions, tinyConfig } from "../models.ts";
import { lossOf } from "../training.ts";

const exact = tinyConfig({
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
const [work, precision = "float32"] = Deno.args as [string, Precision];
const config = withPrecision(exact, precision);
const weights = makeWeights(parameterShapes(config), precision);
for (const [name, dims] of weights.shapes) {
  // A row at a time: nothing is held twice.
  const [rows, width] = dims.length === 1 ? [1, dims[0]!] : dims as [number, number];
  for (let row = 0; row < rows; row++) {
    const values = new Float32Array(width).fill(dims.length === 1 ? 1 : 0);
    if (dims.length > 1) values[row % width] = random.normal();
    weights.write(name, values, row * width);
  }
}
const packed = Deno.readFileSync(new URL("../golden/smollm2/tokenizer.json.gz", import.meta.url));
const tokenizer = new Tokenizer(JSON.parse(new TextDecoder().decode(gunzipSync(packed))));
const sessions = testSessions();
const prompts = Array.from(
  { length: 16 },
  () => Array.from({ length: 64 }, () => random.int(config.vocab_size)),
);
const load = { rows: 64, samples: 4, promptTokens: 64, completionTokens: 64 };

async function sample() {
  return await generate({ config, weights, sessions }, {
    prompts,
    samples: load.rows / prompts.length,
    maxNewTokens: load.completionTokens,
    endIds: new Set(),
    temperature: 1,
    uniform: (...at) => random.at(...at),
    batch: load.rows,
  });
}

async function train(recompute: boolean, model: Pick<Model, "config" | "adapters">): Promise<void> {
  const options = {
    ...model,
    weights,
    sessions,
    loss: lossOf("rloo"),
    optimizer: ADAMW,
    microBatch: 128,
  };
  const trainer = new Trainer({ ...options, recompute });
  for (let step = 0; step < 2; step++) {
    const rows = (await sample()).map(({ promptIndex: prompt, ids, logps }) => ({
      ids: [...prompts[prompt]!, ...ids],
      promptLength: prompts[prompt]!.length,
      columns: { advantages: random.normal(), old_logps: logps },
    }));
    await trainer.step(rows, 1e-5);
  }
}

const adapter = { rank: 16, alpha: 32, targets: ["q_proj", "up_proj"] } as const;
let estimated: number;
if (work === "generate") {
  await sample();
  estimated = generationMemory(config, load);
} else if (work === "lora") {
  const adapted = { ...config, adapter };
  await train(false, { config: adapted, adapters: initializeAdapters(adapted, random) });
  estimated = trainingMemory(adapted, load, { recompute: false, reference: false });
} else {
  const recompute = work === "recompute";
  await train(recompute, { config });
  estimated = trainingMemory(config, load, { recompute, reference: false });
}
const status = Deno.readTextFileSync("/proc/self/status");
const measured = 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
if (tokenizer.size !== config.vocab_size) throw new Error("another tokenizer"); // and keeps it alive
console.log(JSON.stringify({ measured, estimated }));

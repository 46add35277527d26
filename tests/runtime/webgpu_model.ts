// Run by device_test.ts in a process of its own: a tiny model on both devices.
import { generate } from "../../src/generate/mod.ts";
import { Weights } from "../../src/models/mod.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { ADAMW, Trainer } from "../../src/train/mod.ts";
import { tinyConfig } from "../models.ts";

const config = tinyConfig({ num_hidden_layers: 1 });
const batch = Array.from({ length: 4 }, (_, i) => ({
  ids: Array.from({ length: 8 }, (_, t) => (i + t) % config.vocab_size),
  promptLength: 1,
}));

async function run(device: "cpu" | "webgpu") {
  using sessions = new Sessions({ device });
  using weights = Weights.initialize(config, new Random("webgpu"));
  const optimizer = { ...ADAMW, epsilon: 1e-3 };
  const objective = { kind: "cross_entropy" } as const;
  using trainer = new Trainer({ config, weights, sessions, objective, optimizer, microBatch: 8 });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) losses.push((await trainer.step(batch, 1e-2)).loss);
  const completions = await generate({ config, weights, sessions }, {
    prompts: [[1, 2, 3], [4, 5]],
    samples: 1,
    maxNewTokens: 5,
    endIds: new Set(),
    temperature: 0,
    uniform: () => 0,
    batch: 8,
  });
  return { losses, tokens: completions.map(({ ids }) => ids.join()).join(";") };
}

const cpu = await run("cpu"), gpu = await run("webgpu");
const same = cpu.losses.every((loss, i) => Math.abs(loss - gpu.losses[i]!) < 1e-3);
console.log(
  `losses ${same ? "agree" : `${cpu.losses} ${gpu.losses}`}, ` +
    `tokens ${cpu.tokens === gpu.tokens ? "agree" : `${cpu.tokens} ${gpu.tokens}`}`,
);

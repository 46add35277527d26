/** A random model of SmolLM2's architecture with its real tokenizer, through the stages. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { runPipeline } from "../../mod.ts";
import { exportOutput } from "../../src/cli/export.ts";
import { parameterShapes, type Precision, PRECISIONS, Weights } from "../../src/models/mod.ts";
import { Random } from "../../src/random/random.ts";
import { loadPolicy, savePolicy } from "../../src/policy/mod.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { tinyConfig } from "../models.ts";

const CHAT = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n" +
  "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

function saveModel(directory: string): void {
  const packed = Deno.readFileSync(
    new URL("../golden/smollm2/tokenizer.json.gz", import.meta.url),
  );
  const definition = JSON.parse(new TextDecoder().decode(gunzipSync(packed)));
  const config = tinyConfig({
    vocab_size: 49152,
    hidden_size: 64,
    intermediate_size: 64,
    max_position_embeddings: 256,
  });
  using weights = new Weights(parameterShapes(config));
  const random = new Random("smollm2");
  for (const [name, { data }] of weights.tensors) {
    if (name.includes("norm")) data.fill(1);
    else for (let i = 0; i < data.length; i += 7) data[i] = 0.3 * random.normal();
  }
  const tokenizer = new Tokenizer(definition, { eos_token: "<|im_end|>", chat_template: CHAT });
  savePolicy(
    { config, weights, tokenizer, endIds: new Set([2]), [Symbol.dispose]() {} },
    directory,
  );
}

const ADAPTER = "adapter: { r: 2, target_modules: [q_proj, v_proj, down_proj] }";

const pipeline = (precision: Precision, adapter: string) => `
name: lora
device: cpu
with: { task: listprog }
steps:
  base: { uses: load_policy, with: { path: model, precision: ${precision} } }
  pool: { uses: make_problems, with: { depth: 1, count: 4 } }
  student:
    uses: train_student
    with:
      steps: 2
      batch: 2
      num_generations: 2
      max_completion_length: 6
      learning_rate: 1.0e-2
      rewards: { correct: 0.8, mentioned: 0.3, formatted: 0.2 }
      gradient_checkpointing: true
      ${adapter}
    in: { policy: base.policy, problems: pool.problems }
  result:
    uses: evaluate
    with: { samples: 2, max_completion_length: 6 }
    in: { policy: student.policy, problems: pool.problems }
`;

/** Runs the pipeline on the random model. */
async function run(precision: Precision, adapter: string) {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  Deno.mkdirSync(join(directory, "model"));
  saveModel(join(directory, "model"));
  const file = join(directory, "lora.yaml"), store = join(directory, "store");
  Deno.writeTextFileSync(file, pipeline(precision, adapter));
  const errors: string[] = [];
  const { status, actions } = await runPipeline(file, {
    store,
    listen: (event) => event.kind === "step-failed" && errors.push(event.message),
  });
  return {
    status,
    error: errors.join(),
    artifact: (step: string, port: string) =>
      join(store, "artifacts", actions.get(step)!.outputs[port] as string),
    /** Copies an output out of the store. */
    async export(output: string): Promise<string> {
      const exported = join(directory, "exported");
      await exportOutput(file, output, exported, [], { store, set: [] });
      return exported;
    },
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

for (const precision of PRECISIONS) {
  Deno.test(`a chat model's adapters are trained and evaluated on weights held as ${precision}`, async () => {
    using ran = await run(precision, ADAPTER);
    assert.equal(ran.status, "done", ran.error);
    using base = loadPolicy(ran.artifact("base", "policy"));
    using student = loadPolicy(ran.artifact("student", "policy"));
    assert.equal(base.weights.precision, precision);
    assert.equal(student.weights.precision, precision);
    assert.deepEqual(student.weights.flat.data, base.weights.flat.data);
    assert.equal(student.config.adapter!.rank, 2);
    const [rollout] = Deno.readTextFileSync(
      join(ran.artifact("student", "rollouts"), "steps.jsonl"),
    ).split("\n").map((line) => line === "" ? undefined : JSON.parse(line));
    assert.ok(Number.isFinite(rollout.loss));

    const exported = await ran.export("student.policy");
    using again = loadPolicy(exported);
    assert.deepEqual(again.adapters!.flat.data, student.adapters!.flat.data);
    // What others read is float32, and what the weights stand for.
    using plain = loadPolicy(exported, "float32");
    const name = "model.layers.0.mlp.up_proj.weight";
    assert.deepEqual(plain.weights.read(name), student.weights.read(name));
  });
}

Deno.test("weights held as integers are not trained, and the error says what to do", async () => {
  using ran = await run("int4", "");
  assert.notEqual(ran.status, "done");
  assert.match(
    ran.error,
    /Cannot train weights held as int4: give the stage an adapter, or load the policy with precision float16 or float32/,
  );
});

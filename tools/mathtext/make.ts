/**
 * Makes `examples/models/mathtext`, a tiny Llama that poses and solves problems of small numbers in the words of the task
 * `math`: weights at random, then supervised fine-tuning by `tools/mathtext/fit.yaml`.
 *
 *     deno run -A tools/mathtext/make.ts texts > texts.jsonl
 *     python tools/golden/mathtext_tokenizer.py texts.jsonl examples/models/mathtext
 *     deno run -A tools/mathtext/make.ts fit [path=value …]
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runPipeline } from "../../mod.ts";
import { defaultsOf } from "../../schemas/infer.ts";
import { type LlamaConfig, Weights } from "../../src/models/mod.ts";
import { savePolicy } from "../../src/policy/mod.ts";
import { readTokenizer } from "../../src/policy/tokenizer_files.ts";
import { Random } from "../../src/random/random.ts";
import { math as grader } from "../../src/graders/math.ts";
import { math } from "../../src/tasks/math.ts";
import { drawEasy, proposalOf } from "./texts.ts";

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const MODEL = root("examples/models/mathtext"), WORK = root(".soar/mathtext");
const EXAMPLES = 24_000;
/** Texts of one kind that stand together: a step's, since a teacher's prompt is much longer than a student's. */
const TOGETHER = 16;
const SIZES = {
  hidden_size: 64,
  intermediate_size: 160,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 512,
} as const;

/** Lines of prompt and completion: a third are a teacher's, the others a student's. */
async function texts(): Promise<string> {
  const task = await math.create(defaultsOf(math.config) as never, {
    grader: () => Promise.resolve(grader.create(defaultsOf(grader.config))),
  });
  const random = new Random("texts");
  return Array.from({ length: EXAMPLES }, (_, i) => {
    const example = drawEasy(random), teaches = Math.floor(i / TOGETHER) % 3 === 0;
    const { text } = teaches ? task.proposer!.prompt : task.prompt({ id: "", ...example });
    const completion = teaches ? proposalOf(example) : example.solution;
    return JSON.stringify({
      prompt: [{ role: "user", content: text }],
      completion: [{ role: "assistant", content: completion }],
    }) + "\n";
  }).join("");
}

/** Weights at random. */
function start(directory: string): void {
  const tokenizer = readTokenizer(MODEL, Infinity);
  const config: LlamaConfig = {
    ...SIZES,
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: tokenizer.rows,
    head_dim: SIZES.hidden_size / SIZES.num_attention_heads,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
  };
  using weights = Weights.initialize(config, new Random("weights"));
  const endIds = new Set([tokenizer.id("<|eot_id|>")]);
  savePolicy({ config, weights, tokenizer, endIds, [Symbol.dispose]() {} }, directory);
}

async function fit(overrides: readonly string[]): Promise<void> {
  Deno.mkdirSync(join(WORK, "start"), { recursive: true });
  Deno.writeTextFileSync(join(WORK, "texts.jsonl"), await texts());
  start(join(WORK, "start"));
  const store = join(WORK, "store");
  const { status, actions } = await runPipeline(root("tools/mathtext/fit.yaml"), {
    store,
    overrides,
    listen(event) {
      if (event.kind !== "step-progress" || event.done % 100 !== 0) return;
      console.error(event.step, event.done, event.numbers);
    },
  });
  if (status !== "done") throw new Error(`Cannot fit the model: the run is ${status}`);
  for (const step of ["proposals", "test"]) console.error(step, actions.get(step)!.metrics);
  const [digest] = [actions.get("fitted")!.outputs.policy!].flat();
  const made = join(store, "artifacts", digest!);
  // The tokenizer's files stay as they were made.
  for (const name of ["config.json", "generation_config.json", "model.safetensors"]) {
    Deno.writeFileSync(join(MODEL, name), Deno.readFileSync(join(made, name)));
  }
}

const [command, ...overrides] = Deno.args;
if (command === "texts") console.log((await texts()).trimEnd());
else if (command === "fit") await fit(overrides);
else throw new Error("Say what to do: texts, or fit");

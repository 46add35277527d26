import { cross_entropy } from "../src/losses/cross_entropy.ts";
import { bindLoss } from "../src/losses/loss.ts";
import { Random } from "../src/random/random.ts";
import { type LlamaConfig, parameterCount, Weights } from "../src/models/mod.ts";
import { savePolicy } from "../src/policy/mod.ts";
import {
  CHARACTER_CONFIG,
  characterTokenizer,
  END_TOKEN,
  Tokenizer,
} from "../src/text/tokenizer.ts";
import { ADAMW, learningRateAt, SCHEDULE, Trainer } from "../src/train/mod.ts";
import { checkModel } from "../src/stage/checks/check_model.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { defineStage } from "../src/stage/define_stage.ts";
import { resumption } from "../src/stage/training.ts";
import { tokenClock } from "../src/stage/token_clock.ts";

const size = (value: number, description: string) =>
  ({ type: "integer", minimum: 1, default: value, description }) as const;

/** Makes a base model from nothing: next-token training on a task's corpus. */
export const pretrain = defineStage({
  name: "pretrain",
  version: 1,
  summary: "Trains a small Llama from nothing on a task's corpus.",
  config: {
    type: "object",
    properties: {
      task: TASK,
      model: {
        type: "object",
        default: {},
        properties: {
          hidden_size: size(64, "Width of the residual stream."),
          intermediate_size: size(176, "Width of the feed-forward layers."),
          num_hidden_layers: size(3, "Layers."),
          num_attention_heads: size(4, "Query heads."),
          num_key_value_heads: size(4, "Key-value heads; fewer than query heads are shared."),
          max_position_embeddings: size(128, "Context in tokens."),
        },
        additionalProperties: false,
      },
      steps: size(3000, "Optimizer steps."),
      batch: size(128, "Texts in a step."),
      ...SCHEDULE,
      learning_rate: { ...SCHEDULE.learning_rate, default: 3e-3 },
      lr_scheduler_type: { ...SCHEDULE.lr_scheduler_type, default: "cosine" },
      warmup_steps: { ...SCHEDULE.warmup_steps, default: 100 },
      adam_beta2: {
        type: "number",
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.98,
        description: "Decay of AdamW's second moment.",
        was: ["beta2"],
      },
    },
    required: ["task"],
    additionalProperties: false,
  },
  inputs: {},
  outputs: { policy: "policy" },
  check: checkModel,
  async run({ config, outputs, seed, services, signal, progress, record, checkpoints }) {
    const { corpus } = await services.library.task(config.task);
    if (corpus === undefined) throw new Error("Cannot pretrain: the task has no corpus");
    const random = new Random(seed);
    const tokenizer = new Tokenizer(characterTokenizer(corpus.alphabet), CHARACTER_CONFIG);
    const model: LlamaConfig = {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      ...config.model,
      vocab_size: tokenizer.size,
      head_dim: config.model.hidden_size / config.model.num_attention_heads,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      tie_word_embeddings: true,
    };
    using weights = Weights.initialize(model, random.derive("weights"));
    const attempt = { sessions: services.sessions, checkpoints };
    const { resume, onState } = resumption({ weights }, attempt);
    const resumed = await resume?.();
    using trainer = new Trainer({
      config: model,
      weights,
      sessions: services.sessions,
      loss: bindLoss(cross_entropy, {}),
      optimizer: { ...ADAMW, betas: [ADAMW.betas[0], config.adam_beta2] },
      microBatch: Math.min(services.microBatch, 64),
      ...resumed === undefined ? {} : { start: resumed.optimizer },
    });
    const end = tokenizer.id(END_TOKEN);
    const clock = tokenClock();
    let loss = 0;
    for (let step = resumed?.done ?? 0; step < config.steps; step++) {
      signal.throwIfAborted();
      const source = random.derive("corpus", step);
      const rows = Array.from({ length: config.batch }, () => {
        const text = corpus.draw(source);
        const prompt = tokenizer.encode(text.prompt);
        const ids = [...prompt, ...tokenizer.encode(text.completion), end];
        return { ids, promptLength: prompt.length };
      });
      const rate = learningRateAt(config, step, config.steps);
      const metrics = await trainer.step(rows, rate);
      ({ loss } = metrics);
      record("metrics", [{
        ...{ step, loss, grad_norm: metrics.gradNorm, learning_rate: rate },
        ...clock(rows.map(({ ids }) => ids.length)),
      }]);
      const done = step + 1;
      progress(done, config.steps, { loss });
      if (done === config.steps) break;
      onState?.({ optimizer: { ...trainer.state, position: done }, done, changed: true });
    }
    const endIds = new Set([end]);
    savePolicy(
      { config: model, weights, tokenizer, endIds, [Symbol.dispose]() {} },
      outputs.policy.directory,
    );
    return { parameters: parameterCount(model), loss };
  },
});

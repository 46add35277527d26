/** A small model that is trained and sampled from, to see whether a device has all that this takes. @module */
import { generate } from "../generate/mod.ts";
import { bindLoss } from "../losses/loss.ts";
import { LOSSES } from "../losses/mod.ts";
import { type LlamaConfig, type Model, Weights } from "../models/mod.ts";
import { Sessions } from "../onnx/mod.ts";
import { Random } from "../random/random.ts";
import type { DeviceName } from "../runtime/mod.ts";
import { ADAMW, type Row, score, Trainer } from "../train/mod.ts";

/** The smallest model that has every kind of graph. */
const SMALLEST: LlamaConfig = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 64,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 16,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
};

/** How much is done at a time. */
export interface TrialSizes {
  readonly rows: number;
  readonly length: number;
}

/** A model on a device, with weights that are the same everywhere. */
export class DeviceTrial implements Disposable {
  readonly #model: Model;
  readonly #sessions: Sessions;
  readonly #trainer: Trainer;
  readonly #sizes: TrialSizes;
  readonly #owned = new DisposableStack();

  constructor(
    device: DeviceName,
    config: LlamaConfig = SMALLEST,
    sizes: TrialSizes = { rows: 2, length: 6 },
  ) {
    this.#sizes = sizes;
    const sessions = this.#owned.use(new Sessions({ device, tellPlacement: true }));
    this.#sessions = sessions;
    const weights = this.#owned.use(Weights.initialize(config, new Random("trial")));
    this.#model = { config, weights, sessions };
    const loss = bindLoss(LOSSES.cross_entropy!, {});
    this.#trainer = this.#owned.use(
      new Trainer({ ...this.#model, loss, optimizer: ADAMW, microBatch: sizes.rows }),
    );
  }

  get #rows(): Row[] {
    const { rows, length } = this.#sizes, { vocab_size } = this.#model.config;
    return Array.from({ length: rows }, (_, r) => ({
      ids: Array.from({ length }, (_, i) => (11 * r + 7 * i + 1) % vocab_size),
      promptLength: 1,
    }));
  }

  /** Log-probabilities of some tokens. */
  async scores(): Promise<number[]> {
    return (await score({ ...this.#model, microBatch: this.#sizes.rows }, this.#rows)).flat();
  }

  /** One step of the optimizer. */
  async step(): Promise<void> {
    await this.#trainer.step(this.#rows, 1e-5);
  }

  /** Samples so many tokens of each row. */
  async sample(tokens: number): Promise<void> {
    await generate(this.#model, {
      prompts: this.#rows.map(({ ids }) => ids.slice(0, 2)),
      samples: 1,
      maxNewTokens: tokens,
      endIds: new Set(),
      temperature: 1,
      uniform: () => 0.5,
      batch: this.#sizes.rows,
    });
  }

  /** Operators of the graphs so far that ONNX Runtime runs on the host though the device is another, each once. */
  operatorsOnHost(): string[] {
    if (this.#sessions.device === "cpu") return [];
    const onHost = this.#sessions.placement()
      .filter(({ provider }) => provider === "CPUExecutionProvider");
    return [...new Set(onHost.map(({ operator }) => operator))].sort();
  }

  /** Releases the model. */
  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}

/** Trains and samples on a device. @throws {Error} when it cannot, with what to do */
export async function tryDevice(device: DeviceName): Promise<void> {
  using trial = new DeviceTrial(device);
  await trial.step();
  await trial.sample(2);
}

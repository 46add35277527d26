import type { Sessions } from "../onnx/mod.ts";
import type { LlamaConfig, Weights } from "../models/mod.ts";
import type { Tensor } from "../runtime/mod.ts";
import { completionLength, disposeAll, type Row, scalar, toFeeds } from "./batch.ts";
import type { Objective } from "./losses.ts";
import type { Optimizer } from "./optimizer.ts";
import { accumulateGraph, applyGraph, scoreGraph, updateGraph } from "./step.ts";

/** What one step reports. */
export interface StepMetrics {
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
}

/** How to train. */
export interface TrainerOptions {
  readonly config: LlamaConfig;
  /** Updated in place; stays the caller's. */
  readonly weights: Weights;
  readonly sessions: Sessions;
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  /** Largest number of rows in one run; more are accumulated. */
  readonly microBatch: number;
}

/** Optimizes weights; owns the optimizer's state. */
export class Trainer implements Disposable {
  readonly #options: TrainerOptions;
  readonly #m: Weights;
  readonly #v: Weights;
  #sums: Weights | undefined;
  #step = 0;

  constructor(options: TrainerOptions) {
    this.#options = options;
    this.#m = options.weights.zerosLike();
    this.#v = options.weights.zerosLike();
  }

  /**
   * One optimizer step on a batch.
   *
   * @param denominator what the loss is divided by: rows for a sequence-level policy gradient, else
   *   completion tokens, of the whole batch, skipped rows included; counted from `rows` unless given
   * @throws {Error} when the loss or the gradient is not finite; the weights are then lost
   */
  async step(
    rows: readonly Row[],
    learningRate: number,
    denominator: number = this.#count(rows),
    inverseTemperature = 1,
  ): Promise<StepMetrics> {
    if (rows.length === 0) throw new RangeError("Cannot train on an empty batch");
    const micro = microBatches(rows, this.#options.microBatch);
    this.#step++;
    const common = {
      scale: scalar(1 / denominator),
      inverse_temperature: scalar(inverseTemperature),
    };
    try {
      const metrics = micro.length === 1
        ? await this.#update(micro[0]!, learningRate, common)
        : await this.#accumulate(micro, learningRate, common);
      if (Number.isFinite(metrics.loss) && Number.isFinite(metrics.gradNorm)) return metrics;
      throw new Error(
        `Cannot train on: step ${this.#step} has loss ${metrics.loss} and gradient norm ` +
          `${metrics.gradNorm}; lower the learning rate`,
      );
    } finally {
      disposeAll(common);
    }
  }

  /** Releases the optimizer's state, not the weights. */
  [Symbol.dispose](): void {
    this.#m[Symbol.dispose]();
    this.#v[Symbol.dispose]();
    this.#sums?.[Symbol.dispose]();
  }

  async #update(
    rows: readonly Row[],
    learningRate: number,
    common: Record<string, Tensor>,
  ): Promise<StepMetrics> {
    const { config, objective, optimizer, sessions } = this.#options;
    const session = sessions.get(
      ["update", config, objective, optimizer],
      () => updateGraph(config, objective, optimizer),
    );
    const made = { ...this.#batchFeeds(rows), ...this.#rates(learningRate) };
    const state = this.#state();
    try {
      const { loss, grad_norm } = await session.run(
        { ...made, ...common, ...state.feeds },
        ["loss", "grad_norm", ...Object.keys(state.fetches)],
        state.fetches,
      );
      return { loss: takeScalar(loss!), gradNorm: takeScalar(grad_norm!) };
    } finally {
      disposeAll(made);
    }
  }

  async #accumulate(
    batches: readonly (readonly Row[])[],
    learningRate: number,
    common: Record<string, Tensor>,
  ): Promise<StepMetrics> {
    const { config, objective, optimizer, sessions, weights } = this.#options;
    this.#sums ??= weights.zerosLike();
    for (const sum of this.#sums.tensors.values()) sum.data.fill(0);
    const sums = this.#sums.bind((name) => `g:${name}`);
    const added = this.#sums.bind((name) => `g:${name}.new`);
    const session = sessions.get(
      ["accumulate", config, objective],
      () => accumulateGraph(config, objective),
    );
    let total = 0;
    for (const rows of batches) {
      const made = this.#batchFeeds(rows);
      const feeds = { ...made, ...common, ...weights.bind(), ...sums };
      try {
        const { loss } = await session.run(feeds, ["loss", ...Object.keys(added)], added);
        total += takeScalar(loss!);
      } finally {
        disposeAll(made);
      }
    }
    const apply = sessions.get(["apply", config, optimizer], () => applyGraph(config, optimizer));
    const rates = this.#rates(learningRate), state = this.#state();
    try {
      const { grad_norm } = await apply.run(
        { ...rates, ...state.feeds, ...sums },
        ["grad_norm", ...Object.keys(state.fetches)],
        state.fetches,
      );
      return { loss: total, gradNorm: takeScalar(grad_norm!) };
    } finally {
      disposeAll(rates);
    }
  }

  #batchFeeds(rows: readonly Row[]): Record<string, Tensor> {
    const { config, objective } = this.#options;
    return toFeeds(rows, config.max_position_embeddings, objective.kind === "policy_gradient");
  }

  #rates(learningRate: number): Record<string, Tensor> {
    const [beta1, beta2] = this.#options.optimizer.betas;
    return {
      learning_rate: scalar(learningRate),
      bias1: scalar(1 - beta1 ** this.#step),
      bias2: scalar(1 - beta2 ** this.#step),
    };
  }

  #state() {
    const { weights } = this.#options;
    const m = (suffix: string) => this.#m.bind((name) => `m:${name}${suffix}`);
    const v = (suffix: string) => this.#v.bind((name) => `v:${name}${suffix}`);
    return {
      feeds: { ...weights.bind(), ...m(""), ...v("") },
      fetches: { ...weights.bind((name) => `${name}.new`), ...m(".new"), ...v(".new") },
    };
  }

  #count(rows: readonly Row[]): number {
    const { objective } = this.#options;
    const byRow = objective.kind === "policy_gradient" && objective.level === "sequence";
    return byRow ? rows.length : rows.reduce((sum, row) => sum + completionLength(row), 0);
  }
}

/**
 * Teacher-forced log-probabilities of each row's completion tokens.
 *
 * @returns per row, one number for each completion token
 */
export async function score(
  options: Pick<TrainerOptions, "config" | "weights" | "sessions" | "microBatch">,
  rows: readonly Row[],
  inverseTemperature = 1,
): Promise<number[][]> {
  const { config, weights, sessions, microBatch } = options;
  const session = sessions.get(["score", config], () => scoreGraph(config));
  const scored: number[][] = [];
  for (let start = 0; start < rows.length; start += microBatch) {
    const part = rows.slice(start, start + microBatch);
    const { mask, ...made } = toFeeds(part, config.max_position_embeddings, false);
    const feeds = { ...made, inverse_temperature: scalar(inverseTemperature) };
    try {
      const { logps } = await session.run({ ...feeds, ...weights.bind() }, ["logps"]);
      using all = logps as Tensor<"float32">;
      const width = all.dims[1]!;
      part.forEach((row, r) => {
        const from = r * width + row.promptLength - 1;
        scored.push(Array.from(all.data.subarray(from, from + completionLength(row))));
      });
    } finally {
      disposeAll(feeds);
      mask!.dispose();
    }
  }
  return scored;
}

/** Rows sorted by length, so that little is padded, in parts of at most `size`. */
function microBatches(rows: readonly Row[], size: number): Row[][] {
  if (rows.length <= size) return [[...rows]];
  const sorted = rows.toSorted((a, b) => a.ids.length - b.ids.length);
  return Array.from(
    { length: Math.ceil(sorted.length / size) },
    (_, i) => sorted.slice(i * size, (i + 1) * size),
  );
}

function takeScalar(value: Tensor): number {
  using owned = value as Tensor<"float32">;
  return owned.data[0]!;
}

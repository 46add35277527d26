import { type Model, roundWeights, Weights } from "../models/mod.ts";
import type { Tensor } from "../runtime/mod.ts";
import type { Loss } from "../losses/loss.ts";
import {
  type Batch,
  checkColumns,
  checkRows,
  completionLength,
  lossFeeds,
  releasing,
  type Row,
  scalar,
  toBatch,
} from "./batch.ts";
import { Decoder } from "./decoder.ts";
import { Head } from "./head.ts";
import { lossGraph, REPORT } from "./loss_graph.ts";
import { activationsOf, groupsOf, microBatches } from "./micro_batches.ts";
import { type AdamState, AdamW, type Optimizer } from "./optimizer.ts";

/** What one step reports. */
export interface StepMetrics {
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
  /** What the loss reports, as shares of its ratios: of completions or tokens that count, as its unit is. */
  readonly reported?: Readonly<Record<string, number>>;
}

/** How to train. Weights, or the adapters where there are any, are updated in place and stay the caller's. */
export interface TrainerOptions extends Model {
  /** The float32 numbers that float16 weights stand for: these are updated, and the weights are rounded from them. */
  readonly master?: Weights;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** The optimizer's state to go on from, which the trainer takes over. */
  readonly start?: AdamState;
  /** Largest number of rows in one run, if their activations fit; more are accumulated. */
  readonly microBatch: number;
  /** Whether the backward pass computes activations again instead of keeping them: slower, and leaner. */
  readonly recompute?: boolean;
}

/** Setting of what waits for the backward pass. */
export const GRADIENT_CHECKPOINTING = {
  gradient_checkpointing: {
    type: "boolean",
    default: false,
    description: "Computes activations again in the backward pass: slower, and leaner.",
    was: ["recompute"],
  },
} as const;

/** Weights of which training changes some: the adapters, else the float32 masters, else the weights themselves. */
export type Trainable =
  & Pick<Model, "adapters" | "weights">
  & Pick<TrainerOptions, "master">;

/** What of them is trained. @throws {TypeError} when it is not held as float32 */
export function trainedOf({ adapters, master, weights }: Trainable): Weights {
  const trained = adapters ?? master ?? weights;
  if (trained instanceof Weights) return trained;
  throw new TypeError(`Cannot train weights held as ${weights.precision}`);
}

/** How the rows of a batch came about. */
export interface BatchOptions {
  /** One over the softmax temperature of log-probabilities. */
  readonly inverseTemperature?: number;
  /** Tokens after which completions were cut off. */
  readonly maxCompletionLength?: number | undefined;
}

/** Optimizes weights; owns the optimizer's state and the memory of a step. */
export class Trainer implements Disposable {
  readonly #options: TrainerOptions;
  readonly #decoder: Decoder;
  readonly #head: Head;
  readonly #activations: (rows: number, length: number) => number;
  readonly #optimizer: AdamW;
  /** Sums over the micro-batches of a step. */
  readonly gradients: Weights;

  /** @throws {TypeError} when what is to be trained is not held as float32 */
  constructor(options: TrainerOptions) {
    const { sessions, optimizer, start } = options, trained = trainedOf(options);
    this.#options = options;
    this.#decoder = new Decoder(options, options.recompute);
    this.#head = new Head(options);
    this.#activations = activationsOf(options.config, options.recompute ?? false);
    this.gradients = trained.zerosLike();
    this.#optimizer = new AdamW(trained, this.gradients, sessions, optimizer, start);
  }

  /** Optimizer steps taken, those before {@linkcode TrainerOptions.start} included. */
  get steps(): number {
    return this.#optimizer.steps;
  }

  /** The optimizer's state: its memory, not a copy. */
  get state(): AdamState {
    return this.#optimizer.state;
  }

  /** Bytes that wait for the backward pass in the largest micro-batch so far. */
  get activationBytes(): number {
    return this.#decoder.bytes;
  }

  /**
   * One optimizer step on a batch. Rows that have no gradient are left out, but count in the denominator as the loss says;
   * where none is left nothing is updated.
   *
   * @throws {RangeError} when a row does not have what the loss needs
   * @throws {Error} when the loss or the gradient is not finite; the weights are then as they were
   */
  async step(
    rows: readonly Row[],
    learningRate: number,
    { inverseTemperature = 1, maxCompletionLength }: BatchOptions = {},
  ): Promise<StepMetrics> {
    if (rows.length === 0) throw new RangeError("Cannot train on an empty batch");
    const { config, microBatch, loss: { name, columns, together, ...objective } } = this.#options;
    checkRows(rows);
    checkColumns(rows, name, columns);
    const lengths = rows.map((row) => row.masked === true ? 0 : completionLength(row));
    const denominator = objective.denominator({ lengths, maxCompletionLength });
    const useful = groupsOf(rows, together).filter((group) =>
      group.some((row) => this.#counts(row))
    );
    if (useful.length === 0) return { loss: 0, gradNorm: 0 };
    const sums = new Map<string, number>();
    let loss = 0, fresh = true;
    for (const part of microBatches(useful.flat(), microBatch, this.#activations, together)) {
      const batch = toBatch(part, config.max_position_embeddings);
      using _ids = batch.ids;
      const scale = 1 / denominator;
      loss += await this.#accumulate(batch, scale, inverseTemperature, fresh, sums);
      fresh = false;
    }
    const gradNorm = Number.isFinite(loss) ? await this.#optimizer.step(learningRate) : NaN;
    if (Number.isFinite(gradNorm)) {
      const { master, weights, sessions } = this.#options;
      if (master !== undefined) await roundWeights(master, weights, sessions);
      const ratios = objective.unit === "token"
        ? lengths.reduce((sum, length) => sum + length, 0)
        : lengths.filter((length) => length > 0).length;
      const shares = [...sums].map(([name, sum]) => [name, sum / ratios] as const);
      return { loss, gradNorm, reported: Object.fromEntries(shares) };
    }
    throw new Error(
      `Cannot train on: step ${this.steps + 1} has loss ${loss} and gradient norm ${gradNorm}; ` +
        `lower the learning rate`,
    );
  }

  /** Releases the optimizer's state, not the weights. */
  [Symbol.dispose](): void {
    this.#decoder[Symbol.dispose]();
    this.#head[Symbol.dispose]();
    this.#optimizer[Symbol.dispose]();
    this.gradients[Symbol.dispose]();
  }

  /** Adds a micro-batch's gradients to those of the step, and what the loss reports to sums. @returns its loss */
  async #accumulate(
    batch: Batch,
    scale: number,
    inverse: number,
    fresh: boolean,
    sums: Map<string, number>,
  ): Promise<number> {
    const hidden = await this.#decoder.forward(batch, true);
    const logps = await this.#head.logps(batch, hidden, inverse);
    const { loss, g } = await this.#loss(batch, logps, scale, sums);
    const dy = await this.#head.backward(batch, hidden, inverse, g, this.gradients, fresh);
    await this.#decoder.backward(batch, dy, this.gradients, fresh);
    return loss;
  }

  #loss(batch: Batch, logps: readonly number[], scale: number, sums: Map<string, number>) {
    const { loss, sessions } = this.#options;
    const session = sessions.get(["loss", loss.key], () => lossGraph(loss));
    const made = { ...lossFeeds(batch, logps, loss.columns), scale: scalar(scale) };
    return releasing(made, async (feeds) => {
      const result = await session.run(feeds, session.outputs);
      for (const output of session.outputs.filter((name) => name.startsWith(REPORT))) {
        using sum = result[output] as Tensor<"float32">;
        const name = output.slice(REPORT.length);
        sums.set(name, (sums.get(name) ?? 0) + sum.data[0]!);
      }
      using loss = result.loss as Tensor<"float32">;
      using grid = result["logps.gradient"] as Tensor<"float32">;
      return { loss: loss.data[0]!, g: batch.places.map((place) => grid.data[place]!) };
    });
  }

  /** Whether a row has a gradient. */
  #counts({ masked, columns }: Row): boolean {
    const { factor } = this.#options.loss;
    return masked !== true && (factor === undefined || columns![factor] !== 0);
  }
}

/**
 * Teacher-forced log-probabilities of each row's completion tokens.
 *
 * @returns per row, one number for each completion token
 */
export async function score(
  options: Model & Pick<TrainerOptions, "microBatch">,
  rows: readonly Row[],
  inverseTemperature = 1,
): Promise<number[][]> {
  const { config, microBatch } = options;
  using decoder = new Decoder(options);
  using head = new Head(options);
  const scored = new Map<Row, number[]>();
  // Nothing is kept: what passes through one layer at a time is bounded instead.
  const layer = activationsOf({ ...config, num_hidden_layers: 4 }, false);
  for (const part of microBatches(rows, microBatch, layer)) {
    const batch = toBatch(part, config.max_position_embeddings);
    using _ids = batch.ids;
    const hidden = await decoder.forward(batch, false);
    const logps = await head.logps(batch, hidden, inverseTemperature);
    let from = 0;
    for (const row of part) scored.set(row, logps.slice(from, from += completionLength(row)));
  }
  return rows.map((row) => scored.get(row)!);
}

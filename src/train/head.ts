import { headName, type Model, type Weights } from "../models/mod.ts";
import { type Tensor, tensor } from "../runtime/mod.ts";
import { type Batch, releasing, scalar } from "./batch.ts";
import { bindSums } from "./decoder.ts";
import { addRowsGraph, FINAL_NORM } from "./graphs.ts";
import {
  headBackwardGraph,
  headGradientGraph,
  headInputGraph,
  tileBackwardGraph,
  tileGraph,
} from "./head_graphs.ts";
import { Workspace } from "./workspace.ts";

/**
 * Rows of the head in a tile: few enough that they and their scores stay in a processor's cache, and no power of two, for
 * then the rows of scores would contend for the same lines of it (a fifth slower).
 */
const TILE = 2304;
/** Bytes of a tile's scores at most. */
const TILE_BYTES = 32 * 2 ** 20;
/** Bytes of scores that wait for the backward pass; more are computed again. */
const KEPT_BYTES = 256 * 2 ** 20;

/** Bytes that the head takes at most: what is kept, and what a tile is made into. */
export const HEAD_BYTES: number = KEPT_BYTES + 3 * TILE_BYTES;

/** A part of the vocabulary. */
interface Tile {
  readonly start: number;
  readonly end: number;
  /** Whether its scores wait for the backward pass. */
  readonly kept: boolean;
}

/** Softmax over what was seen of the vocabulary; each [C, 1]. */
type Totals = Readonly<Record<"max" | "sum" | "picked", Tensor<"float32">>>;

/**
 * The head: scores, log-probabilities and their gradient, for completion tokens alone and for a tile of the
 * vocabulary at a time (as in Wijmans et al. 2024, arXiv 2411.09009), so that a vocabulary of 150,000 needs no more
 * memory than one of 50, and the products work in the processor's cache.
 */
export class Head implements Disposable {
  readonly #model: Model;
  readonly #keptBytes: number;
  readonly #tile: number;
  readonly #workspace = new Workspace();
  #totals: Totals | undefined;

  constructor(model: Model, { tile = TILE, keptBytes = KEPT_BYTES } = {}) {
    this.#model = model;
    this.#tile = tile;
    this.#keptBytes = keptBytes;
  }

  /** Log-probabilities of the batch's labels. */
  async logps(
    batch: Batch,
    hidden: Tensor<"float32">,
    inverseTemperature: number,
  ): Promise<number[]> {
    const { config, sessions } = this.#model, count = batch.labels.length;
    const x = this.#workspace.take("x", [count, config.hidden_size]);
    await releasing(inputsOf(batch, inverseTemperature), async (made) => {
      await sessions.get(["head/input", config], () => headInputGraph(config))
        .run({ ...made, ...this.#weights(FINAL_NORM), hidden }, ["x"], { x });
    });
    let totals: Totals | undefined;
    for (const [i, tile] of this.#tiles(count).entries()) {
      const next = this.#take(i % 2, count);
      await this.#score(batch, tile, totals, next);
      totals = next;
    }
    this.#totals = totals!;
    const [max, sum, picked] = [totals!.max.data, totals!.sum.data, totals!.picked.data];
    return Array.from(picked, (score, i) => score - max[i]! - Math.log(sum[i]!));
  }

  /**
   * After {@linkcode Head.logps}: the gradient of the hidden states, [B, T, D], valid until the next; adds those of the
   * head and the last norm to `gradients` unless they are frozen.
   *
   * @param g gradient of each log-probability
   * @param fresh whether what is in `gradients` is forgotten
   */
  async backward(
    batch: Batch,
    hidden: Tensor<"float32">,
    inverseTemperature: number,
    g: readonly number[],
    gradients: Weights,
    fresh: boolean,
  ): Promise<Tensor<"float32">> {
    const { config, adapters, sessions } = this.#model, head = headName(config);
    const count = batch.labels.length, width = config.hidden_size;
    const { max, sum } = this.#totals!, trained = adapters === undefined;
    const made = {
      ...inputsOf(batch, inverseTemperature),
      labels: tensor("int64", [count, 1], batch.labels),
      g: tensor("float32", [count, 1], g),
    };
    return await releasing(made, async ({ labels, g, ...inputs }) => {
      const x = this.#workspace.take("x", [count, width]);
      const scaled = this.#workspace.take("scaled", [count, width]);
      const updates = this.#workspace.take("labels", [count, 1, width]);
      if (trained) {
        await sessions.get(["head/gradient", config], () => headGradientGraph(config))
          .run({ x, g, sum }, ["scaled", "labels.gradient"], {
            scaled,
            "labels.gradient": updates,
          });
      }
      const expected = this.#workspace.take("expected", [count, width]);
      for (const tile of this.#tiles(count)) {
        await this.#backward(batch, tile, { x, max, expected, scaled }, gradients, fresh);
      }
      if (trained) {
        const gradient = gradients.tensors.get(head)!;
        await sessions.get(["add_rows", config, false], () => addRowsGraph(config, false)).run(
          { rows: labels, updates, sum: gradient },
          ["sum.new"],
          { "sum.new": gradient },
        );
      }
      const result = this.#workspace.take("gradient", hidden.dims);
      const norm = trained ? [[FINAL_NORM, gradients.tensors.get(FINAL_NORM)!] as const] : [];
      const fetches = { "hidden.gradient": result, ...bindSums(norm, ".new") };
      const weights = this.#weights(FINAL_NORM, head);
      await sessions.get(["head/backward", config, fresh], () => headBackwardGraph(config, fresh))
        .run(
          { ...inputs, ...weights, ...bindSums(norm), hidden, labels, g, sum, expected },
          Object.keys(fetches),
          fetches,
        );
      return result;
    });
  }

  /** Releases what was kept. */
  [Symbol.dispose](): void {
    this.#workspace[Symbol.dispose]();
  }

  /** A tile's scores, and the totals with them. */
  async #score(batch: Batch, tile: Tile, before: Totals | undefined, after: Totals): Promise<void> {
    const first = before === undefined;
    const { config, sessions } = this.#model, { start, end } = tile;
    const count = batch.labels.length;
    const inside = batch.labels.map((label) => Number(start <= label && label < end));
    const index = batch.labels.map((label, i) => inside[i] === 1 ? label - start : 0);
    const made = {
      rows: rowsOf(tile),
      index: tensor("int64", [count, 1], index),
      inside: tensor("float32", [count, 1], inside),
    };
    const fetches = {
      logits: this.#logits(tile, count),
      "max.new": after.max,
      "sum.new": after.sum,
      "picked.new": after.picked,
    };
    const x = this.#workspace.take("x", [count, config.hidden_size]);
    await releasing(
      made,
      (made) =>
        sessions.get(["head/tile", config, first], () => tileGraph(config, first)).run(
          { ...made, ...before, ...this.#weights(headName(config)), x },
          Object.keys(fetches),
          fetches,
        ),
    );
  }

  /** Adds a tile's part to `expected` and to the head's gradient. */
  async #backward(
    batch: Batch,
    tile: Tile,
    feeds: Readonly<Record<"x" | "max" | "expected" | "scaled", Tensor>>,
    gradients: Weights,
    fresh: boolean,
  ): Promise<void> {
    const { config, adapters, sessions } = this.#model, head = headName(config);
    const count = batch.labels.length;
    if (!tile.kept) await this.#score(batch, tile, undefined, this.#take(2, count));
    const first = tile.start === 0;
    const sums = adapters === undefined ? [[head, gradients.tensors.get(head)!] as const] : [];
    const fetches = { "expected.new": feeds.expected, ...bindSums(sums, ".new") };
    await releasing(
      { rows: rowsOf(tile) },
      ({ rows }) =>
        sessions.get(
          ["head/tile_backward", config, first, fresh],
          () => tileBackwardGraph(config, first, fresh),
        )
          .run(
            {
              ...feeds,
              ...this.#weights(head),
              ...bindSums(sums),
              rows,
              logits: this.#logits(tile, count),
            },
            Object.keys(fetches),
            fetches,
          ),
    );
  }

  /** The vocabulary in tiles, for so many tokens. */
  #tiles(count: number): Tile[] {
    const { vocab_size } = this.#model.config;
    const size = Math.max(1, Math.min(this.#tile, Math.floor(TILE_BYTES / (4 * count))));
    return Array.from({ length: Math.ceil(vocab_size / size) }, (_, i) => {
      const start = i * size, end = Math.min(vocab_size, start + size);
      return { start, end, kept: 4 * count * end <= this.#keptBytes };
    });
  }

  /** Where a tile's scores lie: in a place of their own, or in one that those not kept share. */
  #logits({ start, end, kept }: Tile, count: number): Tensor<"float32"> {
    return this.#workspace.take(kept ? `logits.${start}` : "logits", [count, end - start]);
  }

  #take(which: number, count: number): Totals {
    const take = (name: string) => this.#workspace.take(`${name}.${which}`, [count, 1]);
    return { max: take("max"), sum: take("sum"), picked: take("picked") };
  }

  #weights(...names: readonly string[]): Record<string, Tensor> {
    const { tensors } = this.#model.weights;
    return Object.fromEntries(names.map((name) => [name, tensors.get(name)!]));
  }
}

function inputsOf(batch: Batch, inverseTemperature: number) {
  return {
    places: tensor("int64", [batch.places.length], batch.places),
    inverse_temperature: scalar(inverseTemperature),
  };
}

function rowsOf({ start, end }: Tile): Tensor<"int64"> {
  return tensor("int64", [end - start], Array.from({ length: end - start }, (_, i) => start + i));
}

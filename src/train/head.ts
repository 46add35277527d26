import { headName, type LlamaConfig, type Model, type Weights } from "../models/mod.ts";
import { elementCount, type Tensor, tensor } from "../runtime/mod.ts";
import { addRows } from "./add_rows.ts";
import { type Batch, releasing, scalar } from "./batch.ts";
import { bindSums } from "./decoder.ts";
import { FINAL_NORM } from "./training_graphs.ts";
import {
  headBackwardGraph,
  headGradientGraph,
  headInputGraph,
  tileBackwardGraph,
  tileGraph,
  type TileSizes,
  tileSizes,
} from "./head_graphs.ts";
import { labelsIn, placeOf, rowsOf, type Tile, tilesOf, type Tiling } from "./tiles.ts";
import { Workspace } from "./workspace.ts";

/** Softmax over what was seen of the vocabulary; each [C, 1]. */
type Totals = Readonly<Record<"max" | "sum" | "picked", Tensor<"float32">>>;

/**
 * The head: scores, log-probabilities and their gradient, for completion tokens alone and for a tile of the
 * vocabulary at a time (as in Wijmans et al. 2024, arXiv 2411.09009), so that a vocabulary of 150,000 needs no more
 * memory than one of 50, and the products work in the processor's cache.
 */
export class Head implements Disposable {
  readonly #model: Model;
  readonly #tiling: Tiling;
  readonly #workspace = new Workspace();
  #totals: Totals | undefined;

  constructor(model: Model, tiling: Tiling = {}) {
    this.#model = model;
    this.#tiling = tiling;
  }

  /** Log-probabilities of the batch's labels. */
  async logps(
    batch: Batch,
    hidden: Tensor<"float32">,
    inverseTemperature: number,
  ): Promise<number[]> {
    const { config, sessions } = this.#model;
    const tiles = this.#tiles(batch);
    this.#workspace.layOut(shapesOf(hidden.dims, batch.labels.length, tiles));
    const session = sessions.get(["head/input", config], () => headInputGraph(config));
    await releasing(inputsOf(batch, inverseTemperature), (made) => {
      const feeds = { ...made, ...this.#weights(FINAL_NORM), hidden };
      return session.runInto(feeds, { x: this.#workspace.get("x") });
    });
    let totals: Totals | undefined;
    for (const [i, tile] of tiles.entries()) totals = await this.#score(batch, tile, i % 2, totals);
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
    const { config, adapters, sessions } = this.#model;
    const head = headName(config), trained = adapters === undefined;
    const get = (name: string) => this.#workspace.get(name);
    const [x, scaled, expected] = [get("x"), get("scaled"), get("expected")];
    const updates = get("labels"), result = get("gradient");
    const { max, sum } = this.#totals!, column = [batch.labels.length, 1];
    const made = {
      ...inputsOf(batch, inverseTemperature),
      labels: tensor("int64", column, batch.labels),
      g: tensor("float32", column, g),
    };
    await releasing(made, async ({ labels, g, ...inputs }) => {
      if (trained) {
        await sessions.get(["head/gradient", config], () => headGradientGraph(config))
          .runInto({ x, g, sum }, { scaled, "labels.gradient": updates });
      }
      for (const tile of this.#tiles(batch)) {
        await this.#backward(batch, tile, { max, expected, scaled }, gradients, fresh);
      }
      if (trained) {
        await addRows(sessions, gradients.tensors.get(head)!, updates, batch.labels);
      }
      const norm = trained ? [[FINAL_NORM, gradients.tensors.get(FINAL_NORM)!] as const] : [];
      const weights = this.#weights(FINAL_NORM, head);
      const feeds = { ...inputs, ...weights, ...bindSums(norm), hidden, labels, g, sum, expected };
      await sessions.get(["head/backward", config, fresh], () => headBackwardGraph(config, fresh))
        .runInto(feeds, { "hidden.gradient": result, ...bindSums(norm, ".new") });
    });
    return result;
  }

  /** Releases what was kept. */
  [Symbol.dispose](): void {
    this.#workspace[Symbol.dispose]();
  }

  /**
   * A tile's scores, and the totals with them.
   *
   * @param into which of the totals' places they are written to: not where those before are
   */
  async #score(batch: Batch, tile: Tile, into: number, before?: Totals): Promise<Totals> {
    const { config, sessions } = this.#model, first = before === undefined;
    const get = (name: string) => this.#workspace.get(name);
    const after = {
      max: get(`max.${into}`),
      sum: get(`sum.${into}`),
      picked: get(`picked.${into}`),
    };
    const sizes = this.#sizes(batch, tile);
    const session = sessions.get(
      ["head/tile", config, first, sizes],
      () => tileGraph(config, first, sizes),
    );
    await releasing({ rows: rowsOf(tile), ...labelsIn(tile, batch.labels) }, (made) => {
      const feeds = { ...made, ...before, ...this.#weights(headName(config)), x: get("x") };
      return session.runInto(feeds, {
        logits: get(placeOf(tile)),
        "max.new": after.max,
        "sum.new": after.sum,
        "picked.new": after.picked,
      });
    });
    return after;
  }

  /** Adds a tile's part to `expected` and to the head's gradient. */
  async #backward(
    batch: Batch,
    tile: Tile,
    given: Readonly<Record<"max" | "expected" | "scaled", Tensor>>,
    gradients: Weights,
    fresh: boolean,
  ): Promise<void> {
    const { config, adapters, sessions } = this.#model;
    const head = headName(config), first = tile.start === 0;
    if (!tile.kept) await this.#score(batch, tile, 2);
    const sums = adapters === undefined ? [[head, gradients.tensors.get(head)!] as const] : [];
    const sizes = this.#sizes(batch, tile);
    const session = sessions.get(
      ["head/tile_backward", config, first, fresh, sizes],
      () => tileBackwardGraph(config, first, fresh, sizes),
    );
    await releasing({ rows: rowsOf(tile) }, ({ rows }) => {
      const logits = this.#workspace.get(placeOf(tile));
      const feeds = { ...given, ...this.#weights(head), ...bindSums(sums), rows, logits };
      return session.runInto(feeds, { "expected.new": given.expected, ...bindSums(sums, ".new") });
    });
  }

  /** Threads share a processor's products alone. */
  #sizes({ labels }: Batch, { start, end }: Tile): TileSizes {
    const { config, sessions } = this.#model;
    return sessions.device === "cpu" ? tileSizes(config, labels.length, end - start) : {};
  }

  #tiles({ labels }: Batch): Tile[] {
    return tilesOf(this.#model.config.vocab_size, labels.length, this.#tiling);
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

/** What is made of hidden states of a shape, for so many tokens. */
function shapesOf(
  hidden: readonly number[],
  tokens: number,
  tiles: readonly Tile[],
): Map<string, readonly number[]> {
  const width = hidden[2]!, column = [tokens, 1];
  const totals = [0, 1, 2].flatMap((i) => [`max.${i}`, `sum.${i}`, `picked.${i}`]);
  return new Map<string, readonly number[]>([
    ...["x", "scaled", "expected", "labels"].map((name) => [name, [tokens, width]] as const),
    ["gradient", hidden],
    ...totals.map((name) => [name, column] as const),
    ...tiles.map((tile) => [placeOf(tile), [tokens, tile.end - tile.start]] as const),
  ]);
}

/** Bytes that the head takes for so many tokens of a batch: what it keeps, and what a tile is made into. */
export function headBytes(
  { vocab_size, hidden_size }: LlamaConfig,
  rows: number,
  length: number,
  tokens: number,
): number {
  const tiles = tilesOf(vocab_size, tokens), [{ start, end }] = tiles as [Tile];
  const kept = shapesOf([rows, length, hidden_size], tokens, tiles).values();
  const between = 3 * (end - start) * Math.max(tokens, hidden_size);
  return 4 * [...kept].reduce((sum, dims) => sum + elementCount(dims), between);
}

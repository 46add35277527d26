import type { Passes } from "../autodiff/mod.ts";
import {
  blockSizes,
  blocksOf,
  layerConfig,
  layerWeights,
  type LlamaConfig,
  type Model,
  rotaryTables,
  type Weights,
} from "../models/mod.ts";
import { sizesOf } from "../onnx/mod.ts";
import { elementCount, type Session, type Tensor } from "../runtime/mod.ts";
import { addRows } from "./add_rows.ts";
import type { Batch } from "./batch.ts";
import {
  EMBEDDING,
  embedGraph,
  layerLayout,
  layerPasses,
  type PassOptions,
} from "./training_graphs.ts";
import { Workspace } from "./workspace.ts";

/**
 * The decoder's passes, layer by layer: a layer's graphs are built once and run for each layer, and what its
 * backward pass needs waits in memory of known size (docs/decisions/0007).
 */
export class Decoder implements Disposable {
  readonly #model: Model;
  readonly #recompute: boolean;
  readonly #layers: readonly Readonly<Record<string, Tensor>>[];
  readonly #workspace = new Workspace();
  #rotary: Record<string, Tensor> = {};

  constructor(model: Model, recompute = false) {
    this.#model = model;
    this.#recompute = recompute;
    const all = new Map<string, Tensor>([
      ...model.weights.tensors,
      ...model.adapters?.tensors ?? [],
    ]);
    this.#layers = Array.from(
      { length: model.config.num_hidden_layers },
      (_, i) => Object.fromEntries(layerWeights(all, i)),
    );
  }

  /**
   * Hidden states of the last layer, before the last norm.
   *
   * @param keep whether {@linkcode Decoder.backward} follows
   * @returns [B, T, D], valid until the next pass
   */
  async forward(batch: Batch, keep: boolean): Promise<Tensor<"float32">> {
    const { config, weights, sessions } = this.#model;
    this.#workspace.layOut(this.#shapes(batch, keep));
    this.#position(batch.length);
    let x = this.#workspace.get("x.0");
    await sessions.get(["embed", config], () => embedGraph(config))
      .runInto({ ids: batch.ids, [EMBEDDING]: weights.tensors.get(EMBEDDING)! }, { x });
    for (const [i, layer] of this.#layers.entries()) {
      const session = this.#session("forward", i, batch);
      const saved = keep ? [...this.#savedShapes(i, batch).keys()] : [];
      const y = this.#workspace.get(keep ? `x.${i + 1}` : `x.${(i + 1) % 2}`);
      const fetches = { y, ...this.#saved(i, saved) };
      await session.runInto({ x, ...this.#rotary, ...layer }, fetches);
      x = y;
    }
    return x;
  }

  /**
   * Adds the gradients of the weights, or of the adapters, to `gradients`; follows {@linkcode Head.backward}.
   *
   * @param last gradient of the last hidden states, [B, T, D]
   * @param fresh whether what is in `gradients` is forgotten
   */
  async backward(
    batch: Batch,
    last: Tensor<"float32">,
    gradients: Weights,
    fresh: boolean,
  ): Promise<void> {
    const { config, adapters, sessions } = this.#model;
    let dy = last;
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const session = this.#session("backward", i, batch, fresh);
      const saved = [...this.#savedShapes(i, batch).keys()];
      const sums = [...layerWeights(gradients.tensors, i)];
      // Not in place: a weight's gradient may read dy after dx is written.
      const dx = this.#workspace.get(`dx.${i % 2}`);
      const fetches = { dx, ...bindSums(sums, ".new") };
      const feeds: Record<string, Tensor> = {
        ...this.#rotary,
        ...this.#layers[i]!,
        ...this.#saved(i, saved),
        ...bindSums(sums),
        x: this.#workspace.get(`x.${i}`),
        dy,
      };
      await session.runInto(feeds, fetches);
      dy = dx;
    }
    if (adapters !== undefined) return;
    // A tied embedding has its gradient as a head by now.
    const first = fresh && !config.tie_word_embeddings;
    const sum = gradients.tensors.get(EMBEDDING)!;
    await addRows(sessions, sum, dy, batch.read, { places: batch.readPlaces, fresh: first });
  }

  /** Bytes that the passes hold. */
  get bytes(): number {
    return this.#workspace.bytes;
  }

  /** Releases what the passes kept. */
  [Symbol.dispose](): void {
    this.#workspace[Symbol.dispose]();
    for (const table of Object.values(this.#rotary)) table.dispose();
  }

  /** One session for all layers that are computed in the same way. */
  #session(pass: "forward" | "backward", layer: number, batch: Batch, fresh = false): Session {
    const config = layerConfig(this.#model.config, layer);
    const options = { ...this.#options(config, batch), fresh };
    return this.#model.sessions.get(
      ["layer", pass, config, options],
      () => passesOf(config, options)[pass],
    );
  }

  /** @param config the layer's own */
  #options(config: LlamaConfig, { rows, length }: Batch): PassOptions {
    return {
      blocks: blocksOf(length),
      recompute: this.#recompute,
      // Threads share a processor's products alone.
      ...(this.#model.sessions.device === "cpu"
        ? { layout: layerLayout(config, rows.length * length) }
        : {}),
    };
  }

  /** What a layer's backward pass needs of its forward pass, besides its input. */
  #saved(layer: number, names: readonly string[]): Record<string, Tensor> {
    return Object.fromEntries(names.map((name) => [name, this.#workspace.get(`${layer}.${name}`)]));
  }

  #savedShapes(layer: number, batch: Batch): Map<string, number[]> {
    const config = layerConfig(this.#model.config, layer), { rows, length } = batch;
    return savedShapes(config, rows.length, length, this.#options(config, batch));
  }

  /** What the passes over a batch write: hidden states between layers, their gradients, and what is saved. */
  #shapes(batch: Batch, keep: boolean): Map<string, readonly number[]> {
    const x = [batch.rows.length, batch.length, this.#model.config.hidden_size];
    if (!keep) return new Map([["x.0", x], ["x.1", x]]);
    return new Map([
      ["x.0", x],
      ...this.#layers.flatMap((_, i) => [
        [`x.${i + 1}`, x] as const,
        ...[...this.#savedShapes(i, batch)].map(([name, dims]) => [`${i}.${name}`, dims] as const),
      ]),
      ["dx.0", x],
      ["dx.1", x],
    ]);
  }

  #position(length: number): void {
    if ((this.#rotary["rotary.cos"]?.dims[0] ?? 0) >= length) return;
    for (const table of Object.values(this.#rotary)) table.dispose();
    this.#rotary = rotaryTables(this.#model.config, length);
  }
}

const built = new Map<string, Passes>();

/** The passes of a layer, built once: they depend on nothing else. @param config of {@linkcode layerConfig} */
function passesOf(config: LlamaConfig, options: PassOptions): Passes {
  const { recompute, fresh, blocks, layout } = options;
  const key = JSON.stringify([config, recompute, fresh, blocks, layout]);
  let passes = built.get(key);
  if (passes === undefined) built.set(key, passes = layerPasses(config, options));
  return passes;
}

/** Bytes that a forward pass over a batch keeps for the backward pass. */
export function activationBytes(
  config: LlamaConfig,
  rows: number,
  length: number,
  recompute: boolean,
): number {
  const options = { recompute, blocks: blocksOf(length) };
  let floats = config.num_hidden_layers * rows * length * config.hidden_size;
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const saved = savedShapes(layerConfig(config, layer), rows, length, options);
    for (const dims of saved.values()) floats += elementCount(dims);
  }
  return 4 * floats;
}

/** What a layer's forward pass keeps for its backward pass, besides its input. */
function savedShapes(
  config: LlamaConfig,
  rows: number,
  length: number,
  options: PassOptions,
): Map<string, number[]> {
  const { saved } = passesOf(config, options);
  const sizes = { batch: rows, length, ...blockSizes(length, options.blocks ?? 1) };
  return new Map([...saved].map(([name, { shape }]) => [name, sizesOf(shape, sizes)]));
}

/** Sums of gradients as feeds, or with `.new` as fetches. */
export function bindSums(
  sums: Iterable<readonly [string, Tensor]>,
  suffix = "",
): Record<string, Tensor> {
  return Object.fromEntries([...sums].map(([name, sum]) => [`g:${name}${suffix}`, sum]));
}

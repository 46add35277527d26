import type { Passes } from "../autodiff/mod.ts";
import {
  blockSizes,
  blocksOf,
  layerWeights,
  type LlamaConfig,
  type Model,
  rotaryTables,
  type Weights,
} from "../models/mod.ts";
import { sizesOf } from "../onnx/mod.ts";
import type { Tensor } from "../runtime/mod.ts";
import type { Batch } from "./batch.ts";
import { addRowsGraph, EMBEDDING, embedGraph, layerPasses, type PassOptions } from "./graphs.ts";
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
    const sizes = sizesFor(batch.rows.length, batch.length);
    const dims = [sizes.batch, sizes.length, config.hidden_size];
    this.#position(batch.length);
    let x = this.#workspace.take("x.0", dims);
    await sessions.get(["embed", config], () => embedGraph(config)).run(
      { ids: batch.ids, [EMBEDDING]: weights.tensors.get(EMBEDDING)! },
      ["x"],
      { x },
    );
    const session = this.#session("forward", { blocks: blocksOf(batch.length) });
    for (const [i, layer] of this.#layers.entries()) {
      const y = this.#workspace.take(keep ? `x.${i + 1}` : `x.${(i + 1) % 2}`, dims);
      const fetches = { y, ...(keep ? this.#saved(i, sizes) : {}) };
      await session.run({ x, ...this.#rotary, ...layer }, Object.keys(fetches), fetches);
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
    const sizes = sizesFor(batch.rows.length, batch.length);
    const session = this.#session("backward", { fresh, blocks: blocksOf(batch.length) });
    let dy = last;
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const sums = [...layerWeights(gradients.tensors, i)];
      // Not in place: a weight's gradient may read dy after dx is written.
      const dx = this.#workspace.take(`dx.${i % 2}`, dy.dims);
      const fetches = { dx, ...bindSums(sums, ".new") };
      const feeds: Record<string, Tensor> = {
        ...this.#rotary,
        ...this.#layers[i]!,
        ...this.#saved(i, sizes),
        ...bindSums(sums),
        x: this.#workspace.take(`x.${i}`, dy.dims),
        dy,
      };
      await session.run(feeds, Object.keys(fetches), fetches);
      dy = dx;
    }
    if (adapters !== undefined) return;
    // A tied embedding has its gradient as a head by now.
    const first = fresh && !config.tie_word_embeddings;
    const sum = gradients.tensors.get(EMBEDDING)!;
    await sessions.get(["add_rows", config, first], () => addRowsGraph(config, first))
      .run({ rows: batch.ids, updates: dy, sum }, ["sum.new"], { "sum.new": sum });
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

  #session(pass: "forward" | "backward", options: PassOptions) {
    const { config, sessions } = this.#model, all = { ...options, recompute: this.#recompute };
    return sessions.get(
      ["layer", pass, layerKey(config), all],
      () => passesOf(config, all)[pass],
    );
  }

  #saved(layer: number, sizes: Readonly<Record<string, number>>): Record<string, Tensor> {
    const { saved } = passesOf(this.#model.config, {
      recompute: this.#recompute,
      blocks: blocksOf(sizes.length!),
    });
    return Object.fromEntries(
      [...saved].map(([name, value]) => [
        name,
        this.#workspace.take(`${layer}.${name}`, sizesOf(value.shape, sizes)),
      ]),
    );
  }

  #position(length: number): void {
    if ((this.#rotary["rotary.cos"]?.dims[0] ?? 0) >= length) return;
    for (const table of Object.values(this.#rotary)) table.dispose();
    this.#rotary = rotaryTables(this.#model.config, length);
  }
}

/** What the passes of a layer depend on: not how many there are. */
function layerKey(
  { num_hidden_layers: _, ...layer }: LlamaConfig,
): Omit<LlamaConfig, "num_hidden_layers"> {
  return layer;
}

const built = new Map<string, Passes>();

/** The passes of a layer, built once: they depend on nothing else. */
function passesOf(config: LlamaConfig, options: PassOptions): Passes {
  const { recompute, fresh, blocks } = options;
  const key = JSON.stringify([layerKey(config), recompute, fresh, blocks]);
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
  const { saved } = passesOf(config, { recompute, blocks: blocksOf(length) });
  const sizes = sizesFor(rows, length);
  const kept = [...saved.values()].map(({ shape }) => sizesOf(shape, sizes));
  const x = [rows, length, config.hidden_size];
  const floats = [x, ...kept].reduce((sum, dims) => sum + dims.reduce((a, b) => a * b, 1), 0);
  return 4 * config.num_hidden_layers * floats;
}

/** The symbolic sizes of the passes over a batch. */
function sizesFor(rows: number, length: number) {
  return { batch: rows, length, ...blockSizes(length, blocksOf(length)) };
}

/** Sums of gradients as feeds, or with `.new` as fetches. */
export function bindSums(
  sums: Iterable<readonly [string, Tensor]>,
  suffix = "",
): Record<string, Tensor> {
  return Object.fromEntries([...sums].map(([name, sum]) => [`g:${name}${suffix}`, sum]));
}

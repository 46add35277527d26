import { headName, type Model, type Weights } from "../models/mod.ts";
import { type Tensor, tensor } from "../runtime/mod.ts";
import { type Batch, releasing, scalar } from "./batch.ts";
import { bindSums } from "./decoder.ts";
import { addRowsGraph, FINAL_NORM, headBackwardGraph, logitsGraph, logpsGraph } from "./graphs.ts";
import { Workspace } from "./workspace.ts";

/** Bytes of the scores over the vocabulary that are in memory at once. */
const CHUNK_BYTES = 64 * 2 ** 20;
/** Chunks whose scores wait for the backward pass; those of more are computed again. */
const KEPT_CHUNKS = 4;

/** Bytes that the head takes at most: what is kept, and a chunk with its gradient and what is between. */
export const HEAD_BYTES: number = (KEPT_CHUNKS + 4) * CHUNK_BYTES;

/**
 * The head: scores, log-probabilities and their gradient, for completion tokens alone and for a chunk of them
 * at a time, so that a vocabulary of 150,000 needs no more memory than one of 50.
 */
export class Head implements Disposable {
  readonly #model: Model;
  readonly #chunk: number;
  readonly #workspace = new Workspace();

  /** @param chunkBytes bytes of the scores that are in memory at once */
  constructor(model: Model, chunkBytes: number = CHUNK_BYTES) {
    this.#model = model;
    this.#chunk = Math.max(1, Math.floor(chunkBytes / (4 * model.config.vocab_size)));
  }

  /** Log-probabilities of the batch's labels. */
  async logps(
    batch: Batch,
    hidden: Tensor<"float32">,
    inverseTemperature: number,
  ): Promise<number[]> {
    const session = this.#model.sessions.get(["head/logps"], logpsGraph);
    const logps: number[] = [];
    for (const start of this.#starts(batch)) {
      const logits = await this.#computeLogits(batch, start, hidden, inverseTemperature);
      await releasing({ labels: this.#column(batch.labels, start) }, async ({ labels }) => {
        const result = await session.run({ logits, labels }, ["logps"]);
        using taken = result.logps as Tensor<"float32">;
        for (const logp of taken.data) logps.push(logp);
      });
    }
    return logps;
  }

  /**
   * After {@linkcode Head.logps}: the gradient of the hidden states, [B, T, D], valid until the next; adds those of the head and the last norm
   * to `gradients` unless they are frozen.
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
    const session = (first: boolean) =>
      sessions.get(
        ["head/backward", config, first, first && fresh],
        () => headBackwardGraph(config, first, first && fresh),
      );
    const trained = adapters === undefined, head = headName(config);
    const names = trained ? [FINAL_NORM, head] : [];
    const sums = names.map((name) => [name, gradients.tensors.get(name)!] as const);
    const sum = this.#workspace.take("gradient", hidden.dims);
    for (const start of this.#starts(batch)) {
      const logits = start / this.#chunk < KEPT_CHUNKS
        ? this.#logits(batch, start)
        : await this.#computeLogits(batch, start, hidden, inverseTemperature);
      const made = {
        places: this.#places(batch, start),
        labels: this.#column(batch.labels, start),
        "logps.gradient": tensor("float32", [logits.dims[0]!, 1], this.#part(g, start)),
        inverse_temperature: scalar(inverseTemperature),
      };
      await releasing(made, async (made) => {
        const fetches: Record<string, Tensor> = {
          "hidden.gradient.new": sum,
          ...bindSums(sums, ".new"),
        };
        const updates = this.#workspace.take("labels", [made.labels.dims[0]!, 1, hidden.dims[2]!]);
        if (trained) fetches["labels.gradient"] = updates;
        const feeds: Record<string, Tensor> = {
          ...made,
          ...this.#weights(),
          ...bindSums(sums),
          logits,
          hidden,
          "hidden.gradient": sum,
        };
        await session(start === 0).run(feeds, Object.keys(fetches), fetches);
        if (!trained) return;
        const gradient = gradients.tensors.get(head)!;
        await sessions.get(["add_rows", config, false], () => addRowsGraph(config, false)).run(
          { rows: made.labels, updates, sum: gradient },
          ["sum.new"],
          { "sum.new": gradient },
        );
      });
    }
    return sum;
  }

  /** Releases what was kept. */
  [Symbol.dispose](): void {
    this.#workspace[Symbol.dispose]();
  }

  /** Where a chunk's scores lie: in a place of their own, or in one that the last of them have. */
  #logits(batch: Batch, start: number): Tensor<"float32"> {
    const index = start / this.#chunk, rows = Math.min(this.#chunk, batch.labels.length - start);
    const name = index < KEPT_CHUNKS ? `logits.${index}` : "logits";
    return this.#workspace.take(name, [rows, this.#model.config.vocab_size]);
  }

  async #computeLogits(
    batch: Batch,
    start: number,
    hidden: Tensor<"float32">,
    inverseTemperature: number,
  ): Promise<Tensor<"float32">> {
    const { config, sessions } = this.#model;
    const session = sessions.get(["head/logits", config], () => logitsGraph(config));
    const logits = this.#logits(batch, start);
    const made = {
      places: this.#places(batch, start),
      inverse_temperature: scalar(inverseTemperature),
    };
    await releasing(
      made,
      (made) => session.run({ ...made, ...this.#weights(), hidden }, ["logits"], { logits }),
    );
    return logits;
  }

  #weights(): Record<string, Tensor> {
    const { config, weights } = this.#model;
    const names = [FINAL_NORM, headName(config)];
    return Object.fromEntries(names.map((name) => [name, weights.tensors.get(name)!]));
  }

  #starts({ labels }: Batch): number[] {
    return Array.from(
      { length: Math.ceil(labels.length / this.#chunk) },
      (_, i) => i * this.#chunk,
    );
  }

  #part(values: readonly number[], start: number): number[] {
    return values.slice(start, start + this.#chunk);
  }

  #places({ places }: Batch, start: number): Tensor<"int64"> {
    const part = this.#part(places, start);
    return tensor("int64", [part.length], part);
  }

  #column(values: readonly number[], start: number): Tensor<"int64"> {
    const part = this.#part(values, start);
    return tensor("int64", [part.length, 1], part);
  }
}

import { allocate, type DeviceName, elementCount, type Tensor } from "../runtime/mod.ts";
import { cachedHeadSize, type LlamaConfig } from "../models/mod.ts";

/** Keys and values of rows in host memory, [rows, K, C, E] a layer; updated in place by the graphs. */
export class KeyValueCache implements Disposable {
  readonly #block: Tensor<"float32">;
  readonly #buffers: readonly Tensor<"float32">[];
  readonly #names: readonly string[];
  #views: readonly Tensor[] | undefined;
  #viewed = "";
  /** Tokens a row has room for. */
  readonly capacity: number;

  constructor(config: LlamaConfig, rows: number, capacity: number, device: DeviceName) {
    this.capacity = capacity;
    const dims = [rows, config.num_key_value_heads, capacity, cachedHeadSize(config)];
    this.#names = Array.from({ length: config.num_hidden_layers }, (_, i) => i)
      .flatMap((i) => [`cache.${i}.key`, `cache.${i}.value`]);
    // One block, which goes back to the system as a whole.
    const size = elementCount(dims);
    this.#block = allocate("float32", [this.#names.length * size]);
    // What is hidden is multiplied by 0, and memory may hold what is no number.
    if (device === "cuda") this.#block.data.fill(0);
    this.#buffers = this.#names.map((_, i) => this.#block.view(dims, i * size));
  }

  /** Feeds and fetches of `rows` rows from `first` on: one tensor on both sides. */
  bind(
    rows: number,
    first = 0,
  ): { feeds: Record<string, Tensor>; fetches: Record<string, Tensor> } {
    const viewed = `${first} ${rows}`;
    if (this.#views === undefined || this.#viewed !== viewed) {
      this.#release();
      this.#views = this.#buffers.map((buffer) => {
        const row = buffer.dims.slice(1);
        return buffer.view([rows, ...row], first * elementCount(row));
      });
      this.#viewed = viewed;
    }
    const entries = this.#names.map((name, i) => [name, this.#views![i]!] as const);
    return {
      feeds: Object.fromEntries(entries),
      fetches: Object.fromEntries(entries.map(([name, t]) => [`${name}.new`, t])),
    };
  }

  /** Copies the first `length` tokens of a row to another, in host memory. */
  copyRow(source: number, target: number, length: number): void {
    if (source === target) return;
    const [, heads, capacity, headSize] = this.#buffers[0]!.dims as [
      number,
      number,
      number,
      number,
    ];
    const stride = capacity * headSize, used = length * headSize;
    for (const { data } of this.#buffers) {
      for (let head = 0; head < heads; head++) {
        const start = (source * heads + head) * stride;
        data.copyWithin((target * heads + head) * stride, start, start + used);
      }
    }
  }

  /** Releases the memory. */
  [Symbol.dispose](): void {
    this.#release();
    for (const buffer of this.#buffers) buffer.dispose();
    this.#block.dispose();
  }

  #release(): void {
    for (const view of this.#views ?? []) {
      view.bringToHost();
      view.dispose();
    }
    this.#views = undefined;
  }
}

/** Bytes of the keys and values of so many rows of a capacity. */
export function cacheBytes(config: LlamaConfig, rows: number, capacity: number): number {
  const { num_hidden_layers, num_key_value_heads } = config, size = cachedHeadSize(config);
  return 2 * 4 * num_hidden_layers * rows * num_key_value_heads * capacity * size;
}

/** Bytes of keys and values that rows decoded together may have, unless one row alone has more. */
const BUDGET = 2 ** 30;
/** Bytes of them that stay in a processor's cache from step to step. */
const CACHED = 12 * 2 ** 20;
/** Rows enough to keep a processor busy. */
const ENOUGH_ROWS = 64;

/**
 * How many rows of a capacity are decoded together, of at most `most`. On a processor no more than stay in its cache, if
 * these are enough: the embedded model's are decoded a quarter faster then than 512 at once.
 */
export function rowsThatFit(
  config: LlamaConfig,
  capacity: number,
  most: number,
  device: DeviceName = "cpu",
): number {
  const one = cacheBytes(config, 1, capacity), cached = Math.floor(CACHED / one);
  const few = device === "cpu" && cached >= ENOUGH_ROWS;
  return Math.max(1, Math.min(most, few ? cached : Math.floor(BUDGET / one)));
}

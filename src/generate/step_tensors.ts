import { type Tensor, zeros } from "../runtime/mod.ts";

/** A uniform number in [0, 1) for (prompt, sample, position). */
export type Uniform = (prompt: number, sample: number, position: number) => number;

/** What a run is fed besides what changes: weights, adapters, rotary tables. */
export type ModelFeeds = Readonly<Record<string, Tensor>>;

/** A row that is being decoded. */
export interface ActiveRow {
  readonly promptIndex: number;
  readonly sample: number;
  readonly ids: number[];
  readonly logps: number[];
  /** Tokens in the cache. */
  length: number;
  last: number;
  /** Whether it has ended by itself. */
  stopped: boolean;
}

/** The small tensors that go in and out of each step. */
export class StepTensors implements Disposable {
  readonly ids: Tensor<"int64">;
  readonly lengths: Tensor<"int32">;
  readonly total: Tensor<"int32">;
  readonly uniforms: Tensor<"float32">;
  readonly logps: Tensor<"float32">;
  readonly defects: Tensor<"float32">;

  constructor(rows: number) {
    this.ids = zeros("int64", [rows, 1]);
    this.lengths = zeros("int32", [rows]);
    this.total = zeros("int32", [1]);
    this.uniforms = zeros("float32", [rows, 1]);
    this.logps = zeros("float32", [rows]);
    this.defects = zeros("float32", [rows]);
  }

  /** Writes the inputs of a step. @returns the largest number of tokens in the cache */
  fill(rows: readonly ActiveRow[], uniform: Uniform | undefined): number {
    const ids = this.ids.data, lengths = this.lengths.data, uniforms = this.uniforms.data;
    let longest = 0;
    rows.forEach((row, r) => {
      ids[r] = BigInt(row.last);
      lengths[r] = row.length;
      longest = Math.max(longest, row.length);
      if (uniform !== undefined) uniforms[r] = uniform(row.promptIndex, row.sample, row.ids.length);
    });
    return longest;
  }

  /** Releases the tensors. */
  [Symbol.dispose](): void {
    const { ids, lengths, total, uniforms, logps, defects } = this;
    for (const t of [ids, lengths, total, uniforms, logps, defects]) t.dispose();
  }
}

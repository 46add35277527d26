import { allocate, type Tensor } from "../runtime/mod.ts";

interface Place {
  readonly buffer: Tensor<"float32">;
  readonly view: Tensor<"float32">;
}

/** Memory for intermediate results, kept from run to run and grown when more is needed. */
export class Workspace implements Disposable {
  readonly #places = new Map<string, Place>();

  /** The tensor of this name; its contents stay from one taking to the next, until a larger one is taken. */
  take(name: string, dims: readonly number[]): Tensor<"float32"> {
    const found = this.#places.get(name);
    if (found !== undefined && found.view.dims.join() === dims.join()) return found.view;
    const size = dims.reduce((a, b) => a * b, 1);
    found?.view.dispose();
    let buffer = found?.buffer;
    if (buffer === undefined || buffer.size < size) {
      buffer?.dispose();
      buffer = allocate("float32", [size]);
    }
    const view = buffer.view(dims);
    this.#places.set(name, { buffer, view });
    return view;
  }

  /** Bytes that are held. */
  get bytes(): number {
    return [...this.#places.values()].reduce((sum, { buffer }) => sum + buffer.size * 4, 0);
  }

  /** Releases everything. */
  [Symbol.dispose](): void {
    for (const { buffer, view } of this.#places.values()) {
      view.dispose();
      buffer.dispose();
    }
    this.#places.clear();
  }
}

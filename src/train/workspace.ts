import { allocate, elementCount, type Tensor } from "../runtime/mod.ts";

/** Elements to whose multiples tensors are aligned: one cache line, as vector code likes it. */
const ALIGNMENT = 16;

/**
 * Memory for intermediate results: tensors by name in one block, which is kept from run to run and made anew when more
 * is needed. One block gets huge pages, which many small ones do not (docs/decisions/0007).
 */
export class Workspace implements Disposable {
  #block: Tensor<"float32"> | undefined;
  #views = new Map<string, Tensor<"float32">>();
  #layout = "";

  /** Makes room for tensors of these shapes; unless they are the same as before, what was in them is lost. */
  layOut(shapes: ReadonlyMap<string, readonly number[]>): void {
    const layout = JSON.stringify([...shapes]);
    if (layout === this.#layout) return;
    this.#releaseViews();
    this.#layout = layout;
    let size = 0;
    const places = [...shapes].map(([name, dims]) => {
      const offset = size, count = elementCount(dims);
      size += Math.ceil(count / ALIGNMENT) * ALIGNMENT;
      return { name, dims, offset };
    });
    if (this.#block === undefined || this.#block.size < size) {
      this.#block?.dispose();
      this.#block = allocate("float32", [size]);
    }
    for (const { name, dims, offset } of places) {
      this.#views.set(name, this.#block.view(dims, offset));
    }
  }

  /** The tensor of a name. @throws {RangeError} when there was no room made for it */
  get(name: string): Tensor<"float32"> {
    const view = this.#views.get(name);
    if (view === undefined) throw new RangeError(`Cannot use ${name}: not in the workspace`);
    return view;
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.#block?.bytes ?? 0;
  }

  /** Releases everything. */
  [Symbol.dispose](): void {
    this.#releaseViews();
    this.#block?.dispose();
    this.#block = undefined;
  }

  #releaseViews(): void {
    for (const view of this.#views.values()) view.dispose();
    this.#views.clear();
    this.#layout = "";
  }
}

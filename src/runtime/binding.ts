import { api, Out } from "./api.ts";
import { createMemoryInfo, defaultAllocator } from "./memory.ts";
import type { Tensor } from "./tensor.ts";

let host: Deno.PointerValue | undefined;

/** What a run on a device reads and writes: ONNX Runtime's IoBinding. */
export class Binding implements Disposable {
  readonly #handle: Deno.PointerValue;

  constructor(session: Deno.PointerValue) {
    const out = new Out();
    api().CreateIoBinding(session, out.cell);
    this.#handle = out.pointer;
  }

  /** The `OrtIoBinding*`. */
  get handle(): Deno.PointerValue {
    return this.#handle;
  }

  /** Binds an input; one in host memory is copied now. */
  input(name: Uint8Array<ArrayBuffer>, tensor: Tensor): void {
    api().BindInput(this.#handle, name, tensor.handle);
  }

  /** Binds an output to a tensor, or to host memory that ONNX Runtime allocates. */
  output(name: Uint8Array<ArrayBuffer>, tensor: Tensor | undefined): void {
    if (tensor !== undefined) return api().BindOutput(this.#handle, name, tensor.handle);
    host ??= createMemoryInfo("Cpu");
    api().BindOutputToDevice(this.#handle, name, host);
  }

  /** The `OrtValue*` of each output after a run; the caller releases them. */
  outputs(count: number): Deno.PointerObject[] {
    const list = new Out(), written = new Out();
    api().GetBoundOutputValues(this.#handle, defaultAllocator(), list.cell, written.cell);
    const view = new Deno.UnsafePointerView(list.pointer!);
    const values = Array.from({ length: count }, (_, i) => view.getPointer(i * 8)!);
    api().AllocatorFree(defaultAllocator(), list.pointer);
    return values;
  }

  /** Releases the binding, not what is bound. */
  [Symbol.dispose](): void {
    api().ReleaseIoBinding(this.#handle);
  }
}

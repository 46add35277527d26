import { address, api, Out, toCString } from "./api.ts";
import { Binding } from "./binding.ts";
import { deviceFault } from "./device_faults.ts";
import { DeviceMemory } from "./device_memory.ts";
import { openSession, type SessionOptions } from "./environment.ts";
import { defaultAllocator } from "./memory.ts";
import { type PlacedNode, placementOf } from "./placement.ts";
import { adopt, type DeviceName, handles, type Tensor } from "./tensor.ts";

/** Tensors by graph input or output name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Counters over the life of the process: tests assert on counts, benches on time. */
export const SESSION_COUNTERS = { built: 0, runs: 0, runMilliseconds: 0 };

/**
 * A loaded graph. Sessions are built once per graph and shared; weights are fed, so that an optimizer step
 * needs no new session.
 */
export class Session implements Disposable {
  readonly name: string;
  readonly device: DeviceName;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  #handle: Deno.PointerValue;
  readonly #inputNames: BigUint64Array<ArrayBuffer>;
  readonly #cNames = new Map<string, Uint8Array<ArrayBuffer>>();

  /**
   * Builds a session from a serialized ONNX model.
   *
   * @throws {Error} when ONNX Runtime refuses the graph: a bug of the graph compiler, with the node's scoped name
   */
  constructor(model: Uint8Array<ArrayBuffer>, options: SessionOptions) {
    this.name = options.name;
    this.device = options.device ?? "cpu";
    this.#handle = openSession(model, options);
    SESSION_COUNTERS.built++;
    this.inputs = this.#names("SessionGetInputCount", "SessionGetInputName");
    this.outputs = this.#names("SessionGetOutputCount", "SessionGetOutputName");
    this.#inputNames = this.#namePointers(this.inputs);
  }

  /**
   * Runs the graph off the event loop.
   *
   * @param feeds a tensor for every input
   * @param fetches tensors to write outputs into; one may be the same tensor as a feed (see
   *   docs/decisions/0003-state-in-place.md for when that is safe)
   * @returns a tensor for every output, in which fetched ones are the tensors given
   * @throws {TypeError} when a feed is missing or unknown
   * @throws {Error} ONNX Runtime's text, with this session's name and the shapes fed
   */
  async run<O extends string>(
    feeds: Tensors,
    outputs: readonly O[],
    fetches: Tensors = {},
  ): Promise<Record<O, Tensor>> {
    this.#check(feeds, outputs, fetches);
    const started = performance.now();
    try {
      return this.device === "cpu"
        ? await this.#runOnHost(feeds, outputs, fetches)
        : await this.#runOnDevice(this.device, feeds, outputs, fetches);
    } catch (error) {
      const shapes = Object.entries(feeds).filter(([name]) => !/\.weight$|^[mvg]:/.test(name))
        .map(([name, fed]) => `${name} ${fed}`).join(", ");
      const text = (error as Error).message, fault = deviceFault(this.device, text);
      const reason = fault === undefined ? text : `device ${this.device}: ${fault}`;
      throw new Error(`Cannot run session ${this.name}: ${reason}\n  fed: ${shapes}`, {
        cause: error,
      });
    } finally {
      SESSION_COUNTERS.runs++;
      SESSION_COUNTERS.runMilliseconds += performance.now() - started;
    }
  }

  /** Runs the graph as {@linkcode Session.run} does, writing into a tensor for every output that is wanted. */
  async runInto(feeds: Tensors, fetches: Tensors): Promise<void> {
    await this.run(feeds, Object.keys(fetches), fetches);
  }

  /** Where its nodes run, of a session that was built with `tellPlacement`. */
  placement(): PlacedNode[] {
    return placementOf(this.#handle);
  }

  /** Releases the session. */
  [Symbol.dispose](): void {
    if (this.#handle === null) return;
    api().ReleaseSession(this.#handle);
    this.#handle = null;
  }

  async #runOnHost<O extends string>(
    feeds: Tensors,
    outputs: readonly O[],
    fetches: Tensors,
  ): Promise<Record<O, Tensor>> {
    const values = handles(this.inputs.map((name) => feeds[name]));
    const results = handles(outputs.map((name) => fetches[name]));
    await api().Run(
      this.#handle,
      null,
      this.#inputNames,
      values,
      BigInt(this.inputs.length),
      this.#namePointers(outputs),
      BigInt(outputs.length),
      results,
    );
    return collect(outputs, fetches, (i) => adopt(Deno.UnsafePointer.create(results[i]!)!));
  }

  /** What is large enough stays on the device as its tensor's mirror; the rest goes to and fro with the run. */
  async #runOnDevice<O extends string>(
    device: Exclude<DeviceName, "cpu">,
    feeds: Tensors,
    outputs: readonly O[],
    fetches: Tensors,
  ): Promise<Record<O, Tensor>> {
    const memory = DeviceMemory.of(device);
    using binding = new Binding(this.#handle);
    for (const name of this.inputs) {
      binding.input(this.#cName(name), memory.forReading(feeds[name]!));
    }
    for (const name of outputs) {
      const fetch = fetches[name];
      binding.output(this.#cName(name), fetch === undefined ? undefined : memory.forWriting(fetch));
    }
    await api().RunWithBinding(this.#handle, null, binding.handle);
    const values = binding.outputs(outputs.length);
    return collect(
      outputs,
      fetches,
      (i) => adopt(values[i]!),
      (i) => api().ReleaseValue(values[i]!),
    );
  }

  #check(feeds: Tensors, outputs: readonly string[], fetches: Tensors): void {
    if (this.#handle === null) throw new TypeError(`Cannot run session ${this.name}: released`);
    const missing = this.inputs.filter((name) => feeds[name] === undefined);
    if (missing.length > 0) {
      throw new TypeError(`Cannot run session ${this.name}: no feed for ${missing.join(", ")}`);
    }
    const unknown = [...outputs, ...Object.keys(fetches)].filter((name) =>
      !this.outputs.includes(name)
    );
    if (unknown.length > 0) {
      throw new TypeError(`Cannot run session ${this.name}: no output ${unknown.join(", ")}`);
    }
  }

  /** Addresses of C strings; the strings live as long as the session. */
  #namePointers(names: readonly string[]): BigUint64Array<ArrayBuffer> {
    return BigUint64Array.from(names, (name) => address(Deno.UnsafePointer.of(this.#cName(name))));
  }

  #cName(name: string): Uint8Array<ArrayBuffer> {
    let bytes = this.#cNames.get(name);
    if (bytes === undefined) this.#cNames.set(name, bytes = toCString(name));
    return bytes;
  }

  #names(
    count: "SessionGetInputCount" | "SessionGetOutputCount",
    name: "SessionGetInputName" | "SessionGetOutputName",
  ): string[] {
    const total = new Out();
    api()[count](this.#handle, total.cell);
    return Array.from({ length: total.value }, (_, i) => {
      const out = new Out();
      api()[name](this.#handle, BigInt(i), defaultAllocator(), out.cell);
      const text = new Deno.UnsafePointerView(out.pointer!).getCString();
      api().AllocatorFree(defaultAllocator(), out.pointer);
      return text;
    });
  }
}

function collect<O extends string>(
  outputs: readonly O[],
  fetches: Tensors,
  make: (index: number) => Tensor,
  drop: (index: number) => void = () => {},
): Record<O, Tensor> {
  const result = {} as Record<O, Tensor>;
  outputs.forEach((name, i) => {
    const fetched = fetches[name];
    if (fetched !== undefined) drop(i);
    result[name] = fetched ?? make(i);
  });
  return result;
}

import { address, api, Out, toCString } from "./api.ts";
import { appendProvider, MEMORY_NAMES } from "./device.ts";
import {
  adopt,
  allocate,
  createMemoryInfo,
  defaultAllocator,
  type DeviceName,
  type DType,
  handles,
  type Tensor,
} from "./tensor.ts";

/** Tensors by graph input or output name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** How much ONNX Runtime rewrites the graph before it runs. */
export const OPTIMIZATION_LEVELS = { none: 0, basic: 1, extended: 2, all: 99 } as const;

/** How to build a session. */
export interface SessionOptions {
  /** Shown in errors. */
  readonly name: string;
  readonly device?: DeviceName;
  readonly optimization?: keyof typeof OPTIMIZATION_LEVELS;
  /** Threads of the process-wide pool; only the first session's setting counts. */
  readonly threads?: number;
}

/** Counters over the life of the process: tests assert on counts, benches on time. */
export const SESSION_COUNTERS = { built: 0, runs: 0, runMilliseconds: 0 };

let environment: Deno.PointerValue | undefined;

/** One thread pool for all sessions: separate pools would spin against each other between runs. */
function env(threads: number): Deno.PointerValue {
  if (environment !== undefined) return environment;
  const fatalOnly = 4; // errors are thrown with their text
  const options = new Out(), out = new Out();
  api().CreateThreadingOptions(options.cell);
  api().SetGlobalIntraOpNumThreads(options.pointer, threads);
  api().SetGlobalInterOpNumThreads(options.pointer, 1);
  api().CreateEnvWithGlobalThreadPools(fatalOnly, toCString("soar"), options.pointer, out.cell);
  api().ReleaseThreadingOptions(options.pointer);
  environment = out.pointer;
  registerArena(environment);
  return environment;
}

/**
 * One arena for what is between the operators of all sessions: they run one after the other, and an arena for each takes
 * half as much again.
 */
function registerArena(environment: Deno.PointerValue): void {
  const memory = createMemoryInfo("Cpu", "arena"), settings = null; // ONNX Runtime's own
  api().CreateAndRegisterAllocator(environment, memory, settings);
  api().ReleaseMemoryInfo(memory);
}

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
  #memory: Deno.PointerValue = null;
  #allocator: Deno.PointerValue = null;
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
    const settings = new Out(), out = new Out();
    const environment = env(options.threads ?? navigator.hardwareConcurrency);
    api().CreateSessionOptions(settings.cell);
    try {
      const level = OPTIMIZATION_LEVELS[options.optimization ?? "all"];
      api().DisablePerSessionThreads(settings.pointer);
      api().SetSessionGraphOptimizationLevel(settings.pointer, level);
      if (this.device === "cpu") {
        const [key, yes] = ["session.use_env_allocators", "1"].map(toCString);
        api().AddSessionConfigEntry(settings.pointer, key!, yes!);
      }
      appendProvider(settings.pointer, this.device);
      api().CreateSessionFromArray(
        environment,
        model,
        BigInt(model.length),
        settings.pointer,
        out.cell,
      );
    } catch (error) {
      throw new Error(`Cannot build session ${this.name}: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      api().ReleaseSessionOptions(settings.pointer);
    }
    this.#handle = out.pointer;
    SESSION_COUNTERS.built++;
    this.inputs = this.#names("SessionGetInputCount", "SessionGetInputName");
    this.outputs = this.#names("SessionGetOutputCount", "SessionGetOutputName");
    this.#inputNames = this.#namePointers(this.inputs);
    if (this.device !== "cpu") {
      const allocator = new Out();
      this.#memory = createMemoryInfo(MEMORY_NAMES[this.device]);
      api().CreateAllocator(this.#handle, this.#memory, allocator.cell);
      this.#allocator = allocator.pointer;
    }
  }

  /**
   * Runs the graph off the event loop.
   *
   * @param feeds a tensor for every input
   * @param fetches tensors to write outputs into; one may be the same tensor as a feed (see
   *   docs/decisions/0003-state-in-place.md for when that is safe)
   * @param keep outputs to leave on the session's device; the others come to the host
   * @returns a tensor for every output, in which fetched ones are the tensors given
   * @throws {TypeError} when a feed is missing or unknown
   * @throws {Error} ONNX Runtime's text, with this session's name and the shapes fed
   */
  async run<O extends string>(
    feeds: Tensors,
    outputs: readonly O[],
    fetches: Tensors = {},
    keep: readonly string[] = [],
  ): Promise<Record<O, Tensor>> {
    this.#check(feeds, outputs, fetches);
    const started = performance.now();
    try {
      return this.device === "cpu"
        ? await this.#runOnHost(feeds, outputs, fetches)
        : await this.#runOnDevice(feeds, outputs, fetches, new Set(keep));
    } catch (error) {
      const shapes = Object.entries(feeds).filter(([name]) => !/\.weight$|^[mvg]:/.test(name))
        .map(([name, fed]) => `${name} ${fed}`).join(", ");
      throw new Error(
        `Cannot run session ${this.name}: ${(error as Error).message}\n  fed: ${shapes}`,
        { cause: error },
      );
    } finally {
      SESSION_COUNTERS.runs++;
      SESSION_COUNTERS.runMilliseconds += performance.now() - started;
    }
  }

  /** A tensor of undefined contents on this session's device. */
  allocate<D extends DType>(type: D, dims: readonly number[]): Tensor<D> {
    return this.device === "cpu"
      ? allocate(type, dims)
      : allocate(type, dims, this.#allocator, this.device);
  }

  /** Releases the session. */
  [Symbol.dispose](): void {
    if (this.#handle === null) return;
    if (this.#allocator !== null) api().ReleaseAllocator(this.#allocator);
    if (this.#memory !== null) api().ReleaseMemoryInfo(this.#memory);
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

  async #runOnDevice<O extends string>(
    feeds: Tensors,
    outputs: readonly O[],
    fetches: Tensors,
    keep: ReadonlySet<string>,
  ): Promise<Record<O, Tensor>> {
    const out = new Out();
    api().CreateIoBinding(this.#handle, out.cell);
    const binding = out.pointer;
    const host = createMemoryInfo("Cpu");
    try {
      for (const name of this.inputs) {
        api().BindInput(binding, this.#cName(name), feeds[name]!.handle);
      }
      for (const name of outputs) {
        const fetch = fetches[name];
        if (fetch !== undefined) api().BindOutput(binding, this.#cName(name), fetch.handle);
        else {
          const memory = keep.has(name) ? this.#memory : host;
          api().BindOutputToDevice(binding, this.#cName(name), memory);
        }
      }
      await api().RunWithBinding(this.#handle, null, binding);
      const list = new Out(), count = new Out();
      api().GetBoundOutputValues(binding, defaultAllocator(), list.cell, count.cell);
      const view = new Deno.UnsafePointerView(list.pointer!);
      const pointers = outputs.map((_, i) => view.getPointer(i * 8)!);
      api().AllocatorFree(defaultAllocator(), list.pointer);
      return collect(outputs, fetches, (i) => {
        const name = outputs[i]!;
        return adopt(pointers[i]!, keep.has(name) ? this.device : "cpu");
      }, (i) => api().ReleaseValue(pointers[i]!));
    } finally {
      api().ReleaseMemoryInfo(host);
      api().ReleaseIoBinding(binding);
    }
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

/** The process's one environment of ONNX Runtime, and how sessions are built in it. @module */
import { address, api, Out, toCString } from "./api.ts";
import { appendProvider } from "./device.ts";
import { deviceFault } from "./device_faults.ts";
import { createMemoryInfo } from "./memory.ts";
import { type DeviceName, handles, type Tensor } from "./tensor.ts";

/** How much ONNX Runtime rewrites the graph before it runs. */
export const OPTIMIZATION_LEVELS = { none: 0, basic: 1, extended: 2, all: 99 } as const;

/** How to build a session. */
export interface SessionOptions {
  /** Shown in errors. */
  readonly name: string;
  readonly device?: DeviceName;
  readonly optimization?: keyof typeof OPTIMIZATION_LEVELS;
  /** Whether it can tell by {@linkcode Session.placement} where its nodes run. */
  readonly tellPlacement?: boolean;
  /** File into which the model is written as ONNX Runtime has rewritten it, copies between devices included. */
  readonly writeTo?: string;
  /** Elements of the model's external initializers. The session may read the tensors as long as it lives. */
  readonly initializers?: Readonly<Record<string, Tensor>>;
}

let environment: Deno.PointerValue | undefined;
let threadCount: number | undefined;

/** Threads that a run on the processor is spread over: as many as processors, unless {@linkcode useThreads} was called. */
export function threads(): number {
  return threadCount ?? navigator.hardwareConcurrency;
}

/**
 * Sets the number of threads of the process's pool, to be called before the first session is built.
 *
 * @throws {RangeError} when it is no positive integer, or the pool is there with another number
 */
export function useThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot run on ${count} threads: give an integer from 1 on`);
  }
  if (environment !== undefined && count !== threads()) {
    throw new RangeError(`Cannot run on ${count} threads: this process runs on ${threads()}`);
  }
  threadCount = count;
}

/** One thread pool for all sessions: separate pools would spin against each other between runs. */
function env(): Deno.PointerValue {
  if (environment !== undefined) return environment;
  const fatalOnly = 4; // errors are thrown with their text
  const options = new Out(), out = new Out();
  api().CreateThreadingOptions(options.cell);
  api().SetGlobalIntraOpNumThreads(options.pointer, threads());
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
 * Loads a serialized ONNX model.
 *
 * @returns an `OrtSession*`; the caller releases it
 * @throws {Error} when the device cannot be used, with what to do
 * @throws {Error} when ONNX Runtime refuses the graph, with its text and the session's name
 */
export function openSession(
  model: Uint8Array<ArrayBuffer>,
  options: SessionOptions,
): Deno.PointerValue {
  const { name, device = "cpu", optimization = "all" } = options;
  const settings = new Out(), out = new Out();
  const environment = env();
  api().CreateSessionOptions(settings.cell);
  try {
    api().DisablePerSessionThreads(settings.pointer);
    api().SetSessionGraphOptimizationLevel(settings.pointer, OPTIMIZATION_LEVELS[optimization]);
    const flags = [
      ...device === "cpu" ? ["session.use_env_allocators"] : [],
      ...options.tellPlacement === true ? ["session.record_ep_graph_assignment_info"] : [],
    ];
    for (const key of flags) {
      api().AddSessionConfigEntry(settings.pointer, toCString(key), toCString("1"));
    }
    if (options.writeTo !== undefined) {
      api().SetOptimizedModelFilePath(settings.pointer, toCString(options.writeTo));
    }
    appendProvider(settings.pointer, device);
    addInitializers(settings.pointer, options.initializers ?? {});
    const size = BigInt(model.length);
    api().CreateSessionFromArray(environment, model, size, settings.pointer, out.cell);
  } catch (error) {
    const text = (error as Error).message.trim(), fault = deviceFault(device, text);
    const message = fault === undefined
      ? `Cannot build session ${name}: ${text}`
      : `Cannot use device ${device}: ${fault}`;
    throw new Error(message, { cause: error });
  } finally {
    api().ReleaseSessionOptions(settings.pointer);
  }
  return out.pointer;
}

function addInitializers(
  settings: Deno.PointerValue,
  initializers: Readonly<Record<string, Tensor>>,
): void {
  const names = Object.keys(initializers).map(toCString);
  if (names.length === 0) return;
  api().AddExternalInitializers(
    settings,
    BigUint64Array.from(names, (name) => address(Deno.UnsafePointer.of(name))),
    handles(Object.values(initializers)),
    BigInt(names.length),
  );
}

/** CUDA as an execution provider: which GPU, with what options, and copies to and from it. @module */
import { address, api, Out, toCString } from "./api.ts";
import { chosenCudaDevice } from "./device_name.ts";
import { CUDA_LIBRARIES, loadCudaLibraries } from "./cuda_libraries.ts";

/** Environment variable that allows products in TF32, which have 10 bits of mantissa. */
export const TF32_VARIABLE = "SOAR_CUDA_TF32";
/** Environment variable with the memory that ONNX Runtime may take of the GPU, such as 20GiB. */
export const MEMORY_VARIABLE = "SOAR_CUDA_MEMORY";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  ...Object.fromEntries(["K", "M", "G", "T"].flatMap((unit, i) => [
    [`${unit}B`, 1000 ** (i + 1)],
    [`${unit}iB`, 1024 ** (i + 1)],
  ])),
};

/** Whether products may be rounded to TF32. @throws {Error} when the variable is neither 0 nor 1 */
export function allowsTf32(env = (name: string) => Deno.env.get(name)): boolean {
  const text = env(TF32_VARIABLE) ?? "";
  if (text === "1" || text === "0" || text === "") return text === "1";
  throw new Error(`${TF32_VARIABLE} is ${text}: write 1 to allow TF32, 0 or nothing else not to`);
}

/** Bytes of `20GiB`. @throws {Error} when the variable is no size */
function memoryLimit(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([KMGT]i?B)?$/.exec(text) ?? [];
  if (number !== undefined) return Math.floor(Number(number) * UNITS[unit]!);
  throw new Error(`${MEMORY_VARIABLE} is ${text}: write a size, such as 20GiB`);
}

/** The provider's options, in ONNX Runtime's words. */
export function cudaOptions(
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Record<string, string> {
  const limit = env(MEMORY_VARIABLE) ?? "";
  return {
    device_id: String(chosenCudaDevice() ?? 0),
    // Else products differ from the CPU's by as much as the self-test allows.
    use_tf32: allowsTf32(env) ? "1" : "0",
    // Else an arena doubles what it holds.
    arena_extend_strategy: "kSameAsRequested",
    ...limit === "" ? {} : { gpu_mem_limit: String(memoryLimit(limit)) },
  };
}

/** Adds the provider to session options. @throws {Error} with ONNX Runtime's reason */
export function appendCuda(settings: Deno.PointerValue): void {
  loadCudaLibraries();
  const options = cudaOptions(), out = new Out();
  const strings = (texts: readonly string[]) => texts.map(toCString);
  const keys = strings(Object.keys(options)), values = strings(Object.values(options));
  const pointers = (texts: readonly Uint8Array<ArrayBuffer>[]) =>
    BigUint64Array.from(texts, (text) => address(Deno.UnsafePointer.of(text)));
  try {
    api().CreateCUDAProviderOptions(out.cell);
    // This loads the provider, and tells what it lacks; adding it alone would not.
    api().UpdateCUDAProviderOptions(
      out.pointer,
      pointers(keys),
      pointers(values),
      BigInt(keys.length),
    );
    api().SessionOptionsAppendExecutionProvider_CUDA_V2(settings, out.pointer);
  } finally {
    if (out.pointer !== null) api().ReleaseCUDAProviderOptions(out.pointer);
  }
}

/** Directions of copies in CUDA's words. */
const KINDS = { toDevice: 1, toHost: 2 } as const;

const SYMBOLS = {
  cudaMemcpy: { parameters: ["pointer", "pointer", "usize", "i32"], result: "i32" },
  cudaSetDevice: { parameters: ["i32"], result: "i32" },
  cudaStreamSynchronize: { parameters: ["pointer"], result: "i32" },
  cudaGetDeviceCount: { parameters: ["buffer"], result: "i32" },
  cudaGetDeviceProperties: { parameters: ["buffer", "i32"], result: "i32" },
  cudaDriverGetVersion: { parameters: ["buffer"], result: "i32" },
  cudaRuntimeGetVersion: { parameters: ["buffer"], result: "i32" },
} as const;

let library: Deno.DynamicLibrary<typeof SYMBOLS> | undefined;

/** CUDA's run-time: the one that the provider is linked with. @throws {Error} when there is none */
function cudart() {
  loadCudaLibraries();
  library ??= Deno.dlopen(CUDA_LIBRARIES[0]!, SYMBOLS);
  return library.symbols;
}

/**
 * Copies between the host and a GPU, and waits for it. ONNX Runtime would take as much memory again on the way.
 *
 * @throws {Error} with CUDA's number of what went wrong
 */
export function copyCuda(
  to: Deno.PointerValue,
  from: Deno.PointerValue,
  bytes: number,
  direction: keyof typeof KINDS,
): void {
  const symbols = cudart(), defaultStream = null;
  const check = (failure: number) => {
    if (failure !== 0) throw new Error(`CUDA failure ${failure} while copying ${bytes} bytes`);
  };
  check(symbols.cudaSetDevice(chosenCudaDevice() ?? 0));
  check(symbols.cudaMemcpy(to, from, BigInt(bytes), KINDS[direction]));
  // A copy of pageable memory may return before it has arrived, and ONNX Runtime's stream waits for no other.
  if (direction === "toDevice") check(symbols.cudaStreamSynchronize(defaultStream));
}

/** Whether {@linkcode copyCuda} can be used. */
export const HAS_CUDA_COPY: boolean = Deno.build.os === "linux";

/** What CUDA tells of itself. */
export interface CudaFacts {
  /** Latest version of CUDA that the driver knows, such as 13.0; 0.0 where there is none. */
  readonly driver: string;
  readonly runtime: string;
  readonly devices: readonly { readonly name: string; readonly bytes: number }[];
}

/** Where `cudaDeviceProp` has the memory of a device, behind its name, its identifiers and a mask. */
const MEMORY_OFFSET = 288;

/** What CUDA tells of itself. @throws {Error} when its run-time is nowhere */
export function cudaFacts(): CudaFacts {
  const symbols = cudart();
  const number = (read: (out: Int32Array<ArrayBuffer>) => number) => {
    const out = new Int32Array(1);
    return read(out) === 0 ? out[0]! : 0;
  };
  const version = (v: number) => `${Math.floor(v / 1000)}.${Math.floor(v % 1000 / 10)}`;
  const count = number((out) => symbols.cudaGetDeviceCount(out));
  const devices = Array.from({ length: count }, (_, i) => {
    const properties = new DataView(new ArrayBuffer(4096));
    if (symbols.cudaGetDeviceProperties(properties, i) !== 0) return { name: "?", bytes: 0 };
    const name = new TextDecoder().decode(new Uint8Array(properties.buffer, 0, 256));
    return {
      name: name.slice(0, name.indexOf("\0")),
      bytes: Number(properties.getBigUint64(MEMORY_OFFSET, true)),
    };
  });
  return {
    driver: version(number((out) => symbols.cudaDriverGetVersion(out))),
    runtime: version(number((out) => symbols.cudaRuntimeGetVersion(out))),
    devices,
  };
}

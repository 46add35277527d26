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
} as const;

let runtime: Deno.DynamicLibrary<typeof SYMBOLS> | undefined;

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
  // The one that the provider is linked with: it is loaded by now.
  runtime ??= Deno.dlopen(CUDA_LIBRARIES[0]!, SYMBOLS);
  const failure = runtime.symbols.cudaMemcpy(to, from, BigInt(bytes), KINDS[direction]);
  if (failure !== 0) throw new Error(`CUDA failure ${failure} while copying ${bytes} bytes`);
}

/** Whether {@linkcode copyCuda} can be used. */
export const HAS_CUDA_COPY: boolean = Deno.build.os === "linux";

/**
 * ONNX Runtime's C API, called through Deno's FFI.
 *
 * `OrtApi` is a struct of function pointers whose order is frozen: ONNX Runtime only appends to it.
 * `index` below is a function's position, checked against the static assertions in
 * `onnxruntime/core/session/onnxruntime_c_api.cc` (for example `RunWithBinding` follows
 * `ReleaseAllocator`, number 132, of version 2).
 *
 * @module
 */
import { findLibrary, ORT_LIBRARY_VARIABLE, ORT_VERSION } from "./ort_library.ts";

/** Version of the struct asked for; no function used here is newer. */
const API_VERSION = 24;

type Signature = readonly [index: number, parameters: readonly Deno.NativeType[]];

/** Functions that return an `OrtStatus*` (null when all went well). */
const CHECKED = {
  CreateSessionFromArray: [8, ["pointer", "buffer", "usize", "pointer", "buffer"]],
  CreateSessionOptions: [10, ["buffer"]],
  SetOptimizedModelFilePath: [11, ["pointer", "buffer"]],
  SetSessionLogSeverityLevel: [22, ["pointer", "i32"]],
  SetSessionGraphOptimizationLevel: [23, ["pointer", "i32"]],
  SessionGetInputCount: [30, ["pointer", "buffer"]],
  SessionGetOutputCount: [31, ["pointer", "buffer"]],
  SessionGetInputName: [36, ["pointer", "usize", "pointer", "buffer"]],
  SessionGetOutputName: [37, ["pointer", "usize", "pointer", "buffer"]],
  CreateTensorAsOrtValue: [48, ["pointer", "buffer", "usize", "i32", "buffer"]],
  CreateTensorWithDataAsOrtValue: [
    49,
    ["pointer", "pointer", "usize", "buffer", "usize", "i32", "buffer"],
  ],
  GetTensorMutableData: [51, ["pointer", "buffer"]],
  GetTensorElementType: [60, ["pointer", "buffer"]],
  GetDimensionsCount: [61, ["pointer", "buffer"]],
  GetDimensions: [62, ["pointer", "buffer", "usize"]],
  GetTensorTypeAndShape: [65, ["pointer", "buffer"]],
  CreateMemoryInfo: [68, ["buffer", "i32", "i32", "i32", "buffer"]],
  AllocatorFree: [76, ["pointer", "pointer"]],
  GetAllocatorWithDefaultOptions: [78, ["buffer"]],
  CreateEnvWithGlobalThreadPools: [119, ["i32", "buffer", "pointer", "buffer"]],
  DisablePerSessionThreads: [120, ["pointer"]],
  CreateThreadingOptions: [121, ["buffer"]],
  GetAvailableProviders: [125, ["buffer", "buffer"]],
  ReleaseAvailableProviders: [126, ["pointer", "i32"]],
  AddSessionConfigEntry: [130, ["pointer", "buffer", "buffer"]],
  CreateAllocator: [131, ["pointer", "pointer", "buffer"]],
  // The same function as RunWithBinding, for what is too short to leave the event loop.
  RunWithBindingAndWait: [133, ["pointer", "pointer", "pointer"]],
  CreateIoBinding: [134, ["pointer", "buffer"]],
  BindInput: [136, ["pointer", "buffer", "pointer"]],
  BindOutput: [137, ["pointer", "buffer", "pointer"]],
  BindOutputToDevice: [138, ["pointer", "buffer", "pointer"]],
  GetBoundOutputValues: [140, ["pointer", "pointer", "buffer", "buffer"]],
  CreateAndRegisterAllocator: [144, ["pointer", "pointer", "pointer"]],
  SetGlobalIntraOpNumThreads: [147, ["pointer", "i32"]],
  SetGlobalInterOpNumThreads: [148, ["pointer", "i32"]],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, ["pointer", "pointer"]],
  CreateCUDAProviderOptions: [205, ["buffer"]],
  UpdateCUDAProviderOptions: [206, ["pointer", "buffer", "buffer", "usize"]],
  AddExternalInitializers: [210, ["pointer", "buffer", "buffer", "usize"]],
  SessionOptionsAppendExecutionProvider: [
    216,
    ["pointer", "buffer", "buffer", "buffer", "usize"],
  ],
  Session_GetEpGraphAssignmentInfo: [407, ["pointer", "buffer", "buffer"]],
  EpAssignedSubgraph_GetEpName: [408, ["pointer", "buffer"]],
  EpAssignedSubgraph_GetNodes: [409, ["pointer", "buffer", "buffer"]],
  EpAssignedNode_GetName: [410, ["pointer", "buffer"]],
  EpAssignedNode_GetOperatorType: [412, ["pointer", "buffer"]],
} as const satisfies Record<string, Signature>;

/** Functions that return an `OrtStatus*` and may take long: run off the event loop. */
const CHECKED_ASYNC = {
  Run: [9, ["pointer", "pointer", "buffer", "buffer", "usize", "buffer", "usize", "buffer"]],
  RunWithBinding: [133, ["pointer", "pointer", "pointer"]],
} as const satisfies Record<string, Signature>;

/** Functions that return nothing. */
const RELEASES = {
  ReleaseStatus: 93,
  ReleaseMemoryInfo: 94,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseTensorTypeAndShapeInfo: 99,
  ReleaseSessionOptions: 100,
  ReleaseThreadingOptions: 122,
  ReleaseAllocator: 132,
  ReleaseIoBinding: 135,
  ReleaseCUDAProviderOptions: 208,
} as const satisfies Record<string, number>;

type Argument<T> = T extends "pointer" ? Deno.PointerValue
  : T extends "buffer" ? BufferSource | null
  : T extends "usize" ? bigint
  : number;
type Arguments<P extends readonly unknown[]> = { -readonly [K in keyof P]: Argument<P[K]> };

/** The functions of `OrtApi` that this project calls; a failing status becomes an {@linkcode OrtError}. */
export type Api =
  & { readonly [K in keyof typeof CHECKED]: (...args: Arguments<typeof CHECKED[K][1]>) => void }
  & {
    readonly [K in keyof typeof CHECKED_ASYNC]: (
      ...args: Arguments<typeof CHECKED_ASYNC[K][1]>
    ) => Promise<void>;
  }
  & { readonly [K in keyof typeof RELEASES]: (handle: Deno.PointerValue) => void };

/** An error status of ONNX Runtime, with its text. */
export class OrtError extends Error {
  override readonly name = "OrtError";
}

let loaded: Api | undefined;

/**
 * The C API, loaded on first use and kept for the life of the process.
 *
 * @throws {Error} when the library is missing, or is another version than the one pinned in deno.json
 */
export function api(): Api {
  loaded ??= load(findLibrary());
  return loaded;
}

function load(path: string): Api {
  const library = Deno.dlopen(path, {
    OrtGetApiBase: { parameters: [], result: "pointer" },
  });
  const base = new Deno.UnsafePointerView(required(library.symbols.OrtGetApiBase(), "ApiBase"));
  checkVersion(readVersion(base), path);
  const getApi = new Deno.UnsafeFnPointer(
    required(base.getPointer(0), "GetApi") as Deno.PointerObject<never>,
    { parameters: ["u32"], result: "pointer" },
  );
  return bind(new Deno.UnsafePointerView(required(getApi.call(API_VERSION), "OrtApi")));
}

function readVersion(base: Deno.UnsafePointerView): string {
  const getVersion = new Deno.UnsafeFnPointer(
    required(base.getPointer(8), "GetVersionString") as Deno.PointerObject<never>,
    { parameters: [], result: "pointer" },
  );
  return cString(getVersion.call());
}

/** @throws {Error} when a library of this version cannot be used, with what to do */
export function checkVersion(version: string, path: string): void {
  const [major, minor] = version.split(".").map(Number);
  const [neededMajor, neededMinor] = ORT_VERSION.split(".").map(Number);
  if (major === neededMajor && minor! >= neededMinor!) return;
  throw new Error(
    `Cannot use ONNX Runtime ${version} at ${path}: this project needs ${ORT_VERSION} or a later ` +
      `version ${neededMajor}; unset ${ORT_LIBRARY_VARIABLE}, or point it at such a library`,
  );
}

function bind(table: Deno.UnsafePointerView): Api {
  const at = (index: number) =>
    required(table.getPointer(index * 8), `OrtApi[${index}]`) as Deno.PointerObject<never>;
  const errorMessage = new Deno.UnsafeFnPointer(at(2), {
    parameters: ["pointer"],
    result: "pointer",
  });
  const functions: Record<string, unknown> = {};
  for (const [name, index] of Object.entries(RELEASES)) {
    const pointer = new Deno.UnsafeFnPointer(at(index), {
      parameters: ["pointer"],
      result: "void",
    });
    functions[name] = (handle: Deno.PointerValue) => pointer.call(handle);
  }
  const check = (status: Deno.PointerValue) => {
    if (status === null) return;
    const text = cString(errorMessage.call(status));
    (functions.ReleaseStatus as (handle: Deno.PointerValue) => void)(status);
    throw new OrtError(text);
  };
  for (const [name, [index, parameters]] of Object.entries(CHECKED)) {
    const pointer = new Deno.UnsafeFnPointer(at(index), {
      parameters: [...parameters] as Deno.NativeType[],
      result: "pointer",
    });
    functions[name] = (...args: never[]) => check(pointer.call(...args));
  }
  for (const [name, [index, parameters]] of Object.entries(CHECKED_ASYNC)) {
    const pointer = new Deno.UnsafeFnPointer(at(index), {
      parameters: [...parameters] as Deno.NativeType[],
      result: "pointer",
      nonblocking: true,
    });
    functions[name] = async (...args: never[]) => check(await pointer.call(...args));
  }
  return functions as unknown as Api;
}

function required(pointer: Deno.PointerValue, name: string): Deno.PointerObject {
  if (pointer === null) throw new Error(`Cannot load ONNX Runtime: ${name} is missing`);
  return pointer;
}

/** Text of a zero-terminated C string. */
export function cString(pointer: Deno.PointerValue): string {
  return new Deno.UnsafePointerView(required(pointer, "string")).getCString();
}

/** Bytes of `text` with a terminating zero, to pass where C wants `const char*`. */
export function toCString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}

/** Room for one pointer that C fills in; read it with {@linkcode Out.pointer}. */
export class Out {
  readonly cell: BigUint64Array<ArrayBuffer> = new BigUint64Array(1);
  /** The pointer that was written. */
  get pointer(): Deno.PointerValue {
    return Deno.UnsafePointer.create(this.cell[0] ?? 0n);
  }
  /** The number that was written. */
  get value(): number {
    return Number(this.cell[0]);
  }
}

/** Address of `pointer` as C stores it in an array of pointers. */
export function address(pointer: Deno.PointerValue): bigint {
  return Deno.UnsafePointer.value(pointer);
}

export { type ArrayOf, type DType, DTYPES } from "./dtypes.ts";
export {
  allocate,
  type DeviceName,
  elementCount,
  liveTensors,
  Tensor,
  tensor,
  zeros,
} from "./tensor.ts";
export { Session, SESSION_COUNTERS, type Tensors } from "./session.ts";
export { type SessionOptions, threads, useThreads } from "./environment.ts";
export type { PlacedNode } from "./placement.ts";
export { type Machine, machine } from "./machine.ts";
export { TRANSFERS } from "./device_memory.ts";
export { type CudaFacts, cudaFacts } from "./cuda.ts";
export { CUDA_LIBRARIES_VARIABLE, findCudaLibraries } from "./cuda_libraries.ts";
export { gpuLibrary } from "./device_faults.ts";
export type { DeviceSetting } from "./device_name.ts";
export { availableProviders, resolveDevice } from "./device.ts";
export { findLibrary, ORT_LIBRARY_VARIABLE, ORT_VERSION } from "./ort_library.ts";
export { OrtError } from "./api.ts";

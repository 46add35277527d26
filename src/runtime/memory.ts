import { api, Out, toCString } from "./api.ts";
import { chosenCudaDevice } from "./device_name.ts";

let hostAllocator: Deno.PointerValue | undefined;
let hostMemoryInfo: Deno.PointerValue | undefined;

/** ONNX Runtime's default host allocator: plain malloc and free, no arena. */
export function defaultAllocator(): Deno.PointerValue {
  if (hostAllocator === undefined) {
    const out = new Out();
    api().GetAllocatorWithDefaultOptions(out.cell);
    hostAllocator = out.pointer;
  }
  return hostAllocator;
}

/** Memory of the host, for {@linkcode Tensor.view}. */
export function hostMemory(): Deno.PointerValue {
  hostMemoryInfo ??= createMemoryInfo("Cpu");
  return hostMemoryInfo;
}

/** An `OrtMemoryInfo` by ONNX Runtime's name of the memory: `Cpu`, `WebGPU_Buf`, `Cuda`. */
export function createMemoryInfo(
  name: string,
  allocator: "device" | "arena" = "device",
): Deno.PointerValue {
  const kind = allocator === "arena" ? 1 : 0, defaultMemory = 0;
  const device = name === "Cuda" ? chosenCudaDevice() ?? 0 : 0;
  const out = new Out();
  api().CreateMemoryInfo(toCString(name), kind, device, defaultMemory, out.cell);
  return out.pointer;
}

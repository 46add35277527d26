/**
 * Execution devices: which there are, and how ONNX Runtime is told to use one.
 *
 * @module
 */
import { api, cString, Out, toCString } from "./api.ts";
import { appendCuda } from "./cuda.ts";
import { chooseDevice, type DeviceSetting } from "./device_name.ts";
import type { DeviceName } from "./tensor.ts";

/** ONNX Runtime's name of a device's memory; device tensors are bound to it. */
export const MEMORY_NAMES: Readonly<Record<DeviceName, string>> = {
  cpu: "Cpu",
  webgpu: "WebGPU_Buf",
  cuda: "Cuda",
};

const PROVIDERS: Readonly<Record<DeviceName, string>> = {
  cpu: "CPUExecutionProvider",
  webgpu: "WebGpuExecutionProvider",
  cuda: "CUDAExecutionProvider",
};

/** Names of the execution providers compiled into the library, such as `CPUExecutionProvider`. */
export function availableProviders(): string[] {
  const list = new Out(), length = new Int32Array(1);
  api().GetAvailableProviders(list.cell, length);
  const view = new Deno.UnsafePointerView(list.pointer!);
  const names = Array.from({ length: length[0]! }, (_, i) => cString(view.getPointer(i * 8)));
  api().ReleaseAvailableProviders(list.pointer, length[0]!);
  return names;
}

/**
 * Adds the device's execution provider to session options; nothing to do for the CPU.
 *
 * @throws {Error} when the device cannot be used; see {@linkcode deviceFault}
 */
export function appendProvider(options: Deno.PointerValue, device: DeviceName): void {
  switch (device) {
    case "cpu":
      return;
    case "webgpu":
      return appendWebGpu(options);
    case "cuda":
      return appendCuda(options);
    default:
      device satisfies never;
  }
}

function appendWebGpu(options: Deno.PointerValue): void {
  const none = new BigUint64Array(1);
  api().SessionOptionsAppendExecutionProvider(options, toCString("WebGPU"), none, none, 0n);
}

/**
 * The device to run on.
 *
 * `auto` takes the first of cuda, webgpu and cpu that `probe` says works, and tells through `warn` when it
 * falls back past one that is compiled in.
 */
export async function resolveDevice(
  setting: DeviceSetting,
  probe: (device: DeviceName) => Promise<void>,
  warn: (message: string) => void,
): Promise<DeviceName> {
  const chosen = chooseDevice(setting);
  if (chosen !== "auto") {
    await probe(chosen);
    return chosen;
  }
  const compiled = availableProviders();
  for (const device of ["cuda", "webgpu"] as const) {
    if (!compiled.includes(PROVIDERS[device])) continue;
    try {
      await probe(device);
      return device;
    } catch (error) {
      warn(`device auto: not using ${device}: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  return "cpu";
}

/** What is wrong with a device, and what to do: ONNX Runtime tells by the text of a macro. @module */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CUDA_LIBRARIES_VARIABLE, pythonPackages } from "./cuda_libraries.ts";
import { ORT_LIBRARY_VARIABLE, ORT_VERSION } from "./ort_library.ts";
import type { DeviceName } from "./tensor.ts";

/** A fault that is known: what ONNX Runtime says, and what is told instead. */
type Rule = readonly [pattern: RegExp, tell: (match: RegExpExecArray) => string];

const WHEELS = "nvidia-cuda-runtime nvidia-cublas nvidia-curand";
/** The oldest driver of CUDA 13. */
const DRIVER = "580";

/** Packages with CUDA's libraries, by the name that a library begins with. */
const PACKAGES: Readonly<Record<string, string>> = { libcudnn: "nvidia-cudnn-cu13" };

/** ONNX Runtime's library with the CUDA provider beside it, where a Python environment that is active has one. */
export function gpuLibrary(): string | undefined {
  for (const folder of pythonPackages()) {
    const capi = join(folder, "onnxruntime", "capi");
    if (!existsSync(join(capi, "libonnxruntime_providers_cuda.so"))) continue;
    const name = readdirSync(capi).find((entry) => /^libonnxruntime\.so\.\d/.test(entry));
    if (name !== undefined) return join(capi, name);
  }
  return undefined;
}

const CUDA: readonly Rule[] = [
  // What this program says of its own settings.
  [/^SOAR_\w+ (?:is|names) .*$/s, ([text]) => text],
  [/libonnxruntime_providers_(?:shared|cuda)\S*: cannot open/, () => {
    const found = gpuLibrary();
    const install = found === undefined
      ? `pip install onnxruntime-gpu==${ORT_VERSION} ${WHEELS} into a Python environment, and `
      : "";
    return `the ONNX Runtime that is loaded has no CUDA provider beside it: ${install}` +
      `set ${ORT_LIBRARY_VARIABLE} to ${
        found ?? "its onnxruntime/capi/libonnxruntime.so." + ORT_VERSION
      }, or use device: cpu`;
  }],
  [
    /libcuda\.so\.1: cannot open/,
    () =>
      `there is no NVIDIA driver (libcuda.so.1): install version ${DRIVER} or later, or use device: cpu`,
  ],
  [
    /(lib[a-zA-Z]+)(\S*): cannot open shared object/,
    ([, name, version]) =>
      `${name}${version} is not found: pip install ${
        PACKAGES[name!] ?? WHEELS
      } (CUDA 13) into the ` +
      `Python environment that is active, or set ${CUDA_LIBRARIES_VARIABLE} to the folder that has it`,
  ],
  [
    /CUDA failure 100\b/,
    () =>
      "the driver sees no GPU: see what nvidia-smi lists, and what CUDA_VISIBLE_DEVICES hides, or use device: cpu",
  ],
  [
    /CUDA failure 35\b|driver version is insufficient/,
    () => `the NVIDIA driver is too old for CUDA 13: install version ${DRIVER} or later`,
  ],
  [
    /Invalid value for (?:option|device_id)|Invalid device|device ordinal|valid device|CUDA failure 101\b/i,
    () => "there is no GPU of this number: count from cuda:0 on, as nvidia-smi lists them",
  ],
];

/** Of what runs, on any device. */
const MEMORY: readonly Rule[] = [[
  /Failed to allocate memory for requested buffer of size (\d+)|CUDA failure 2\b|out of memory/i,
  ([, bytes]) =>
    `the device is out of memory${bytes === undefined ? "" : ` (for ${bytes} bytes more)`}: ` +
    "set gradient_checkpointing, hold weights in fewer bits (precision), train adapters, or ask for " +
    "shorter completions",
]];

const RULES: Readonly<Record<DeviceName, readonly Rule[]>> = {
  cpu: [],
  webgpu: [
    [
      /Failed to get a WebGPU adapter/,
      () => "there is no adapter: a driver for Vulkan, Metal or Direct3D 12 is needed",
    ],
    ...MEMORY,
  ],
  cuda: [...CUDA, ...MEMORY],
};

/** What ONNX Runtime's text means on a device, in a sentence that says what to do; undefined where that is not known. */
export function deviceFault(device: DeviceName, text: string): string | undefined {
  for (const [pattern, tell] of RULES[device]) {
    const match = pattern.exec(text);
    if (match !== null) return tell(match);
  }
  return undefined;
}

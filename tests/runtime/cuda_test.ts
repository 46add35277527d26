import assert from "node:assert/strict";
import { capacityHere } from "../../src/cli/executors.ts";
import { gpuNames } from "../../src/cli/local_processes.ts";
import { cudaOptions } from "../../src/runtime/cuda.ts";
import { chooseDevice, chosenCudaDevice } from "../../src/runtime/device_name.ts";
import { findCudaLibraries, pythonPackages } from "../../src/runtime/cuda_libraries.ts";
import { deviceFault } from "../../src/runtime/device_faults.ts";
import { machine } from "../../src/runtime/mod.ts";

const env = (variables: Readonly<Record<string, string>>) => (name: string) => variables[name];

Deno.test("CUDA computes in float32 and takes no more than it needs, unless told otherwise", () => {
  assert.deepEqual(cudaOptions(env({})), {
    device_id: "0",
    use_tf32: "0",
    arena_extend_strategy: "kSameAsRequested",
  });
  const told = cudaOptions(env({ SOAR_CUDA_TF32: "1", SOAR_CUDA_MEMORY: "1.5GiB" }));
  assert.equal(told.use_tf32, "1");
  assert.equal(told.gpu_mem_limit, String(1.5 * 2 ** 30));
  assert.equal(cudaOptions(env({ SOAR_CUDA_MEMORY: "20 GB" })).gpu_mem_limit, "20000000000");
  assert.throws(() => cudaOptions(env({ SOAR_CUDA_TF32: "yes" })), {
    message: "SOAR_CUDA_TF32 is yes: write 1 to allow TF32, 0 or nothing else not to",
  });
  assert.throws(() => cudaOptions(env({ SOAR_CUDA_MEMORY: "most" })), {
    message: "SOAR_CUDA_MEMORY is most: write a size, such as 20GiB",
  });
});

Deno.test("results made with TF32 are another machine's", () => {
  assert.equal(machine("cuda").provider, "cuda");
  Deno.env.set("SOAR_CUDA_TF32", "1");
  try {
    assert.equal(machine("cuda").provider, "cuda with TF32");
    assert.equal(machine("cpu").provider, "cpu");
  } finally {
    Deno.env.delete("SOAR_CUDA_TF32");
  }
});

Deno.test("a GPU of several is named by its number, and is the only one that jobs share", () => {
  assert.equal(chooseDevice("cuda"), "cuda");
  assert.equal(chosenCudaDevice(), undefined);
  assert.equal(chooseDevice("cuda:3"), "cuda");
  assert.equal(chosenCudaDevice(), 3);
  assert.equal(cudaOptions(env({})).device_id, "3");
  assert.equal(capacityHere("cuda", {}).gpu, 1);
  // Processes see it alone, by the name that it has for this one.
  const told = Deno.env.get("CUDA_VISIBLE_DEVICES");
  try {
    Deno.env.delete("CUDA_VISIBLE_DEVICES");
    assert.deepEqual(gpuNames(1), ["3"]);
    Deno.env.set("CUDA_VISIBLE_DEVICES", "4,5,6,7");
    assert.deepEqual(gpuNames(1), ["7"]);
  } finally {
    Deno.env.delete("CUDA_VISIBLE_DEVICES");
    if (told !== undefined) Deno.env.set("CUDA_VISIBLE_DEVICES", told);
  }
});

/** A search in a file system of these paths. */
function searchOf(paths: readonly string[], variables: Readonly<Record<string, string>>) {
  return {
    env: env(variables),
    exists: (path: string) => paths.some((p) => p === path || p.startsWith(`${path}/`)),
    list(folder: string) {
      const inside = paths.filter((path) => path.startsWith(`${folder}/`));
      return [...new Set(inside.map((path) => path.slice(folder.length + 1).split("/")[0]!))];
    },
  };
}

Deno.test("CUDA's libraries are found in wheels, in the order in which they need each other", () => {
  const wheels = "/v/lib/python3.12/site-packages/nvidia/cu13/lib";
  const paths = ["libcublas.so.13", "libcublasLt.so.13", "libcudart.so.13", "libcurand.so.10"]
    .map((name) => `${wheels}/${name}`);
  const search = searchOf(paths, { VIRTUAL_ENV: "/v" });
  assert.deepEqual(pythonPackages(search), ["/v/lib/python3.12/site-packages"]);
  assert.deepEqual(findCudaLibraries(search), [
    `${wheels}/libcudart.so.13`,
    `${wheels}/libcublasLt.so.13`,
    `${wheels}/libcublas.so.13`,
    `${wheels}/libcurand.so.10`,
  ]);
  assert.deepEqual(findCudaLibraries(searchOf(paths, {})), []);
  const conda = searchOf(["/c/lib/libcudart.so.13"], { CONDA_PREFIX: "/c" });
  assert.deepEqual(findCudaLibraries(conda), ["/c/lib/libcudart.so.13"]);
});

Deno.test("a folder that is named goes before, and has to have something", () => {
  const paths = ["/named/libcudart.so.13", "/c/lib/libcublas.so.13"];
  const variables = { SOAR_CUDA_LIBS: "/empty:/named", CONDA_PREFIX: "/c" };
  assert.deepEqual(findCudaLibraries(searchOf(paths, variables)), ["/named/libcudart.so.13"]);
  assert.throws(
    () => findCudaLibraries(searchOf(paths, { SOAR_CUDA_LIBS: "/empty" })),
    /^Error: SOAR_CUDA_LIBS names \/empty, where libcudart\.so\.13, .* are not: name the folder/,
  );
});

/** What ONNX Runtime 1.30 says, and what is made of it. */
const FAULTS: Readonly<Record<string, RegExp>> = {
  "Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory":
    /^libcublasLt\.so\.13 is not found: pip install nvidia-cuda-runtime nvidia-cublas nvidia-curand \(CUDA 13\) .*SOAR_CUDA_LIBS to the folder that has it$/,
  "Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcuda.so.1: cannot open shared object file: No such file or directory":
    /^there is no NVIDIA driver \(libcuda\.so\.1\): install version 580 or later, or use device: cpu$/,
  'Parse Failed to parse provider option "device_id": CUDA failure 100: no CUDA-capable device is detected ; GPU=0':
    /^the driver sees no GPU: see what nvidia-smi lists/,
  'Parse Failed to parse provider option "device_id": CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version':
    /^the NVIDIA driver is too old for CUDA 13: install version 580 or later$/,
  "Failed to allocate memory for requested buffer of size 4194304":
    /^the device is out of memory \(for 4194304 bytes more\): set gradient_checkpointing, /,
  "cuDNN is missing: libcudnn.so.9: cannot open shared object file: No such file or directory":
    /^libcudnn\.so\.9 is not found: pip install nvidia-cudnn-cu13 /,
};

Deno.test("what is wrong with a device is told in a sentence that says what to do", () => {
  for (const [text, expected] of Object.entries(FAULTS)) {
    assert.match(deviceFault("cuda", text)!, expected);
    assert.equal(deviceFault("cuda", text)!.split("\n").length, 1);
  }
  const memory = "Failed to allocate memory for requested buffer of size 1";
  assert.equal(deviceFault("cpu", memory), undefined);
  assert.equal(deviceFault("cuda", "Non-zero status code returned while running X"), undefined);
  assert.match(
    deviceFault("webgpu", "Failed to get a WebGPU adapter: No supported adapters")!,
    /^there is no adapter: a driver for Vulkan, Metal or Direct3D 12 is needed$/,
  );
});

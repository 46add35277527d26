import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Graph, toModel } from "../../src/onnx/mod.ts";
import {
  availableProviders,
  type DeviceName,
  resolveDevice,
  Session,
  type Tensor,
  tensor,
} from "../../src/runtime/mod.ts";

// Debian's packages chromium and libvulkan1.
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const VULKAN = "/usr/lib/x86_64-linux-gnu/libvulkan.so.1";
const hasAdapter = existsSync(SWIFTSHADER) && existsSync(VULKAN);

/** y = 2x + b on a device. */
function build(device: DeviceName): Session {
  const graph = new Graph("affine");
  const x = graph.input("x", "float32", [4]), b = graph.input("b", "float32", [4]);
  graph.output("y", graph.op.Add(graph.op.Mul(x, 2), b));
  return new Session(toModel(graph), { name: "affine", device });
}

/** Runs Deno in a child whose Vulkan driver is SwiftShader: the driver is chosen as a process starts. */
async function inChild(...args: readonly string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: new URL("../..", import.meta.url),
    env: {
      VK_ICD_FILENAMES: SWIFTSHADER,
      XDG_RUNTIME_DIR: "/tmp",
      SOAR_TEST_DEVICE: "webgpu",
      NO_COLOR: "1",
    },
  }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("CPU and WebGPU are compiled in", () => {
  const providers = availableProviders();
  assert.ok(providers.includes("CPUExecutionProvider"));
  assert.ok(providers.includes("WebGpuExecutionProvider"));
});

Deno.test("device cuda without its provider library says what is missing and what to do", () => {
  if (Deno.env.has("SOAR_ORT_LIBRARY")) return; // it may have one
  assert.throws(() => build("cuda"), (error: Error) => {
    assert.match(
      error.message,
      /^Cannot use device cuda: the ONNX Runtime that is loaded has no CUDA provider beside it: /,
    );
    assert.match(
      error.message,
      /set SOAR_ORT_LIBRARY to .*libonnxruntime\.so\.1\.30\.0, or use device: cpu$/,
    );
    return true;
  });
});

Deno.test("device auto falls back past what does not work, and says so", async () => {
  const warnings: string[] = [];
  const works = (working: DeviceName) => (device: DeviceName) =>
    device === working ? Promise.resolve() : Promise.reject(new Error("no adapter\nmore"));
  assert.equal(await resolveDevice("auto", works("cpu"), (text) => warnings.push(text)), "cpu");
  assert.deepEqual(warnings, [
    "device auto: not using cuda: no adapter",
    "device auto: not using webgpu: no adapter",
  ]);
  assert.equal(await resolveDevice("auto", works("webgpu"), () => {}), "webgpu");
  await assert.rejects(resolveDevice("cuda", works("cpu"), () => {}), /no adapter/);
});

Deno.test("an output on the host is the same tensor on every run of the CPU", async () => {
  using session = build("cpu");
  using x = tensor("float32", [4], [1, 2, 3, 4]), b = tensor("float32", [4], [1, 1, 1, 1]);
  using y = (await session.run({ x, b }, ["y"])).y as Tensor<"float32">;
  assert.deepEqual([...y.data], [3, 5, 7, 9]);
});

Deno.test({
  name: "a tensor stays on WebGPU until the host asks for it, and returns when a run does",
  ignore: !hasAdapter, // shown as ignored where there is none
  async fn() {
    const { code, text } = await inChild("run", "-A", "tests/runtime/webgpu_chain.ts");
    assert.equal(code, 0, text);
    assert.deepEqual(text.slice(text.indexOf("five runs")).trim().split("\n"), [
      "five runs in place: 2/0",
      "read: 127 0/1",
      "written by the host: 1 1/1",
      "views: 0 1 1/1",
      "written through the whole: 11",
      "Cannot run session affine: Cannot keep float32[1000] on webgpu: it overlaps float32[1000], which is there",
      "an output that is not fetched: 3 cpu",
    ]);
  },
});

Deno.test({
  name: "the table of WebGPU's kernels is what its provider takes",
  ignore: !hasAdapter,
  async fn() {
    const { code, text } = await inChild("run", "-A", "tools/kernels/webgpu.ts", "--check");
    assert.equal(code, 0, text);
  },
});

for (const suite of ["models", "train", "generate", "autodiff", "policy/adapters_test.ts"]) {
  Deno.test({
    name: `WebGPU passes the tests of ${suite}`,
    ignore: !hasAdapter,
    async fn() {
      const { code, text } = await inChild("test", "-A", "--no-check", `tests/${suite}`);
      assert.equal(code, 0, text);
      assert.match(text, /\d+ passed .*0 failed/);
    },
  });
}

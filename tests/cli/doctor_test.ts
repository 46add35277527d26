import assert from "node:assert/strict";
import { ORT_VERSION } from "../../src/runtime/mod.ts";
import { soar } from "./program.ts";

const folder = Deno.makeTempDirSync({ prefix: "soar doctor-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
// No libraries of CUDA's that happen to be here.
const env = { VIRTUAL_ENV: "", CONDA_PREFIX: "", SOAR_CUDA_LIBS: "", SOAR_ORT_LIBRARY: "" };

Deno.test("doctor measures a device that works", async () => {
  const { code, out } = await soar(["doctor", "--device", "cpu", "--json"], { cwd: folder, env });
  assert.equal(code, 0);
  const { versions, library, providers, cuda, devices } = JSON.parse(out);
  assert.equal(versions.onnxruntime, ORT_VERSION);
  assert.equal(versions.deno, Deno.version.deno);
  assert.match(library, /onnxruntime/);
  assert.ok(providers.includes("CPUExecutionProvider"));
  assert.deepEqual(cuda.libraries, []);
  const [{ device, gemm_gflops, step_ms, token_ms, difference, on_host }] = devices;
  assert.equal(device, "cpu");
  assert.ok(gemm_gflops > 0 && step_ms > 0 && token_ms >= 0);
  assert.equal(difference, 0);
  assert.deepEqual(on_host, []);
});

Deno.test("doctor says why a device does not work, and fails if it was asked for", async () => {
  const { code, out } = await soar(["doctor", "--device", "cuda:1"], { cwd: folder, env });
  assert.equal(code, 1);
  assert.match(out, /^soar +\d.*Deno/m);
  assert.match(out, /^ONNX Runtime +1\.30\.0 or later, at /m);
  assert.match(out, /^cuda:1: Cannot use device cuda: .*: pip install onnxruntime-gpu==1\.30\.0 /m);
  assert.match(out, /set SOAR_ORT_LIBRARY to /);
});

Deno.test("doctor knows what devices there are", async () => {
  const { code, err } = await soar(["doctor", "--device", "gpu"], { cwd: folder, env });
  assert.equal(code, 2);
  assert.match(err, /--device.*auto, cpu, webgpu, cuda, cuda:0/s);
});

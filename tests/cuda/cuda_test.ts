/**
 * ONNX Runtime's own CUDA provider over stand-ins for CUDA's libraries: where it puts nodes, what it copies, and what is said
 * where something is missing. What kernels compute is not there.
 *
 * It wants a C compiler, and in SOAR_TEST_ONNXRUNTIME_GPU the folder of libonnxruntime.so and of its CUDA provider:
 *
 *     pip download onnxruntime-gpu==1.30.0 --no-deps && unzip onnxruntime_gpu-*.whl
 *     SOAR_TEST_ONNXRUNTIME_GPU=$PWD/onnxruntime/capi deno test -A tests/cuda
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ORT_VERSION } from "../../src/runtime/mod.ts";
import type { Placement } from "./place.ts";
import { makeStandIns } from "./stand_ins.ts";
import type { Use } from "./use.ts";

const GPU = Deno.env.get("SOAR_TEST_ONNXRUNTIME_GPU");
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LIBRARY = join(GPU ?? "", `libonnxruntime.so.${ORT_VERSION}`);
/** The driver's library, which is where the system looks. */
const DRIVER = "libcuda.so.1";

/** Folders of stand-ins: CUDA's libraries, and the driver's. */
class StandIns implements Disposable {
  readonly root: string = Deno.makeTempDirSync({ prefix: "soar cuda-" });
  readonly cuda: string = join(this.root, "cuda");
  readonly driver: string = join(this.root, "driver");

  constructor() {
    makeStandIns(join(GPU!, "libonnxruntime_providers_cuda.so"), this.cuda);
    Deno.mkdirSync(this.driver);
    Deno.renameSync(join(this.cuda, DRIVER), join(this.driver, DRIVER));
  }

  /** A folder with some of the libraries. */
  some(name: string, ...libraries: readonly string[]): string {
    const folder = join(this.root, name);
    Deno.mkdirSync(folder, { recursive: true });
    for (const library of libraries) {
      Deno.copyFileSync(join(this.cuda, library), join(folder, library));
    }
    return folder;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}

/** Runs Deno where libraries are as they are told; what it prints last. */
async function inChild(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", SOAR_ORT_LIBRARY: LIBRARY, ...env },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

const run = (file: string, ...args: readonly string[]) =>
  ["run", "-A", "--no-check", `tests/cuda/${file}`, ...args] as const;

Deno.test({
  name: "ONNX Runtime's CUDA provider over stand-ins",
  ignore: GPU === undefined, // shown as ignored where there is none
  async fn(t) {
    using standIns = new StandIns();
    const whole = { SOAR_CUDA_LIBS: standIns.cuda, LD_LIBRARY_PATH: standIns.driver };

    await t.step("every graph is on the GPU, but for integers of sizes", async () => {
      const placed: Placement = JSON.parse(await inChild(run("place.ts"), whole));
      assert.ok(placed.graphs > 400 && placed.nodes > 10_000);
      // Of int64 alone, made of sizes: tests/placement/kernels_test.ts tells by name what else there would be.
      assert.deepEqual(Object.keys(placed.onHost).sort(), ["Add", "Concat", "Div", "Mul", "Sub"]);
      // Reading prompts, a length: one number.
      const { "MemcpyFromHost of Shape": lengths = [], ...copies } = placed.copies;
      assert.deepEqual(lengths.filter((graph) => !graph.endsWith(": prefill")), []);
      assert.deepEqual(copies, {});
    });

    await t.step("the program trains and samples; only small inputs move in a step", async () => {
      const library = join(standIns.cuda, "libcudart.so.13");
      const { mirror, steps, sampled, early }: Use = JSON.parse(
        await inChild(run("use.ts", library), whole),
      );
      assert.equal(early, 0, "kernels wait for what they read");
      assert.equal(mirror.toDevice, mirror.bytes);
      const result = mirror.bytes / 16;
      assert.equal(mirror.allocated, mirror.bytes + result, "a mirror is allocated once");
      assert.equal(Object.keys(steps).length, 6);
      for (const [model, { launches, toDevice, toHost, trained }] of Object.entries(steps)) {
        assert.ok(launches > 100, model);
        assert.ok(toDevice < 32_768 && toDevice < trained, `${model}: ${toDevice} to the device`);
        assert.ok(toHost < 1024, `${model}: ${toHost} to the host`);
      }
      assert.equal(Object.keys(sampled).length, 8);
      for (const [model, { launches, toDevice, toHost, cache }] of Object.entries(sampled)) {
        assert.ok(launches > 20, model);
        assert.ok(toDevice < 1024 && toHost < 1024, `${model}: ${toDevice} and ${toHost} a token`);
        assert.ok(cache > 10_000, "so that the cache is told from what moves");
      }
    });

    /** What is said where libraries are as `env` has them. */
    const said = (env: Readonly<Record<string, string>>, setting = "cuda") =>
      inChild(run("try.ts", setting), env);

    await t.step("it runs, on a GPU that is named, and chosen by itself", async () => {
      assert.equal(await said(whole), "cuda");
      assert.equal(await said(whole, "cuda:1"), "cuda");
      assert.equal(await said(whole, "auto"), "cuda");
    });

    await t.step("doctor tells what CUDA tells", async () => {
      const args = ["run", "-A", "--no-check", "mod.ts", "doctor", "--device", "cuda", "--json"];
      const { library, cuda, devices } = JSON.parse(await inChild(args, whole));
      assert.equal(library, LIBRARY);
      assert.equal(cuda.libraries.length, 4);
      assert.deepEqual(cuda.facts, {
        driver: "13.0",
        runtime: "13.0",
        devices: [0, 1].map(() => ({ name: "Stand-in", bytes: 2 ** 33 })),
      });
      assert.deepEqual(devices[0].on_host, ["Concat", "Mul"]);
      assert.ok(devices[0].step_ms > 0);
    });

    await t.step("CUDA's libraries are found in the wheels of a Python environment", async () => {
      standIns.some(
        "venv/lib/python3.12/site-packages/nvidia/cu13/lib",
        ...["libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcurand.so.10"],
      );
      const env = { VIRTUAL_ENV: join(standIns.root, "venv"), LD_LIBRARY_PATH: standIns.driver };
      assert.equal(await said(env), "cuda");
    });

    await t.step("what is missing is told, and what to do", async () => {
      const part = standIns.some("part", "libcudart.so.13", "libcublas.so.13");
      assert.match(
        await said({ SOAR_CUDA_LIBS: part, LD_LIBRARY_PATH: standIns.driver }),
        /^Cannot use device cuda: libcublasLt\.so\.13 is not found: pip install /,
      );
      assert.match(
        await said({ SOAR_CUDA_LIBS: standIns.cuda }),
        /^Cannot use device cuda: there is no NVIDIA driver \(libcuda\.so\.1\): install /,
      );
      assert.match(
        await said({ SOAR_CUDA_LIBS: standIns.some("empty") }),
        /^Cannot use device cuda: SOAR_CUDA_LIBS names .*, where libcudart\.so\.13, /,
      );
      assert.match(
        await said({ ...whole, SOAR_ORT_LIBRARY: "" }),
        /^Cannot use device cuda: the ONNX Runtime that is loaded has no CUDA provider beside it: /,
      );
    });

    await t.step("a driver or a device that cannot be used is told, and what to do", async () => {
      const wrong = (what: string) => said({ ...whole, SOAR_STAND_IN: what });
      assert.match(await wrong("no_device"), /^Cannot use device cuda: the driver sees no GPU: /);
      assert.match(
        await wrong("old_driver"),
        /^Cannot use device cuda: the NVIDIA driver is too old/,
      );
      assert.match(
        await wrong("memory=10000"),
        /device cuda: the device is out of memory \(for \d+/,
      );
      assert.match(await said(whole, "cuda:5"), /^Cannot use device cuda: there is no GPU of this/);
      const fallen = await said({ ...whole, SOAR_STAND_IN: "old_driver" }, "auto");
      assert.match(fallen, /^device auto: not using cuda: .*too old for CUDA 13: install/);
    });
  },
});

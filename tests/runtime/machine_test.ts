import assert from "node:assert/strict";
import { featuresOf, machine, processorClass } from "../../src/runtime/machine.ts";
import { threads, useThreads } from "../../src/runtime/mod.ts";

Deno.test("a machine's class is made of what kernels are chosen by, in one order", () => {
  const intel =
    "processor\t: 0\nmodel name\t: Xeon\nflags\t\t: fpu fma avx512f avx avx2 sse4_2\n\n";
  assert.deepEqual(featuresOf(intel), ["avx", "avx2", "avx512f", "fma"]);
  assert.deepEqual(featuresOf("Features\t: fp asimd asimddp\n"), ["asimddp"]);
  assert.equal(featuresOf("no such line"), undefined);
  assert.equal(processorClass("x86_64", intel, "Xeon"), "x86_64 avx avx2 avx512f fma");
  assert.equal(processorClass("aarch64", "", "Apple M3"), "aarch64 Apple M3");
  const { processor, threads: count, provider } = machine("cpu");
  assert.ok(processor.startsWith(Deno.build.arch) && processor.length > Deno.build.arch.length);
  assert.deepEqual([count, provider], [threads(), "cpu"]);
});

Deno.test("threads are a positive integer", () => {
  for (const count of [0, -1, 1.5, NaN]) assert.throws(() => useThreads(count), /from 1 on/);
});

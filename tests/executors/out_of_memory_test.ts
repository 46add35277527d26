import assert from "node:assert/strict";
import { join } from "node:path";
import { KernelWatch, tellsHeapFull } from "../../src/executors/out_of_memory.ts";

Deno.test("the kernel's count of this group is believed, and others only where it has none", () => {
  const directory = Deno.makeTempDirSync();
  const own = join(directory, "memory.events"), machine = join(directory, "vmstat");
  const write = (path: string, count: number) =>
    Deno.writeTextFileSync(path, `oom 9\noom_kill ${count}\noom_group_kill 0\n`);
  write(own, 3);
  write(machine, 7);
  const both = new KernelWatch([own, machine]);
  const alone = new KernelWatch([join(directory, "nowhere"), machine]);
  assert.deepEqual([both.hasKilled, alone.hasKilled], [false, false]);
  write(machine, 8); // a process of somebody else's
  assert.deepEqual([both.hasKilled, alone.hasKilled], [false, true]);
  write(own, 4);
  assert.equal(both.hasKilled, true);
  assert.equal(new KernelWatch([]).hasKilled, false);
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("V8 is understood however it words a full heap, and nobody else", () => {
  for (
    const line of [
      "# Fatal JavaScript out of memory: Reached heap limit",
      "# Fatal JavaScript out of memory: Ineffective mark-compacts near heap limit",
      "# Fatal process out of memory: Zone",
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ]
  ) {
    assert.ok(tellsHeapFull(line), line);
  }
  assert.ok(!tellsHeapFull("the shop is out of memory cards"));
});

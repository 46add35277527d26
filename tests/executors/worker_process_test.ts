import assert from "node:assert/strict";
import type { Event, Job } from "../../src/core/mod.ts";
import { endMark } from "../../src/executors/protocol.ts";
import { WorkerProcess } from "../../src/executors/worker_process.ts";

const JOB = { key: "k", step: "a" } as Job;
const ENDED = JSON.stringify({
  kind: "job-ended",
  key: "k",
  ending: { kind: "found", action: {} },
  usage: { cpuSeconds: 2, peakBytes: 3 },
});

Deno.test("a job has ended once all has been read that its process wrote beside", async () => {
  const beside = `echo late >&2; printf 'half\\n${endMark("k")}\\n' >&2`;
  // It tells its end, and says more once it is told to stop.
  const script =
    `read run; echo '{"kind":"warning","message":"now"}'; echo '${ENDED}'; read stop; ${beside}; read end`;
  const process = new WorkerProcess(["sh", "-c", script], {}, 7), events: Event[] = [];
  const stop = new AbortController();
  const listen = (event: Event) => {
    events.push(event);
    if (event.kind === "warning") stop.abort();
  };
  await process.run(JOB, listen, stop.signal);
  assert.deepEqual(events, [
    { kind: "warning", message: "now" },
    { kind: "step-log", step: "a", message: "late" },
    { kind: "step-log", step: "a", message: "half" },
    { kind: "step-used", step: "a", process: 7, cpuSeconds: 2, peakBytes: 3 },
  ]);
  await process.close();
});

Deno.test("what a process says between jobs is in the log of the last; one without standard error ends too", async () => {
  const script = `exec 2>&-; read run; echo '${ENDED}'; read end; echo after`;
  const process = new WorkerProcess(["sh", "-c", script], {}, 1), events: Event[] = [];
  await process.run(JOB, (event) => events.push(event), new AbortController().signal);
  await process.close();
  assert.deepEqual(events.map((event) => event.kind), ["step-used", "step-log"]);
});

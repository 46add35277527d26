import assert from "node:assert/strict";
import { soar } from "../cli/program.ts";
import { Jobs, workersOf } from "./jobs.ts";

const FAN = `
each: { uses: WORK, matrix: { i: "0..4" }, with: { id: "\${matrix.i}", ms: 300 } }
all: { uses: WORK, in: { texts: each.text }, with: { id: 9 } }
`;

/** Waits until nothing runs jobs of a store any more. */
async function gone(store: string): Promise<void> {
  while (workersOf(store).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

Deno.test("processes and this one give the same results, and are gone at the end", async () => {
  using alone = new Jobs(FAN), beside = new Jobs(FAN);
  const [one, two] = [await alone.run("--on", "inline"), await beside.run("--on", "processes")];
  assert.deepEqual([one.code, two.code, two.errors], [0, 0, ""]);
  assert.deepEqual(two.results, one.results);
  assert.equal(beside.begun.length, 5);
  await gone(beside.store);
  const starts = two.events.map(({ kind, ...event }) =>
    kind === "step-started" || kind === "step-finished"
      ? `${kind} ${"step" in event && event.step}`
      : ""
  ).filter((text) => text !== "");
  assert.ok(
    starts.indexOf("step-started each@i=1") < starts.indexOf("step-finished each@i=0"),
    starts.join("\n"),
  );
  const again = await beside.run("--on", "processes");
  assert.deepEqual(again.results, one.results);
  assert.equal(beside.begun.length, 5);
});

Deno.test("what a stage prints is a line of its step's log", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: print } }");
  const run = await jobs.run("--on", "processes");
  assert.deepEqual(run.messages("step-log").toSorted(), ["a: complained", "a: printed"]);
  assert.equal(run.code, 0);
});

Deno.test("what a stage writes without ending the line is in its step's log, and not in the next one's", async () => {
  using jobs = new Jobs(`
a: { uses: WORK, with: { id: 1, does: scribble } }
b: { uses: WORK, in: { texts: a.text }, with: { id: 2, does: print } }
`);
  const run = await jobs.run("--on", "processes");
  assert.deepEqual([run.code, run.errors], [0, ""]);
  assert.deepEqual(run.messages("step-log").toSorted(), [
    "a: and half of another",
    "a: half a line",
    "b: complained",
    "b: printed",
  ]);
  const kinds = run.events.flatMap((event) =>
    "step" in event && event.step === "a" ? [event.kind] : []
  );
  assert.equal(kinds.at(-1), "step-finished", kinds.join());
});

Deno.test("last words of a process are in the log of its step, which tells its attempts apart", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: crash, ms: 1000 } }");
  const run = await jobs.run("--on", "processes");
  assert.equal(run.code, 0);
  const [failed] = run.messages("step-failed");
  assert.match(
    failed!,
    /^a: its process ended \(exit code 1\); the last it said: .*nobody catches it/,
  );
  assert.ok(run.messages("step-log").includes("a: last words"));
  const logs = await soar(["logs", "a", "--store", jobs.store]);
  const lines = logs.out.trim().split("\n").map((line) => line.slice(10));
  assert.ok(lines.includes("  a: last words"), logs.out);
  assert.ok(lines.some((line) => line.startsWith("a failed (attempt 1; once more): its process")));
  assert.ok(lines.includes("a (attempt 2) begins"), logs.out);
  const shown = await soar(["show", "a", "--store", jobs.store]);
  assert.match(shown.out, /\n {2}attempt +2\n/);
  assert.match(shown.out, /\nattempt 1 failed: its process ended/);
});

Deno.test("what processes take counts in the record of their run", async () => {
  using jobs = new Jobs(FAN);
  await jobs.run("--on", "processes");
  const run = async () => JSON.parse((await soar(["show", "--json", "--store", jobs.store])).out);
  const { cpuSeconds, workers, steps } = await run();
  assert.ok(workers.processes >= 1 && workers.processes <= 5);
  assert.ok(workers.cpuSeconds > 0 && cpuSeconds > workers.cpuSeconds);
  assert.ok(workers.peakBytes > 2 ** 20);
  const sum = steps.reduce((all: number, step: { cpuSeconds: number }) => all + step.cpuSeconds, 0);
  assert.ok(Math.abs(sum - workers.cpuSeconds) < 1e-6);
  const text = await soar(["show", "--store", jobs.store]);
  assert.match(text.out, /\n {2}processor +.* s of it, .* s in \d process(es)? that ran steps\n/);
  assert.match(text.out, /\n {2}memory +\d+ MiB at most, and \d+ MiB in the /);
  await jobs.run("--on", "inline", "--force", "all");
  assert.equal((await run()).workers, undefined);
});

Deno.test("sweep and reproduce run where they are told", async () => {
  using jobs = new Jobs(FAN.replace("ms: 300", "ms: 1"));
  const { env, store, file } = jobs, into = `${jobs.directory}/into`;
  const good = async (...args: readonly string[]) => {
    const { code, out, err } = await soar(args, { env });
    assert.equal(code, 0, out + err);
    return out;
  };
  const workers = async (store: string) =>
    JSON.parse(await good("show", "--json", "--store", store)).workers?.processes;
  const sweep = ["sweep", file, "--trust", "--store", store];
  await good(...sweep, "seed=1,2", "--on", "inline");
  assert.equal(await workers(store), undefined);
  await good(...sweep, "seed=3,4", "--on", "processes", "-j", "1");
  assert.equal(await workers(store), 1);
  const reproduce = ["reproduce", "last", "--trust", "--store", store, "--into", into];
  assert.match(await good(...reproduce, "--on", "processes", "-j", "1"), /is reproduced/);
  assert.equal(await workers(into), 1);
});

Deno.test("a stage that throws is not tried again", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: throw } }");
  const run = await jobs.run("--on", "processes");
  assert.deepEqual(run.messages("step-failed"), ["a: it throws, as it should"]);
  assert.deepEqual([run.code, jobs.begun], [1, ["1"]]);
  const [failed] = run.events.filter(({ kind }) => kind === "step-failed");
  assert.match((failed as { stack: string }).stack, /work_stage\.ts/);
});

Deno.test("a process that dies is replaced, and its step run again, with the same result", async () => {
  const text = `
a: { uses: WORK, with: { id: 1, does: die } }
b: { uses: WORK, in: { texts: a.text }, with: { id: 2 } }
`;
  using jobs = new Jobs(text), other = new Jobs(text);
  const run = await jobs.run("--on", "processes");
  assert.deepEqual(run.messages("step-failed"), ["a: its process ended (SIGKILL)"]);
  assert.deepEqual([run.code, jobs.begun], [0, ["1", "1", "2"]]);
  await other.run("--on", "processes");
  assert.deepEqual((await other.run("--on", "inline")).results, run.results);
});

Deno.test("a step that needs more memory than there is says so, and is not run again", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: fill } }");
  Deno.env.set("DENO_V8_FLAGS", "--max-old-space-size=256");
  try {
    const run = await jobs.run("--on", "processes");
    const [told] = run.messages("step-failed");
    assert.match(
      told ?? "",
      /^a: there was not enough memory: its process was ended \(.*\) \(run fewer jobs/,
    );
    assert.deepEqual([run.code, jobs.begun], [1, ["1"]]);
  } finally {
    Deno.env.delete("DENO_V8_FLAGS");
  }
});

Deno.test("Ctrl-C ends all, and what is done is kept", async () => {
  using jobs = new Jobs(FAN.replace("ms: 300", "ms: 60000"));
  const run = jobs.start("--on", "processes");
  await run.until(({ kind }) => kind === "step-progress");
  assert.ok(workersOf(jobs.store).length > 0);
  run.kill("SIGINT");
  await run.end;
  assert.equal(run.code, 130);
  await gone(jobs.store);
});

Deno.test("after kill -9 nothing is computed twice: what runs then comes to its end, and is taken", async () => {
  using jobs = new Jobs(FAN.replace("ms: 300", "ms: 1500"));
  const first = jobs.start("--on", "processes");
  await first.until(({ kind }) => kind === "step-progress");
  first.kill("SIGKILL");
  await first.end;
  const second = await jobs.run("--on", "processes");
  assert.equal(second.code, 0);
  assert.deepEqual(jobs.begun.toSorted(), ["0", "1", "2", "3", "9"]);
  assert.ok(second.events.some(({ kind }) => kind === "step-waiting"));
  await gone(jobs.store);
});

Deno.test("a time limit ends a step in its process, and the process goes on", async () => {
  const text =
    "a: { uses: WORK, with: { id: 1, ms: 60000 }, time_limit: 1s }\nb: { uses: WORK, with: { id: 2 } }";
  using jobs = new Jobs(text);
  const run = await jobs.run("--on", "processes", "--keep-going");
  assert.match(run.messages("step-failed")[0]!, /^a: .*it took longer than its time limit of 1s/);
  assert.deepEqual([run.code, Object.keys(run.results)], [1, ["b"]]);
});

Deno.test("an executor that there is not is told with those that there are", async () => {
  using jobs = new Jobs(FAN);
  const run = await jobs.run("--on", "process");
  assert.equal(run.code, 2);
  assert.match(run.errors, /there is no executor process\n.*did you mean processes\?/);
  using named = new Jobs(FAN, "executor: ray\n");
  const other = await named.run();
  assert.match(other.errors, /executor: "ray" is none of inline, processes/);
});

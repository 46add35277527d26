import assert from "node:assert/strict";
import { join } from "node:path";
import { Processes } from "../../src/executors/processes.ts";
import { Store } from "../../src/core/mod.ts";
import { soar } from "../cli/program.ts";
import { Jobs, ownGroup, type Running, workersOf } from "./jobs.ts";

const FAN = `
each: { uses: WORK, matrix: { i: "0..4" }, with: { id: "\${matrix.i}", ms: 300 } }
all: { uses: WORK, in: { texts: each.text }, with: { id: 9 } }
`;

const MAIN = new URL("../../mod.ts", import.meta.url).pathname;

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
    /^a: its process ended \(SIGKILL\); the last it said: last words/,
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

/** What a run told of its failures, and what people read of them. */
function failures({ events }: Running) {
  return events.flatMap((event) =>
    event.kind === "step-failed" ? [{ ...event, time: undefined, run: undefined }] : []
  );
}

Deno.test("a stage that throws is not tried again, and told as in this process", async () => {
  for (
    const [does, message] of [
      ["throw", "it throws, as it should"],
      ["throw_text", "a text, as it should"],
      ["refuse", "it is refused (as it should)"],
    ]
  ) {
    using alone = new Jobs(`a: { uses: WORK, with: { id: 1, does: ${does} } }`);
    const run = await alone.run("--on", "processes");
    assert.deepEqual(run.messages("step-failed"), [`a: ${message}`]);
    assert.deepEqual([run.code, alone.begun], [1, ["1"]]);
    const inline = await alone.run("--on", "inline");
    assert.deepEqual(places(failures(run)), places(failures(inline)));
    assert.deepEqual(run.code, inline.code);
    const texts = [];
    for (const on of ["processes", "inline"]) {
      const told = alone.program("--on", on, "--verbose");
      await told.end;
      texts.push(told.text.replaceAll(/^ +at .*\/src\/.*\n|\b\d+(\.\d+)? m?s\b|--on \w+/gm, ""));
      if (does === "throw") assert.match(told.text, /work_stage\.ts:\d+:\d+/);
    }
    assert.equal(texts[0], texts[1]);
  }
});

/** Failures with the places in the user's module, without those in the program. */
function places(failed: readonly object[]): unknown {
  return failed.map((one) => {
    const { stack, ...others } = one as { readonly stack?: string };
    const own = stack?.split("\n").filter((line) => !line.includes("/src/"));
    return { ...others, own };
  });
}

Deno.test("a stage that ends its process is told, and is no success", async () => {
  for (
    const [does, how] of [
      ["exit", "Deno.exit, process.exit"],
      ["process_exit", "Deno.exit, process.exit"],
      ["end", "exit code 7"],
    ]
  ) {
    using jobs = new Jobs(`
a: { uses: WORK, with: { id: 1, does: ${does} } }
b: { uses: WORK, with: { id: 2 } }
c: { uses: WORK, in: { texts: a.text }, with: { id: 3 } }
`);
    const run = await jobs.run("--on", "processes", "--jobs", "1", "--keep-going");
    const message = `a: its stage ended its process (${how}): let it return, or throw an error`;
    assert.deepEqual(run.messages("step-failed"), [message]);
    assert.deepEqual([run.code, jobs.begun, Object.keys(run.results)], [1, ["1", "2"], ["b"]]);
    await gone(jobs.store);
  }
});

Deno.test("a stage that ends the program itself is no success either, and what it prints no event", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: print } }");
  const printed = await jobs.run("--on", "inline");
  assert.equal(printed.code, 0);
  assert.match(printed.errors, /printed\ncomplained/);
  for (const does of ["exit", "process_exit"]) {
    using jobs = new Jobs(`a: { uses: WORK, with: { id: 1, does: ${does} } }`);
    const run = await jobs.run("--on", "inline");
    assert.equal(run.code, 1);
    assert.match(run.errors, /^error: a stage ended the program \(Deno\.exit, process\.exit\)/);
  }
});

Deno.test("what nobody catches in a process fails the step whose stage let it go", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: reject } }");
  const run = await jobs.run("--on", "processes");
  assert.deepEqual(run.messages("step-failed"), ["a: nobody waits for it, as it should"]);
  assert.deepEqual([run.code, jobs.begun], [1, ["1"]]);
  const [failed] = run.events.filter(({ kind }) => kind === "step-failed");
  assert.match((failed as { stack: string }).stack, /work_stage\.ts/);
});

Deno.test("however much a stage prints, and where it leaves off, what its process tells is heard", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: flood } }");
  const run = await jobs.run("--on", "processes");
  assert.equal(run.code, 0);
  const said = run.messages("step-log");
  assert.equal(said.filter((line) => /^a: flood \d+ x+$/.test(line)).length, 20_000);
  assert.ok(said.includes('a: {"kind":"left off'));
  assert.ok(said.includes("a: a line without an end"));
  assert.ok(said.includes('a: {"kind":"half'));
});

Deno.test("a process that cannot start is told, and not tried again", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, wait: true } }");
  const { key } = await jobs.recorded("a");
  const store = new Store(jobs.store), job = store.jobs.read(key) as never;
  const bad = join(jobs.directory, "bad.ts");
  Deno.writeTextFileSync(bad, 'import "./nowhere.ts";');
  for (
    const [command, message] of [
      [["/nowhere/deno"], /^error: cannot start \/nowhere\/deno to run steps: it is not there/],
      [[jobs.directory], /^error: cannot start .* to run steps: permission denied/],
      [
        [Deno.execPath(), "run", "-A", bad],
        /^error: a process that runs steps cannot start \(exit code 1\); .*nowhere\.ts/,
      ],
      [
        [Deno.execPath(), "run", "--no-prompt", MAIN, "step", "--serve", "--store", jobs.store],
        /^error: a process that runs steps cannot start \(exit code 1\); .*Requires .* access/,
      ],
    ] as const
  ) {
    await using processes = new Processes({
      ...{ store, write: (one) => one as never, command: () => command, gpus: [] },
      ...{ capacity: { cpu: 1 }, jobs: 1, envOf: () => ({}) },
    });
    const run = processes.run(job, {}, () => {}, new AbortController().signal);
    await assert.rejects(run, (error: Error) => {
      assert.equal(error.name, "DiagnosticError");
      assert.match(error.message, message);
      return true;
    });
  }
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

Deno.test("a step whose process dies each time is tried four times", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: die_always } }");
  const run = await jobs.run("--on", "processes");
  assert.deepEqual(
    run.messages("step-failed"),
    Array(4).fill("a: its process ended (SIGKILL)"),
  );
  assert.deepEqual([run.code, jobs.begun.length], [1, 4]);
});

Deno.test("a process that others kill is replaced, with the digests of a run that nobody disturbed", async () => {
  const waits = FAN.replace("ms: 300", "wait: true");
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    using jobs = new Jobs(waits), other = new Jobs(waits);
    other.go();
    const undisturbed = await other.run("--on", "processes");
    const run = jobs.start("--on", "processes");
    const isBusy = () =>
      jobs.begun.length > 0 && jobs.begun.length === workersOf(jobs.store).length;
    while (!isBusy()) await new Promise((resolve) => setTimeout(resolve, 20));
    Deno.kill(workersOf(jobs.store)[0]!, signal);
    await run.until(({ kind }) => kind === "step-failed");
    jobs.go();
    await run.end;
    assert.deepEqual([run.code, run.results], [0, undisturbed.results]);
    const how = signal === "SIGKILL" ? "SIGKILL" : "exit code 143";
    assert.match(run.messages("step-failed").join(), new RegExp(`its process ended \\(${how}\\)`));
    assert.equal(jobs.begun.length, 6);
  }
});

Deno.test({
  name: "a step whose process the kernel ends for its memory says so, and is not run again",
  ignore: ownGroup(1 << 30) === undefined,
  async fn() {
    using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: eat } }");
    using group = ownGroup(1 << 30)!;
    const run = jobs.inGroup(group.path, "--on", "processes");
    await run.end;
    assert.match(
      run.messages("step-failed").join(),
      /^a: there was not enough memory: its process was ended \(SIGKILL\) \(run fewer jobs/,
    );
    assert.deepEqual([run.code, jobs.begun], [1, ["1"]]);
  },
});

Deno.test("Ctrl-C ends all, as in this process, and what is done is kept", async () => {
  const slow = `first: { uses: WORK, with: { id: 7 } }${
    FAN.replace("ms: 300", "ms: 60000").replace("with:", "in: { texts: first.text }, with:")
  }`;
  const texts: string[] = [];
  for (const on of ["inline", "processes"]) {
    using jobs = new Jobs(slow);
    const run = jobs.program("--on", on);
    await run.untilText(/^each.*(begins|7)|first/m);
    while (!jobs.begun.includes("0")) await new Promise((resolve) => setTimeout(resolve, 20));
    if (on === "processes") assert.ok(workersOf(jobs.store).length > 0);
    run.kill("SIGINT");
    await run.end;
    assert.equal(run.code, 130);
    texts.push(
      run.text.trimEnd().split("\n").at(-1)!.replace(/--on \w+/, "").replaceAll(
        jobs.directory,
        "",
      ),
    );
    await gone(jobs.store);
    assert.deepEqual(jobs.left, []);
  }
  assert.match(texts[0]!, /run .*jobs\.yaml/);
  assert.equal(texts[1], texts[0]);
});

Deno.test("a stage that does not end when told is killed, and the run ends", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: stay } }");
  const run = jobs.start("--on", "processes");
  await run.until(({ kind }) => kind === "step-progress");
  run.kill("SIGINT");
  await run.end;
  assert.equal(run.code, 130);
  assert.deepEqual(workersOf(jobs.store), []);
});

Deno.test("no process is left when the program ends at once", async (t) => {
  const stays = "a: { uses: WORK, with: { id: 1, does: stay } }";
  await t.step("Ctrl-C, twice", async () => {
    using jobs = new Jobs(stays);
    const run = jobs.start("--on", "processes");
    await run.until(({ kind }) => kind === "step-progress");
    assert.equal(workersOf(jobs.store).length, 1);
    run.kill("SIGINT");
    await run.until(({ kind }) => kind === "warning");
    run.kill("SIGINT");
    await run.end;
    assert.equal(run.code, 130);
    await gone(jobs.store);
  });
  for (const how of ["exit", "throw", "reject"]) {
    await t.step(how, async () => {
      using jobs = new Jobs(stays);
      const run = jobs.client(how);
      await run.end;
      assert.equal(run.code, how === "exit" ? 9 : 1);
      await gone(jobs.store);
    });
  }
});

Deno.test("after kill -9 nothing is computed twice: what runs then comes to its end, and is taken", async () => {
  using jobs = new Jobs(FAN.replace("ms: 300", "wait: true"));
  const first = jobs.start("--on", "processes");
  await first.until(({ kind }) => kind === "step-progress");
  first.kill("SIGKILL");
  await first.end;
  const second = jobs.start("--on", "processes");
  await second.until(({ kind }) => kind === "step-waiting");
  jobs.go();
  await second.end;
  assert.equal(second.code, 0);
  assert.deepEqual(jobs.begun.toSorted(), ["0", "1", "2", "3", "9"]);
  await gone(jobs.store);
  assert.deepEqual(jobs.left, []);
});

Deno.test("processes whose program was killed end by themselves, and leave nothing", async () => {
  using jobs = new Jobs(FAN.replace("ms: 300", "wait: true"));
  const run = jobs.start("--on", "processes");
  await run.until(({ kind }) => kind === "step-progress");
  const busy = workersOf(jobs.store).length;
  run.kill("SIGKILL");
  await run.end;
  assert.ok(busy > 0);
  jobs.go();
  await gone(jobs.store);
  // The lease of the program that was killed is swept by the next.
  const again = await jobs.run("--on", "inline");
  assert.deepEqual([again.code, jobs.left], [0, []]);
  assert.equal(jobs.begun.length, 5);
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

import assert from "node:assert/strict";
import { join } from "node:path";
import { Jobs } from "./jobs.ts";

/** A step that waits, which reads another and a file. */
const WAITS = `
one: { uses: WORK, with: { id: 1 } }
two: { uses: WORK, in: { texts: one.text }, with: { id: 2, wait: true, file: FILE } }
`;

/** A pipeline whose step `two` is recorded, in a folder of its own. */
async function recorded(head = "", steps = WAITS) {
  const file = Deno.makeTempFileSync();
  Deno.writeTextFileSync(file, "as it was");
  const jobs = new Jobs(steps.replace("FILE", file), head);
  const stack = new DisposableStack();
  stack.use(jobs);
  stack.defer(() => Deno.removeSync(file));
  return { jobs, file, ...await jobs.recorded("two"), [Symbol.dispose]: () => stack.dispose() };
}

/** Runs `soar step` to its end. */
async function step(jobs: Jobs, ...options: readonly string[]) {
  const running = jobs.step(...options);
  await running.end;
  return running;
}

Deno.test("a recorded step runs by itself, with the same result; what is there is found", async () => {
  using there = await recorded();
  const { jobs, key, result } = there;
  const made = await step(jobs, key);
  assert.deepEqual([made.code, made.errors, jobs.begun], [0, "", ["2"]]);
  const kinds: string[] = made.events.map(({ kind }) => kind);
  assert.deepEqual(kinds, ["step-started", "step-progress", "job-ended"]);
  const { ending } = made;
  assert.equal(ending.kind, "made");
  assert.equal(ending.kind === "made" && ending.action.outputs.text, result);
  assert.deepEqual(jobs.left, []);
  const found = await step(jobs, key);
  assert.deepEqual([found.code, found.ending.kind, jobs.begun], [0, "found", ["2"]]);
  // A run takes the job away when its step has a result.
  Deno.removeSync(join(jobs.store, "jobs", `${key}.json`));
  const later = await step(jobs, key);
  assert.deepEqual([later.code, later.ending.kind, jobs.begun], [0, "found", ["2"]]);
});

Deno.test("what there is no job for is told, and what to do", async () => {
  using there = await recorded();
  const { jobs, key } = there;
  const unknown = await step(jobs, "0".repeat(64));
  assert.equal(unknown.code, 2);
  assert.match(unknown.errors, /has no job 0{64} that is whole \(run the pipeline: it writes/);
  const path = join(jobs.store, "jobs", `${key}.json`), text = Deno.readTextFileSync(path);
  for (const torn of [text.slice(0, 200), text.replace('"id":2', '"id":3'), "", "[]"]) {
    Deno.writeTextFileSync(path, torn);
    const { code, errors, ending } = await step(jobs, key);
    assert.deepEqual([code, ending.kind], [2, "failed"]);
    assert.match(errors, /has no job .* that is whole/);
  }
  const wrong = await step(jobs, "../key");
  assert.equal(wrong.code, 2);
  assert.match(wrong.errors, /\.\.\/key is no key of a step/);
  assert.deepEqual(jobs.begun, []);
});

Deno.test("changed code, changed files and damaged inputs are refused", async (t) => {
  using there = await recorded();
  const { jobs, key, file } = there;
  await t.step("a file that a setting names", async () => {
    Deno.writeTextFileSync(file, "as it is now");
    const { code, errors } = await step(jobs, key);
    assert.equal(code, 2);
    assert.match(
      errors,
      /two is another computation by now: config\.file\.digest: .* → .* \(run the pipeline again\)/,
    );
    Deno.writeTextFileSync(file, "as it was");
  });
  await t.step("a byte of an input", async () => {
    const [name] = [...Deno.readDirSync(join(jobs.store, "artifacts"))].map(({ name }) => name)
      .filter((name) => name !== there.result);
    const path = join(jobs.store, "artifacts", name!, "text.txt");
    const bytes = Deno.readFileSync(path), sound = bytes.slice();
    bytes[0]! ^= 1;
    Deno.chmodSync(path, 0o644);
    Deno.writeFileSync(path, bytes);
    const { code, errors, ending } = await step(jobs, key);
    assert.deepEqual([code, ending.kind], [2, "damaged"]);
    assert.match(
      errors,
      /its input, artifact \w+ of one, is damaged: .*\n.*run the pipeline: it makes that again/,
    );
    Deno.writeFileSync(path, sound);
  });
  await t.step("the stage's module", async () => {
    jobs.edit((text) => text.replace(".join();", '.join("+");'));
    const { code, errors } = await step(jobs, key);
    assert.equal(code, 2);
    assert.match(errors, /two is another computation by now: code: \w+ → \w+ \(run the pipeline/);
    jobs.edit((text) => text.replace('.join("+");', ".join();"));
  });
  assert.deepEqual(jobs.begun, []);
  assert.equal((await step(jobs, key)).code, 0);
});

Deno.test("how a stage fails by itself: exit code 1, with the sentence and the place", async () => {
  for (
    const [does, message] of [
      ["throw", "it throws, as it should"],
      ["throw_text", "a text, as it should"],
      ["reject", "nobody waits for it, as it should"],
      ["exit", "its stage ended its process (Deno.exit, process.exit): let it return, or throw"],
      ["process_exit", "its stage ended its process (Deno.exit, process.exit): let it return"],
    ]
  ) {
    using jobs = new Jobs(`bad: { uses: WORK, with: { id: 3, wait: true, does: ${does} } }`);
    const { key } = await jobs.recorded("bad");
    const { code, errors, ending } = await step(jobs, key);
    assert.deepEqual([code, ending.kind], [1, "failed"], does);
    assert.ok(errors.startsWith(`error: ${message}`), errors);
    if (does === "throw") assert.match((ending as { stack: string }).stack, /work_stage\.ts:\d+/);
  }
});

Deno.test("SIGTERM ends it: what it kept is there, and nothing else is left", async () => {
  using there = await recorded("checkpoints: { every_updates: 1 }\n");
  const { jobs, key, result } = there;
  jobs.hold();
  const running = jobs.step(key);
  await running.until(({ kind }) => kind === "step-progress");
  running.kill("SIGTERM");
  await running.end;
  assert.deepEqual([running.code, jobs.left], [143, []]);
  assert.deepEqual([...Deno.readDirSync(join(jobs.store, "checkpoints"))].map(({ name }) => name), [
    key,
  ]);
  jobs.go();
  const again = await step(jobs, key);
  assert.deepEqual([again.code, jobs.begun], [0, ["2", "2"]]);
  assert.ok(again.messages("step-log").includes("two: goes on at 1"));
  assert.equal(again.ending.kind === "made" && again.ending.action.outputs.text, result);
});

Deno.test("SIGTERM ends it though its stage does not obey", async () => {
  using jobs = new Jobs("a: { uses: WORK, with: { id: 1, does: stay } }");
  const run = jobs.start("--on", "processes");
  await run.until(({ kind }) => kind === "step-progress");
  const [name] = [...Deno.readDirSync(join(jobs.store, "jobs"))].map(({ name }) => name);
  const path = join(jobs.store, "jobs", name!), job = Deno.readTextFileSync(path);
  run.kill("SIGINT");
  await run.end;
  assert.equal(run.code, 130);
  Deno.writeTextFileSync(path, job);
  const before = jobs.left; // of the process that the run had to kill
  const running = jobs.step(name!.replace(".json", ""));
  await running.until(({ kind }) => kind === "step-progress");
  running.kill("SIGTERM");
  await running.end;
  assert.deepEqual([running.code, jobs.left], [143, before]);
});

Deno.test("two of them on one key compute once", async () => {
  using there = await recorded();
  const { jobs, key } = there;
  jobs.hold();
  const first = jobs.step(key);
  await first.until(({ kind }) => kind === "step-progress");
  const second = jobs.step(key);
  await second.until(({ kind }) => kind === "warning");
  jobs.go();
  await Promise.all([first.end, second.end]);
  assert.deepEqual([first.code, second.code, jobs.begun], [0, 0, ["2"]]);
  assert.deepEqual([first.ending.kind, second.ending.kind], ["made", "found"]);
});

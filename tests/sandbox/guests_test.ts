/** Processes of programs: they end when their work does, when they are told to, and when nobody is left to tell them. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FrameReader } from "../../src/sandbox/frames.ts";
import { type Limits, type Program, Sandbox } from "../../src/sandbox/mod.ts";
import { childrenOf, isThere, until, usedBy } from "./processes.ts";

const LIMITS: Limits = { timeout: 20, memory: 128, output: 65_536 };
const python = (code: string): Program => ({ language: "python", code, prelude: true });
const script = (code: string): Program => ({ language: "javascript", code, prelude: true });

for (
  const [how, languages] of [
    ["SIGKILL", ["python", "javascript"]],
    ["SIGINT", ["javascript"]],
    ["SIGTERM", ["javascript"]],
  ] as const
) {
  Deno.test(`programs that loop end with their host: ${how}`, async () => {
    const host = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", fileURLToPath(new URL("./host.ts", import.meta.url)), ...languages],
      stdout: "piped",
    }).spawn();
    const reader = host.stdout.getReader();
    const { value } = await reader.read();
    const pids = JSON.parse(new TextDecoder().decode(value)) as number[];
    assert.equal(pids.length, languages.length);
    // As a terminal does for Ctrl-C: everybody hears of it, and the programs run on.
    if (how === "SIGINT") { for (const pid of pids) Deno.kill(pid, how); }
    const used = pids.map(usedBy);
    assert.ok(await until(() => pids.every((pid, i) => usedBy(pid) > used[i]! + 10)));
    host.kill(how);
    await host.status;
    await reader.cancel();
    assert.ok(await until(() => !pids.some(isThere)), `${pids} are still there`);
  });
}

Deno.test("a program is ended when the run is stopped, and says why", async () => {
  const sandbox = new Sandbox(LIMITS, 2);
  for (const program of [script("for (;;);"), python("while True: pass")]) {
    const stop = new AbortController();
    const running = sandbox.runWhole(program, [""], stop.signal);
    const waiting = [1, 2, 3].map(() => sandbox.runWhole(program, [""], stop.signal));
    assert.ok(await until(() => childrenOf(Deno.pid).some((pid) => usedBy(pid) > 150)));
    stop.abort(new Error("stopped"));
    const ended = await Promise.allSettled([running, ...waiting]);
    assert.deepEqual(
      ended.map((run) => run.status === "rejected" && run.reason.message),
      Array(4).fill("stopped"),
    );
  }
  await sandbox.close();
  assert.deepEqual(childrenOf(Deno.pid), []);
});

Deno.test("processes that wait for programs end by themselves", async () => {
  const sandbox = new Sandbox(LIMITS, 1);
  const runs = [1, 2, 3].map((n) => sandbox.runWhole(script(`console.log(${n})`), [""]));
  const answers = await Promise.all(runs);
  assert.deepEqual(answers, [1, 2, 3].map((n) => [{ ok: `${n}\n` }]));
  assert.ok(await until(() => childrenOf(Deno.pid).length === 0));
});

Deno.test("a program sees nothing of those before it", async () => {
  const sandbox = new Sandbox(LIMITS, 1);
  const leave = python("import builtins, json\nbuiltins.left = 1\njson.dumps = None\nprint(1)");
  const look = python("import builtins, json\nprint(hasattr(builtins, 'left'), json.dumps(2))");
  await sandbox.runWhole(leave, [""]);
  assert.deepEqual(await sandbox.runWhole(look, [""]), [{ ok: "False 2\n" }]);
  await sandbox.close();
});

Deno.test("limits: time, memory, output, and the tests after it", async () => {
  const sandbox = new Sandbox({ ...LIMITS, timeout: 3 }, 2);
  const stops = async (program: Program) =>
    (await sandbox.runWhole(program, ["", ""])).map((answer) =>
      "stop" in answer ? answer.stop : "error" in answer ? answer.error.type : "ok"
    );
  const [flood, fill] = ["print('x' * 10**5)", "a = [0] * 10**8"];
  assert.deepEqual(await stops(python("while True: pass")), ["timeout"]);
  assert.deepEqual(await stops(python(fill)), ["MemoryError", "MemoryError"]);
  assert.deepEqual(await stops(python(flood)), ["OutputLimit", "OutputLimit"]);
  assert.deepEqual(await stops(python("print('x' * 10**4)")), ["ok", "ok"]);
  assert.deepEqual(await stops(script("for (;;);")), ["timeout"]);
  assert.deepEqual(await stops(script("Deno.kill(Deno.pid, 'SIGSTOP')")), ["timeout"]);
  assert.deepEqual(await stops(script("const a = []; for (;;) a.push(Array(1e5).fill(1.5))")), [
    "memory",
  ]);
  assert.deepEqual(
    await stops(script("const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))")),
    ["memory"],
  );
  assert.deepEqual(await stops(script("console.log('x'.repeat(1e5))")), ["output"]);
  assert.deepEqual(
    await stops(script("for (;;) console.error('x'.repeat(1e5))")).then((all) => all.length),
    1,
  );
  assert.deepEqual(await stops(script("console.log('x'.repeat(1e4))")), ["ok", "ok"]);
  await sandbox.close();
});

Deno.test("a program that floods its process with messages ends", async () => {
  const sandbox = new Sandbox(LIMITS, 1);
  const told = "Error: a message to no one";
  const flood = python("import js\nwhile True: js.postMessage(1)");
  assert.deepEqual(await sandbox.runWhole(flood, [""]), [{ stop: "exit", told }]);
  for (
    const how of ["postMessage(1)", "require('node:worker_threads').parentPort.postMessage(1)"]
  ) {
    assert.deepEqual(await sandbox.runWhole(script(`for (;;) ${how}`), [""]), [
      { error: { type: "Error", message: told.slice("Error: ".length) } },
    ]);
  }
  await sandbox.close();
});

Deno.test("the same program gives the same: sets, random numbers, hashes", async () => {
  const sandbox = new Sandbox(LIMITS, 2);
  const program = python("import random\nprint({'a', 'b', 'c', 'd'}, random.random(), hash('x'))");
  const [first, second] = await Promise.all([1, 2].map(() => sandbox.runWhole(program, ["", ""])));
  assert.deepEqual(first, second);
  assert.deepEqual(first![0], first![1]);
  await sandbox.close();
});

Deno.test("frames are found in whatever else is written, in any pieces", () => {
  const mark = new Uint8Array([7, 8, 9]), frame = [7, 8, 9, 2, 0, 0, 0, 65, 66];
  const bytes = new Uint8Array([1, 7, 8, 1, ...frame, 7, 7, ...frame, 7, 8, 9, 0, 0, 0, 0, 7, 8]);
  for (const size of [1, 2, 3, 5, 8, 100]) {
    const reader = new FrameReader(mark, 1_000), found: number[][] = [];
    for (let at = 0; at < bytes.length; at += size) {
      reader.push(bytes.slice(at, at + size));
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        found.push([...next]);
      }
    }
    assert.deepEqual(found, [[65, 66], [65, 66], []], `pieces of ${size}`);
  }
  const full = new FrameReader(mark, 10);
  full.push(new Uint8Array(10));
  assert.throws(() => full.push(new Uint8Array(1)), RangeError);
});

/** The store between processes: killed ones, waiting ones, and those that mend the same things. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { DiagnosticError, type Event, Store } from "../../src/core/mod.ts";
import { Lease, sweepLeases, thisPlace } from "../../src/core/lease.ts";
import { Lock } from "../../src/core/lock.ts";
import { Rig } from "../rig.ts";

const WORK = fileURLToPath(new URL("store_work.ts", import.meta.url));
const PIPELINE = `
name: work
steps:
  base: { uses: weights, with: { mib: 1 } }
  left: { uses: adapt, with: { seed: 1 }, in: { model: base.model } }
  four: { uses: number, with: { value: 4 } }
  five: { uses: increment, in: { number: four.number } }
  all: { uses: spread, in: { number: five.number } }
  sum: { uses: add, in: { numbers: all.numbers } }
`;
const names = (directory: string) => [...Deno.readDirSync(directory)].map(({ name }) => name);

interface Ended {
  readonly code: number;
  readonly killed: boolean;
  readonly events: readonly Event[];
  readonly err: string;
}

function spawn(
  store: string,
  env: Readonly<Record<string, string>> = {},
  before: readonly string[] = [],
  text = PIPELINE,
): Deno.ChildProcess {
  const command = [...before, Deno.execPath(), "run", "-A", "--no-check", WORK, store, text];
  return new Deno.Command(command[0]!, {
    args: command.slice(1),
    env: { ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, signal, stdout, stderr } = await child.output();
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
  return {
    code,
    killed: signal === "SIGKILL",
    events: lines.map((line) => JSON.parse(line) as Event),
    err: new TextDecoder().decode(stderr) +
      lines.filter((line) => line.includes('"kind":"step-failed"')).join("\n"),
  };
}

const finished = ({ events }: Ended) => events.filter((event) => event.kind === "step-finished");
const made = (end: Ended) => finished(end).filter(({ cached }) => !cached).map(({ step }) => step);
const digests = (end: Ended) =>
  Object.fromEntries(finished(end).map(({ step, outputs }) => [step, outputs]));

Deno.test("killed before, and in the middle of, each change to a file: the next run ends in the same digests", async () => {
  using rig = new Rig();
  const whole = await ended(spawn(join(rig.directory, "whole"), { CRASH_AT: "1000000" }));
  assert.equal(whole.code, 0, whole.err);
  const changes = Number(/changes (\d+)/.exec(whole.err)![1]);
  assert.ok(changes > 100, `${changes} changes`);
  // A sample here; SOAR_TEST_CRASHES=1 tries each.
  const every = Number(Deno.env.get("SOAR_TEST_CRASHES") ?? Math.ceil(changes / 16));
  for (let at = 1 + Math.floor(Math.random() * every); at <= changes; at += every) {
    const store = join(rig.directory, String(at));
    const crashed = await ended(spawn(store, { CRASH_AT: String(at) }));
    assert.ok(crashed.killed, `at ${at}: ${crashed.err}`);
    const again = await ended(spawn(store));
    assert.equal(again.code, 0, `at ${at}: ${again.err}`);
    assert.deepEqual(digests(again), digests(whole), `at ${at}`);
    // What was told to be done is done; nothing that it left is taken for damage.
    const kept = new Set(finished(crashed).map(({ step }) => step));
    assert.deepEqual(made(again).filter((step) => kept.has(step)), [], `at ${at}`);
    assert.deepEqual(again.events.filter(({ kind }) => kind === "damaged"), [], `at ${at}`);
    assert.deepEqual(names(join(store, "tmp")), [], `at ${at}`);
    assert.deepEqual(names(join(store, "locks")), [], `at ${at}`);
    Deno.removeSync(store, { recursive: true });
  }
});

Deno.test("of eight processes on one empty store each step is made by one, and the others wait", async () => {
  using rig = new Rig();
  const store = join(rig.directory, "store");
  const ends = await Promise.all(
    Array.from({ length: 8 }, () => ended(spawn(store, { SLEEP_MS: "3000" }))),
  );
  for (const end of ends) {
    assert.equal(end.code, 0, end.err);
    assert.deepEqual(digests(end), digests(ends[0]!));
  }
  assert.deepEqual(
    ends.flatMap(made).toSorted(),
    ["all", "base", "five", "four", "left", "sum"],
  );
  const waiting = ends.flatMap(({ events }) =>
    events.flatMap((event) => event.kind === "step-waiting" ? [event.step] : [])
  );
  assert.ok(waiting.includes("five"), waiting.join());
});

Deno.test("a lease whose file a sweep has come upon first is taken under another name", () => {
  using rig = new Rig();
  const tryTake = Lock.tryTake;
  let taken = 0;
  Lock.tryTake = (path) => ++taken === 1 ? undefined : tryTake(path);
  try {
    using lease = new Lease(rig.directory);
    Deno.writeTextFileSync(lease.name(), "kept");
    assert.equal(taken, 2);
  } finally {
    Lock.tryTake = tryTake;
  }
});

Deno.test("processes on one store share what does not depend on each other: none waits where there is work", async () => {
  using rig = new Rig();
  const text = `
name: shared
steps:
  many: { uses: number, matrix: { n: 0..6 }, with: { value: "\${matrix.n}" } }
  slow: { uses: increment, matrix: { n: 0..6 }, in: { number: many.number } }
  sum: { uses: add, in: { numbers: slow.number } }
  last: { uses: increment, in: { number: sum.sum } }
`;
  const store = join(rig.directory, "store");
  const ends = await Promise.all(
    [0, 1, 2].map(() => ended(spawn(store, { SLEEP_MS: "2000" }, [], text))),
  );
  for (const end of ends) {
    assert.equal(end.code, 0, end.err);
    assert.deepEqual(digests(end), digests(ends[0]!));
  }
  const all = ends.flatMap(made);
  assert.equal(new Set(all).size, all.length); // nothing twice
  const slow = ends.map((end) => made(end).filter((step) => step.startsWith("slow")).length);
  assert.equal(slow.reduce((a, b) => a + b), 6);
  assert.ok(slow.filter((count) => count > 0).length > 1, slow.join());
  // In each, a step comes after those that it reads.
  for (const end of ends) {
    const order = finished(end).map(({ step }) => step);
    assert.equal(order.length, 14);
    assert.deepEqual(order.slice(-2), ["sum", "last"]);
  }
});

Deno.test("a process that waits goes on when the one that it waits for is killed", async () => {
  using rig = new Rig();
  const store = join(rig.directory, "store"), first = spawn(store, { SLEEP_MS: "60000" });
  const lockIsThere = () => {
    try {
      return names(join(store, "locks")).length > 0 && names(join(store, "actions")).length === 3;
    } catch {
      return false;
    }
  };
  while (!lockIsThere()) await new Promise((resolve) => setTimeout(resolve, 50));
  const second = spawn(store);
  const reader = second.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let out = "";
  while (!out.includes("step-waiting")) {
    const { value, done } = await reader.read();
    assert.ok(!done, out);
    out += value;
  }
  first.kill("SIGKILL");
  await ended(first);
  for (let next = await reader.read(); !next.done; next = await reader.read()) out += next.value;
  await second.stderr.cancel();
  assert.equal((await second.status).code, 0);
  assert.match(out, /"step":"five",[^\n]*"cached":false/);
  assert.equal((await ended(spawn(store))).code, 0); // sweeps what was left
  assert.deepEqual(names(join(store, "tmp")), []);
});

Deno.test("processes that find the same entries damaged mend them side by side", async () => {
  using rig = new Rig();
  const store = join(rig.directory, "store"), whole = await ended(spawn(store));
  for (let round = 0; round < 2; round++) {
    let count = 0;
    for (const folder of ["artifacts", "blobs", "actions"]) {
      for (const name of names(join(store, folder))) {
        const path = join(store, folder, name);
        const files = folder === "artifacts" ? names(path).map((file) => join(path, file)) : [path];
        for (const file of files.filter((file) => Deno.lstatSync(file).isFile)) {
          const what = (count++ + round) % 4;
          if (what === 0) Deno.removeSync(file);
          else if (what === 1) {
            const bytes = Deno.readFileSync(file);
            bytes[bytes.length >> 1]! ^= 4;
            Deno.chmodSync(file, 0o644);
            Deno.writeFileSync(file, bytes);
          } else if (what === 2 && folder === "artifacts") Deno.writeTextFileSync(`${file}.x`, "x");
        }
      }
    }
    const ends = await Promise.all(Array.from({ length: 6 }, () => ended(spawn(store))));
    for (const end of ends) {
      assert.equal(end.code, 0, end.err + JSON.stringify(end.events.at(-2)));
      assert.deepEqual(digests(end), digests(whole));
    }
    assert.equal(ends.flatMap(made).length, new Set(ends.flatMap(made)).size, "made twice");
    const last = await ended(spawn(store));
    assert.deepEqual([made(last), last.events.filter(({ kind }) => kind === "damaged")], [[], []]);
    assert.deepEqual(names(join(store, "tmp")), []);
  }
});

Deno.test("a process in another PID namespace leaves alone what a living one is writing", async (t) => {
  using rig = new Rig();
  const store = join(rig.directory, "store");
  const unshare = ["unshare", "--pid", "--fork", "--mount-proc"];
  if (Deno.build.os !== "linux" || !(await canRun([...unshare, "true"]))) {
    return void await t.step({ name: "unshare(1)", ignore: true, fn() {} });
  }
  const first = spawn(store, { SLEEP_MS: "4000" });
  while (
    !names(rig.directory).includes("store") || !names(store).includes("actions") ||
    names(join(store, "actions")).length < 3
  ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const sweep = `import { Store } from "${new URL("../../src/core/mod.ts", import.meta.url)}";
    const store = new Store("${store}"); store.sweep(); console.log(Deno.pid);`;
  const args = [...unshare.slice(1), Deno.execPath(), "eval", sweep];
  const other = await new Deno.Command(unshare[0]!, { args }).output();
  assert.ok(other.success, new TextDecoder().decode(other.stderr));
  assert.ok(Number(new TextDecoder().decode(other.stdout)) < 10, "it has processes of its own");
  const end = await ended(first);
  assert.equal(end.code, 0, JSON.stringify(end.events.at(-2)));
});

async function canRun(command: readonly string[]): Promise<boolean> {
  try {
    const [name, ...args] = command;
    return (await new Deno.Command(name!, { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

Deno.test("a sweep removes what dead processes left, and keeps what living ones and other machines write", () => {
  const tmp = Deno.makeTempDirSync({ prefix: "soar-lease-" });
  try {
    using alive = new Lease(tmp);
    Deno.writeTextFileSync(alive.name(), "x");
    Deno.mkdirSync(join(tmp, "dead"));
    Deno.writeTextFileSync(join(tmp, "dead.lease"), JSON.stringify({ ...thisPlace(), pid: 1 }));
    Deno.mkdirSync(join(tmp, "nobodys"));
    Deno.writeTextFileSync(join(tmp, "torn.lease"), '{"host');
    sweepLeases(tmp);
    const id = alive.directory.slice(tmp.length + 1);
    assert.deepEqual(names(tmp).toSorted(), [id, `${id}.lease`].toSorted());
    assert.equal(names(alive.directory).length, 1);
  } finally {
    Deno.removeSync(tmp, { recursive: true });
  }
});

Deno.test("on a file system of several machines, another machine's lease ends a week after its last use", () => {
  const tmp = Deno.makeTempDirSync({ prefix: "soar-lease-" }), shared = () => false;
  try {
    const here = thisPlace();
    const leases = {
      ours: { place: here, days: 0 },
      theirs: { place: { host: "elsewhere", boot: "b" }, days: 6 },
      rebooted: { place: { host: here.host, boot: "b" }, days: 0 },
      old: { place: { host: "elsewhere", boot: "b" }, days: 8 },
    };
    for (const [name, { place, days }] of Object.entries(leases)) {
      Deno.mkdirSync(join(tmp, name));
      const file = join(tmp, `${name}.lease`), time = Date.now() / 1000 - days * 86400;
      Deno.writeTextFileSync(file, JSON.stringify(place));
      Deno.utimeSync(file, time, time);
    }
    sweepLeases(tmp, here, shared);
    const kept = ["rebooted", "theirs"].flatMap((name) => [name, `${name}.lease`]);
    assert.deepEqual(names(tmp).toSorted(), kept);
  } finally {
    Deno.removeSync(tmp, { recursive: true });
  }
});

Deno.test("a lock is one process's until it gives it up, and leaves no file", () => {
  const directory = Deno.makeTempDirSync({ prefix: "soar-lock-" }), path = join(directory, "k");
  try {
    {
      using first = Lock.tryTake(path);
      assert.ok(first !== undefined);
      assert.equal(Lock.tryTake(path), undefined);
    }
    assert.deepEqual(names(directory), []);
    using again = Lock.tryTake(path);
    assert.ok(again !== undefined);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("a store of layout 1 is left alone, and freed on request", async () => {
  using rig = new Rig();
  const root = join(rig.directory, "store");
  const old = [
    "artifacts/abc/manifest.json",
    "actions/k.json",
    "tmp/999999999-x/y",
    "runs/r.ndjson",
  ];
  for (const name of old) {
    Deno.mkdirSync(join(root, name, ".."), { recursive: true });
    Deno.writeTextFileSync(join(root, name), "old");
  }
  const text = "name: x\nsteps: { a: { uses: number, with: { value: 1 } } }\n";
  await rig.run(text);
  assert.deepEqual(rig.ran, ["a"]);
  for (const name of old) assert.equal(Deno.readTextFileSync(join(root, name)), "old");
  const store = rig.store;
  assert.deepEqual([store.old, store.directory], [root, join(root, "layout-2")]);
  const { freeOld, oldBytes } = await import("../../src/core/mod.ts");
  assert.equal(oldBytes(root), 12);
  Deno.mkdirSync(join(root, "tmp", `${Deno.pid}-x`));
  assert.throws(() => freeOld(root), /process \d+ is at work on .*store/);
  Deno.removeSync(join(root, "tmp", `${Deno.pid}-x`));
  freeOld(root);
  assert.deepEqual(names(root), ["layout-2"]);
  await rig.run(text);
  assert.deepEqual([rig.ran, rig.store.old], [[], undefined]);
});

Deno.test("a store of a later layout, or with an unreadable one, is refused", () => {
  using rig = new Rig();
  const directory = join(rig.directory, "later"), file = join(directory, "layout.json");
  const told: readonly (readonly [text: string, message: string])[] = [
    ['{"layout": 3}', `error: store ${directory} has layout 3; this program`],
    ...["{", "null", "", '{"layout": "2"}', '{"laxout": 2}'].map((text) =>
      [text, `error: ${file} is damaged\n  help: if it is a store's, delete the file`] as const
    ),
  ];
  Deno.mkdirSync(directory);
  for (const [text, message] of told) {
    Deno.writeTextFileSync(file, text);
    assert.throws(
      () => new Store(directory),
      (error) => error instanceof DiagnosticError && error.message.startsWith(message),
    );
  }
});

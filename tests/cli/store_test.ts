/** What the command line makes of stores, disks and readers that fail it. @module */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { adaptPolicy, loadPolicy, savePolicy } from "../../src/policy/mod.ts";
import { Random } from "../../src/random/random.ts";
import type { Machine } from "../../src/core/mod.ts";
import { machine } from "../../src/cli/machine_text.ts";
import { describeMachines } from "../../src/records/event_words.ts";
import { type Outcome, PlainUser } from "../plain_user.ts";

const PIPELINE = `
name: ok
device: cpu
steps:
  a: { uses: make_problems, with: { task: listprog, depth: 2, count: 5 } }
  b: { uses: make_problems, with: { task: listprog, depth: 3, count: 5 } }
`;
const LISTPROG = new URL("../../examples/models/listprog", import.meta.url).pathname;
const names = (directory: string) => [...Deno.readDirSync(directory)].map(({ name }) => name);

/** A sentence or two, and no trace of the program. */
function assertTold({ code, out, err }: Outcome, expected: number, pattern: RegExp): void {
  const text = out + err;
  assert.match(text, pattern);
  assert.doesNotMatch(text, /\n\s+at |file:\/\/|Uncaught/, "a stack trace");
  assert.equal(code, expected, text);
}

Deno.test("the command line on stores, disks and readers that fail it", async (t) => {
  using user = new PlainUser();
  user.write("ok.yaml", PIPELINE);
  const store = join(user.directory, "s");

  await t.step("a path that cannot be a store is told, with exit code 2", () => {
    user.write("file", "");
    Deno.symlinkSync("/nowhere/x", join(user.directory, "link"));
    Deno.symlinkSync("round", join(user.directory, "round"));
    user.write("locked", undefined, 0o555);
    for (const command of ["run", "plan"]) {
      const told = (path: string) => user.soar([command, "ok.yaml", "--store", path]);
      assertTold(told("file"), 2, /^error: store file is not a folder\n {2}help: /);
      assertTold(told("link"), 2, /^error: store link is a link to what is not there\n {2}help: /);
      assertTold(told("round"), 2, /^error: cannot open store round: its links go in a circle\n/);
    }
    assertTold(
      user.soar(["plan", "ok.yaml", "--store", ""]),
      2,
      /^error: the store has an empty name/,
    );
    const inFile = user.soar(["ok.yaml", "--store", "file/s"]);
    assertTold(
      inFile,
      2,
      /^error: cannot write to store file\/s: a part of the path is not a folder/,
    );
    const inLocked = user.soar(["ok.yaml", "--store", "locked/s"]);
    assertTold(inLocked, 2, /^error: cannot write to store locked\/s: permission denied\n {2}help/);
    const here = user.soar([join(user.directory, "ok.yaml")], join(user.directory, "locked"));
    assertTold(here, 2, /^error: cannot write to store \.soar: permission denied\n {2}help/);
  });

  await t.step("commands that only read make no store", () => {
    for (const [command, ...args] of [["plan"], ["validate"], ["graph"], ["explain", "a"]]) {
      assert.equal(user.soar([command!, "ok.yaml", ...args]).code, 0);
    }
    assertTold(user.soar(["export", "ok.yaml", "a.problems", "out"]), 2, /a has no stored result/);
    assert.equal(user.soar(["store"]).out, ".soar: nothing is stored\n");
    assert.deepEqual(["out", ".soar"].filter((name) => names(user.directory).includes(name)), []);
  });

  await t.step(
    "a store that may only be read gives its hits, and says why it cannot do more",
    () => {
      assert.equal(user.soar(["ok.yaml", "--store", "s"]).code, 0);
      new Deno.Command("chmod", { args: ["-R", "a-w", store] }).outputSync();
      const hits = user.soar(["ok.yaml", "--store", "s"]);
      assertTold(hits, 0, /no record of this run is kept in s\/runs: permission denied\n/);
      assert.match(hits.out, /done: 0 run, 2 cached/);
      const miss = user.soar(["ok.yaml", "--store", "s", "steps.b.with.count=6"]);
      assertTold(miss, 1, /\nb failed: cannot write to store s: permission denied \(change its /);
      assert.match(miss.out, /failed: 0 run, 1 cached/);
      for (const [command, ...args] of [["plan"], ["explain", "a"]]) {
        assertTold(user.soar([command!, "ok.yaml", ...args, "--store", "s"]), 0, /hit/);
      }
      const exported = user.soar(["export", "ok.yaml", "a.problems", "out", "--store", "s"]);
      assertTold(exported, 0, /copied to out/);
      assert.equal(Deno.statSync(join(user.directory, "out/problems.jsonl")).mode! & 0o600, 0o600);
      new Deno.Command("chmod", { args: ["-R", "u+w", store] }).outputSync();
    },
  );

  await t.step("an artifact or a record that cannot be read is told, and made again", () => {
    for (const folder of ["artifacts", "actions"]) {
      const path = join(store, folder, names(join(store, folder))[0]!);
      Deno.chmodSync(path, 0o000);
      assertTold(user.soar(["plan", "ok.yaml", "--store", "s"]), 0, /miss .*cannot be read/);
      const again = user.soar(["ok.yaml", "--store", "s"]);
      assertTold(again, 0, /is damaged \(it cannot be read \(permission denied\)\): made again/);
      assert.match(user.soar(["ok.yaml", "--store", "s"]).out, /done: 0 run, 2 cached/);
    }
  });

  await t.step("a reader that goes stops the run, with what is done kept", () => {
    for (
      const line of [
        "soar ok.yaml --on inline --store p | head -1",
        "soar ok.yaml --on inline --store p2 --json | true",
      ]
    ) {
      const { code, err, out } = user.shell(`set -o pipefail\n${line}`);
      const outcome = { code, out, err };
      assertTold(
        outcome,
        1,
        /cannot write to standard output: its reader has gone; the run was st/,
      );
    }
    for (
      const line of [
        "soar sweep ok.yaml seed=1..3 --store p3 | head -1",
        "soar sweep ok.yaml seed=1..3 --store p3 --json | true",
      ]
    ) {
      const outcome = user.shell(`set -o pipefail\n${line}`);
      assertTold(outcome, 1, /its reader has gone; the sweep was stopped; what is done is kept/);
    }
    // Each was stopped in its first run.
    assert.match(user.soar(["runs", "--store", "p3"]).out, /^run.*\n(.* stopped .*\n){2}$/);
    assertTold(
      user.shell("set -o pipefail\nsoar reproduce last --store p | true"),
      1,
      /its reader has gone; whether ok-\w+ is reproduced is not known/,
    );
    assertTold(user.shell("soar plan ok.yaml --store p | true"), 0, /^$/);
  });

  await t.step("output that cannot be written is told", () => {
    for (const command of ["run", "plan", "graph", "validate"]) {
      const outcome = user.shell(`soar ${command} ok.yaml --store f > /dev/full`);
      assertTold(
        outcome,
        1,
        /^error: cannot write to standard output: no space is left on the dev/m,
      );
    }
    assertTold(
      user.shell("soar --help > /dev/full"),
      1,
      /^error: cannot write to standard output: no/,
    );
  });

  await t.step("where errors cannot be written either, the exit code tells", () => {
    const mistakes = [
      "validate no.yaml",
      "run --nope ok.yaml",
      "ok.yaml a.b=1",
      "store --store ''",
    ];
    for (const mistake of mistakes) {
      assertTold(user.shell(`soar ${mistake} 2> /dev/full`), 2, /^$/);
    }
    assertTold(user.shell("soar ok.yaml --store f > /dev/full 2> /dev/full"), 1, /^$/);
  });

  await t.step("an export replaces names, and writes through no link and into no store", () => {
    const args = (output: string, directory: string) =>
      user.soar(["export", "ok.yaml", output, directory, "--store", "s"]);
    const mine = ["linked_to", "named_twice"].map((name) => user.write(name, "mine"));
    user.write("to", undefined, 0o777);
    Deno.symlinkSync("../linked_to", join(user.directory, "to/problems.jsonl"));
    assertTold(args("a.problems", "to"), 0, /copied to to\n$/);
    Deno.removeSync(join(user.directory, "to/problems.jsonl"));
    Deno.linkSync(mine[1]!, join(user.directory, "to/problems.jsonl"));
    assertTold(args("a.problems", "to"), 0, /copied to to\n$/);
    for (const path of mine) assert.equal(Deno.readTextFileSync(path), "mine");
    assert.deepEqual(names(join(user.directory, "to")), ["problems.jsonl"]);
    const [artifact] = names(join(store, "artifacts"));
    for (const path of [`s/artifacts/${artifact}`, "s", "s/mine"]) {
      assertTold(args("a.problems", path), 2, /^error: .* lies in the store .*\n {2}help: /);
    }
    assert.ok(!existsSync(join(store, "mine")));
    assertTold(user.soar(["verify", "--store", "s"]), 0, /: 0 damaged/);
    assertTold(args("a", "to"), 2, /^error: a names no output\n {2}help: write step.port, such as/);
    assertTold(args("a.problems", ""), 2, /^error: the directory has an empty name/);
    assertTold(args("a.problems", "ok.yaml"), 2, /^error: .*something else has its name\n {2}help/);
    assertTold(
      user.soar(["verify", "--store", "none"]),
      0,
      /^none: nothing is stored\n/,
    );
  });

  await t.step("without HOME everything is found", () => {
    assertTold(user.shell("unset HOME; soar ok.yaml --store h"), 0, /done: 2 run/);
  });

  await t.step(
    "a file that may not grow, as on a full disk: told, and nothing is left of it",
    () => {
      const { err, out, code } = user.shell(
        "trap '' XFSZ; ulimit -f 1; soar ok.yaml --store u",
        {},
      );
      // Deno's own caches may not grow either, which it tells itself.
      assertTold({ code, out, err: err.replaceAll(/^.*cache.*$/gim, "") }, 0, /done: 2 run/);
      const large = "steps.a.with.count=400";
      const failed = user.shell(`trap '' XFSZ; ulimit -f 8; soar ok.yaml --store u ${large}`);
      assert.match(failed.out, /a failed: .*(File too large|would be larger)/);
      assert.equal(failed.code, 1);
      assert.deepEqual(names(join(user.directory, "u/tmp")), []);
      assert.match(user.soar(["ok.yaml", "--store", "u", large]).out, /done: 1 run, 1 cached/);
    },
  );

  await t.step("a read-only and a linked model with adapters: neither is touched", () => {
    const base = user.write("base"), adapted = Deno.makeTempDirSync();
    for (const name of names(LISTPROG)) {
      user.write(`base/${name}`, Deno.readFileSync(join(LISTPROG, name)), 0o444);
    }
    {
      using policy = adaptPolicy(loadPolicy(base), ADAPTER, new Random(3));
      savePolicy(policy, adapted);
    }
    user.write("adapter");
    for (const name of names(join(adapted, "adapter"))) {
      user.write(`adapter/${name}`, Deno.readFileSync(join(adapted, "adapter", name)));
    }
    Deno.removeSync(adapted, { recursive: true });
    user.write("linked");
    for (const name of names(base)) {
      Deno.symlinkSync(`../base/${name}`, join(user.directory, "linked", name));
    }
    user.write("absolute");
    for (const name of names(base)) {
      Deno.symlinkSync(join(base, name), join(user.directory, "absolute", name));
    }
    const before = names(base).map((name) => stateOf(join(base, name)));
    for (const path of ["base", "linked", "absolute"]) {
      user.write(
        "load.yaml",
        `name: load\ndevice: cpu\nsteps:\n  p: { uses: load_policy, with: { path: ${path}, adapter: adapter } }\n`,
      );
      assertTold(user.soar(["load.yaml", "--store", `m-${path}`]), 0, /done: 1 run/);
      const artifacts = join(user.directory, `m-${path}`, "artifacts");
      const weights = join(artifacts, names(artifacts)[0]!, "model.safetensors");
      const entry = Deno.lstatSync(weights);
      assert.ok(entry.isFile && entry.nlink === 1, `${path}: a link to the user's file`);
    }
    assert.deepEqual(names(base).map((name) => stateOf(join(base, name))), before);
  });

  await t.step("a mistake shows no place in the program, unless asked, and the log has it", () => {
    user.write("broken");
    user.write("broken/config.json", "{");
    user.write(
      "broken.yaml",
      "name: broken\ndevice: cpu\nsteps:\n  p: { uses: load_policy, with: { path: broken } }\n",
    );
    const plain = user.soar(["broken.yaml", "--store", "b"]);
    assertTold(plain, 1, /p failed: Cannot read .*broken\/config\.json: /);
    const verbose = user.soar(["broken.yaml", "--store", "b", "--verbose"]);
    assert.match(verbose.out, /\n {4}at .*src\/policy\/\w+\.ts/);
    const runs = join(user.directory, "b/runs");
    assert.match(
      Deno.readTextFileSync(join(runs, names(runs)[0]!, "events.ndjson")),
      /"stack":"Error: Cannot read/,
    );
  });

  await t.step("another number of threads is no other machine: the bytes are the same", () => {
    const args = ["ok.yaml", "--store", "t", "--threads"];
    assertTold(user.soar([...args, "1"]), 0, /done: 2 run/);
    const told = user.soar([...args, "2", "--same-machine"]);
    assertTold(told, 0, /done: 0 run, 2 cached/);
    assert.doesNotMatch(told.out, /another machine/);
  });

  await t.step(
    "the store command tells what is there, and frees what an earlier version left",
    () => {
      assert.match(
        user.soar(["store", "--store", "s"]).out,
        /^s: \d+ results, \d+ artifacts, .*B\n$/,
      );
      const verified = user.soar(["verify", "--store", "s"]);
      assertTold(verified, 0, /^read \d+ files, .*: 0 damaged\n$/);
      const record = join(store, "actions", names(join(store, "actions"))[0]!);
      Deno.chmodSync(record, 0o644);
      Deno.writeTextFileSync(record, "{}");
      const damaged = user.soar(["verify", "--store", "s"]);
      assertTold(
        damaged,
        1,
        /^action [0-9a-f]{12} is damaged: its record is torn\nread .*: 1 damaged/,
      );
      for (const path of ["old", "old/actions", "old/artifacts"]) user.write(path);
      user.write("old/actions/k.json", "0123456789");
      const told = user.soar(["ok.yaml", "--store", "old"]);
      assertTold(
        told,
        0,
        /^warning: old also holds a store of an earlier version \(10 B\), which is not/,
      );
      assert.match(told.out, /free it with: soar store --free-old --store old\n/);
      const freed = user.soar(["store", "--store", "old", "--free-old"]);
      assertTold(freed, 0, /^freed 10 B of .*\n$/);
      assert.ok(!existsSync(join(user.directory, "old/actions")));
      const after = user.soar(["ok.yaml", "--store", "old"]);
      assert.match(after.out, /^ok: 2 steps on cpu\ndone: 0 run, 2 cached/);
    },
  );
});

const ADAPTER = { rank: 4, alpha: 8, targets: ["q_proj", "v_proj"] } as const;

function stateOf(path: string): unknown {
  const { ino, mode, mtime, nlink, size } = Deno.lstatSync(path);
  return { path, ino, mode, mtime, nlink, size };
}

Deno.test("on a full disk a step fails with a sentence, and the rest of the store is whole", async (t) => {
  using user = new PlainUser();
  const small = user.write("small"),
    mount = ["-t", "tmpfs", "-o", "size=200k,mode=777", "tmpfs", small];
  if (Deno.uid() !== 0 || !new Deno.Command("mount", { args: mount }).outputSync().success) {
    return void await t.step({ name: "mount(8)", ignore: true, fn() {} });
  }
  try {
    user.write("ok.yaml", PIPELINE);
    assertTold(user.soar(["ok.yaml", "--store", "small/s"]), 0, /done: 2 run/);
    const large = ["steps.a.with.count=8000"];
    const full = user.soar(["ok.yaml", "--store", "small/s", ...large]);
    assertTold(full, 1, /a failed: .*[Nn]o space/);
    assert.deepEqual(names(join(small, "s/tmp")), []);
    assertTold(user.soar(["ok.yaml", "--store", "small/s"]), 0, /done: 0 run, 2 cached/);
  } finally {
    new Deno.Command("umount", { args: [small] }).outputSync();
  }
});

Deno.test("machine() tells what rounding may depend on, and differences are told by name", () => {
  const here: Machine = { ...machine("cpu"), threads: 2 };
  assert.deepEqual(Object.keys(here), ["processor", "threads", "provider", "onnxruntime"]);
  assert.ok(Object.values(here).every((value) => value !== ""), JSON.stringify(here));
  const other = { ...here, threads: 1 }, { provider: _, ...older } = here;
  assert.equal(describeMachines([other], here), "threads 1, here 2");
  assert.equal(describeMachines([other, { ...here, threads: 4 }], here), "threads 1 or 4, here 2");
  assert.equal(describeMachines([older], here), "provider unknown, here cpu");
});

/** The store within one process: what is damaged is found and mended, what is shared is read once. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Event, type RunResult, Store } from "../../src/core/mod.ts";
import { defineStage } from "../../src/stage/define_stage.ts";
import { stampOf } from "../../src/core/files.ts";
import { seal, unseal } from "../../src/core/seal.ts";
import { BLOB_STAGES, Rig, TEST_STAGES } from "../rig.ts";

const { increment } = TEST_STAGES, { weights } = BLOB_STAGES;

const CHAIN = `
name: chain
steps:
  one: { uses: number, with: { value: 3 } }
  two: { uses: increment, in: { number: one.number } }
  three: { uses: add, in: { numbers: two.number, extra: one.number } }
`;

const ADAPTERS = `
name: adapters
steps:
  base: { uses: weights }
  many: { uses: adapt, matrix: { n: "0..64" }, with: { seed: "\${matrix.n}" }, in: { model: base.model } }
`;

function blobRig(): Rig {
  const rig = new Rig();
  Object.assign(rig.stages, BLOB_STAGES);
  return rig;
}

const artifactOf = (rig: Rig, { actions }: RunResult, step: string, port: string) =>
  join(rig.store.directory, "artifacts", actions.get(step)!.outputs[port] as string);
const recordOf = (rig: Rig, { actions }: RunResult, step: string) =>
  join(rig.store.directory, "actions", `${actions.get(step)!.key}.json`);
const problems = (events: readonly Event[]) =>
  events.flatMap((event) => event.kind === "damaged" ? [`${event.step}: ${event.problem}`] : []);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const names = (directory: string) => [...Deno.readDirSync(directory)].map(({ name }) => name);

/** Changes a file of the store, which is of mode 0444. */
function rewrite(path: string, change: (bytes: Uint8Array) => void): void {
  const bytes = Deno.readFileSync(path);
  change(bytes);
  Deno.chmodSync(path, 0o644);
  Deno.writeFileSync(path, bytes);
}

const flip = (path: string, at: number, bit = 0) =>
  rewrite(path, (bytes) => bytes[at] = bytes[at]! ^ 1 << bit);

Deno.test("a flipped bit anywhere in a record is found, and the step runs again", async () => {
  using rig = new Rig();
  const before = await rig.run(CHAIN);
  const { key } = before.actions.get("three")!;
  const record = recordOf(rig, before, "three"), size = Deno.statSync(record).size;
  const sound = Deno.readFileSync(record);
  for (let at = 0; at < size; at += 7) {
    flip(record, at, at % 8);
    const { kind } = rig.store.find(key, { sum: "number" });
    assert.equal(kind, "damaged", `byte ${at} of ${size}`);
    Deno.writeFileSync(record, sound);
  }
  rewrite(record, (bytes) => {
    const text = new TextDecoder().decode(bytes);
    const at = text.indexOf('"sum":7') + '"sum":'.length;
    bytes[at] = "8".charCodeAt(0);
  });
  const after = await rig.run(CHAIN);
  assert.deepEqual(problems(rig.events), ["three: its record is torn"]);
  assert.deepEqual(rig.ran, ["three"]);
  assert.deepEqual(after.actions.get("three")!.metrics, { sum: 7 });
});

Deno.test("unseal() gives back what seal() was given, and nothing of a text that is not whole", () => {
  for (const value of [{ a: [1, "é\u2028"], b: null }, [], "x"]) {
    assert.deepEqual(unseal(seal(value)), value);
  }
  const text = seal({ a: 1 });
  for (const torn of ["", "{", text.slice(0, -1), text + " ", text.slice(0, 80), "null"]) {
    assert.equal(unseal(torn), undefined, torn);
  }
});

Deno.test("a record's outputs are those of the stage, of their kinds", async () => {
  using rig = new Rig();
  const { actions } = await rig.run(CHAIN), { key } = actions.get("two")!;
  const cases: readonly [Record<string, string>, string][] = [
    [{ number: "number", extra: "word" }, "it has no output extra"],
    [{ number: "number[]" }, "its output number is no list"],
    [{}, "its stage has no output number"],
    [{ toString: "number", number: "number" }, "it has no output toString"],
    [{ number: "policy" }, "it is of kind number instead of policy"],
  ];
  for (const [ports, problem] of cases) {
    const found = rig.store.find(key, ports);
    assert.equal(found.kind === "damaged" && found.damage.problem, problem);
  }
});

const MORE_DAMAGES: readonly [name: string, problem: RegExp, damage: (artifact: string) => void][] =
  [
    [
      "a file too many",
      /file notes\.txt does not belong to it/,
      (artifact) => Deno.writeTextFileSync(join(artifact, "notes.txt"), "x"),
    ],
    [
      "a file too many in a folder",
      /file a\/b does not belong to it/,
      (artifact) => {
        Deno.mkdirSync(join(artifact, "a"));
        Deno.writeTextFileSync(join(artifact, "a/b"), "x");
      },
    ],
    [
      "a link to equal contents",
      /file number\.txt is no file/,
      (artifact) => {
        Deno.renameSync(join(artifact, "number.txt"), join(artifact, "../n"));
        Deno.symlinkSync("../n", join(artifact, "number.txt"));
      },
    ],
    [
      "a folder for a file",
      /file number\.txt is no file/,
      (artifact) => {
        Deno.removeSync(join(artifact, "number.txt"));
        Deno.mkdirSync(join(artifact, "number.txt/x"), { recursive: true });
      },
    ],
    [
      "a file for the artifact",
      /its manifest is missing/,
      (artifact) => {
        Deno.removeSync(artifact, { recursive: true });
        Deno.writeTextFileSync(artifact, "x");
      },
    ],
    [
      "a link in a circle for a file",
      /file number\.txt is no file/,
      (artifact) => {
        Deno.removeSync(join(artifact, "number.txt"));
        Deno.symlinkSync("number.txt", join(artifact, "number.txt"));
      },
    ],
  ];
for (const [name, problem, damage] of MORE_DAMAGES) {
  Deno.test(`${name} in the store is told, and the artifact mended`, async () => {
    using rig = new Rig();
    const before = await rig.run(CHAIN), artifact = artifactOf(rig, before, "two", "number");
    damage(artifact);
    const after = await rig.run(CHAIN);
    assert.deepEqual(rig.ran, ["two"]);
    assert.match(problems(rig.events).join(), problem);
    assert.equal(artifactOf(rig, after, "two", "number"), artifact);
    assert.deepEqual(names(artifact).toSorted(), ["manifest.json", "number.txt"]);
    await rig.run(CHAIN);
    assert.deepEqual([rig.ran, problems(rig.events)], [[], []]);
    assert.deepEqual(names(join(rig.store.directory, "tmp")), []);
  });
}

Deno.test("files of the store cannot be written to", async () => {
  using rig = blobRig();
  const result = await rig.run(ADAPTERS.replace("0..64", "0..1"));
  const files = [
    recordOf(rig, result, "base"),
    join(artifactOf(rig, result, "base", "model"), "manifest.json"),
    join(artifactOf(rig, result, "base", "model"), "config.json"),
    join(artifactOf(rig, result, "base", "model"), "parts/weights.bin"),
  ];
  for (const file of files) assert.equal(Deno.statSync(file).mode! & 0o777, 0o444, file);
});

Deno.test("an input damaged while a step reads it is made again, and what came of it is not kept", async () => {
  for (const restored of [false, true]) {
    using rig = new Rig();
    let times = 0;
    rig.stages.increment = defineStage({
      ...increment,
      run(context) {
        const file = join(context.inputs.number.directory, "number.txt");
        if (times++ === 0) rewrite(file, (bytes) => bytes[0] = "8".charCodeAt(0));
        const result = increment.run(context); // reads 8
        if (times === 1 && restored) {
          const { mtime } = Deno.statSync(file);
          rewrite(file, (bytes) => bytes[0] = "3".charCodeAt(0));
          assert.notEqual(Deno.statSync(file).mtime, mtime);
        }
        return result;
      },
    });
    const result = await rig.run(CHAIN);
    assert.equal(result.status, "done");
    assert.equal(rig.number(result, "two"), 4);
    assert.deepEqual(rig.ran, restored ? ["one", "two", "three"] : ["one", "one", "two", "three"]);
    assert.equal(problems(rig.events).length, restored ? 1 : 2, problems(rig.events).join("\n"));
    const last = rig.events.at(-1)!;
    assert.ok(last.kind === "run-finished" && last.ran === 3 && last.cached === 0);
    await rig.run(CHAIN);
    assert.deepEqual([rig.ran, problems(rig.events)], [[], []]);
  }
});

Deno.test("a step that fails on a damaged input is tried again when that is mended", async () => {
  using rig = new Rig();
  let times = 0;
  rig.stages.increment = defineStage({
    ...increment,
    run(context) {
      const file = join(context.inputs.number.directory, "number.txt");
      if (times++ === 0) Deno.removeSync(file);
      return increment.run(context);
    },
  });
  const result = await rig.run(CHAIN);
  assert.equal(rig.number(result, "three", "sum"), 7);
  assert.match(problems(rig.events)[0]!, /two: file number\.txt is missing/);
});

Deno.test("a step whose input is damaged each time fails, and says which", async () => {
  using rig = new Rig();
  rig.stages.increment = defineStage({
    ...increment,
    run(context) {
      Deno.removeSync(join(context.inputs.number.directory, "number.txt"));
      return increment.run(context);
    },
  });
  assert.equal((await rig.run(CHAIN)).status, "failed");
  const failed = rig.events.find((event) => event.kind === "step-failed")!;
  assert.match(
    failed.message,
    /^its input, artifact [0-9a-f]{12} of one, is damaged again and again: file number\.txt is missing$/,
  );
});

Deno.test("a user's file that changes while a step reads it: the result is not kept", async () => {
  using rig = new Rig();
  const path = rig.write("a.txt", "abc"),
    text = "name: x\nsteps: { a: { uses: file, with: { path: a.txt } } }\n";
  const { file } = TEST_STAGES;
  rig.stages.file = defineStage({
    ...file,
    run(context) {
      Deno.writeTextFileSync(path, "abcd");
      return file.run(context);
    },
  });
  assert.equal((await rig.run(text)).status, "failed");
  const failed = rig.events.find((event) => event.kind === "step-failed")!;
  assert.match(
    failed.message,
    /^its files changed while it read them: .*a\.txt \(run it again when/,
  );
  rig.stages.file = file;
  Deno.writeTextFileSync(path, "abc");
  assert.equal(rig.number(await rig.run(text), "a"), 3);
});

Deno.test("64 adapters on one base: its weights lie in the store once and are read once", async () => {
  using rig = blobRig();
  const store = rig.store, mib = 1 << 20;
  const first = await rig.run(ADAPTERS, [], undefined, { store });
  assert.equal(first.actions.size, 65);
  assert.equal(names(join(store.directory, "blobs")).length, 1);
  assert.equal(store.work.bytesCopied, 0);
  assert.ok(store.work.bytesHashed < 2.1 * mib, `${store.work.bytesHashed} bytes hashed`);
  const again = rig.store;
  await rig.run(ADAPTERS, [], undefined, { store: again });
  assert.deepEqual(rig.ran, []);
  assert.ok(again.work.bytesHashed < 0.1 * mib, `${again.work.bytesHashed} bytes hashed`);
  assert.equal(store.contents().artifacts, 65);
  assert.ok(store.contents().bytes < 2.2 * mib);
});

Deno.test("a store may be moved, copied without its links, and lose the file that tells its layout", async () => {
  using rig = blobRig();
  const text = ADAPTERS.replace("0..64", "0..2"), root = rig.store.directory;
  await rig.run(text);
  const copy = (option: string, to: string) =>
    assert.ok(new Deno.Command("cp", { args: [option, root, to] }).outputSync().success);
  const followed = join(rig.directory, "followed"), moved = join(rig.directory, "moved");
  copy("-rL", followed);
  copy("-a", moved);
  Deno.removeSync(join(moved, "layout.json"));
  Deno.removeSync(root, { recursive: true });
  for (const directory of [followed, moved]) {
    const store = new Store(directory);
    assert.equal(store.directory, directory);
    await rig.run(text, [], undefined, { store });
    assert.deepEqual([rig.ran, problems(rig.events)], [[], []]);
  }
  const weights = [...Deno.readDirSync(join(followed, "artifacts"))].map(({ name }) =>
    join(followed, "artifacts", name, "parts/weights.bin")
  );
  flip(weights[0]!, 5);
  await rig.run(text, [], undefined, { store: new Store(followed) });
  assert.equal(rig.ran.length, 1);
  assert.match(problems(rig.events)[0]!, /file parts\/weights\.bin has other contents/);
});

Deno.test("one flipped bit in shared weights runs the step that made them, and mends all", async () => {
  using rig = blobRig();
  const first = await rig.run(ADAPTERS);
  const blobs = join(rig.store.directory, "blobs"), blob = join(blobs, names(blobs)[0]!);
  const { atime, mtime } = Deno.statSync(blob);
  await sleep(1100); // Deno tells the time of an inode's last change to the second
  flip(blob, 1_234_567, 5);
  Deno.utimeSync(blob, atime!, mtime!); // as if nothing had happened
  const after = await rig.run(ADAPTERS);
  assert.deepEqual(rig.ran, ["base"]);
  assert.deepEqual(problems(rig.events), ["base: file parts/weights.bin has other contents"]);
  assert.deepEqual(
    [...after.actions].map(([id, { outputs }]) => [id, outputs]),
    [...first.actions].map(([id, { outputs }]) => [id, outputs]),
  );
  Deno.removeSync(blob);
  await rig.run(ADAPTERS);
  assert.deepEqual(rig.ran, ["base"]);
  assert.deepEqual(problems(rig.events), [
    "base: file parts/weights.bin is missing: its blob is gone",
  ]);
});

Deno.test("an audit reads what a run takes to be as it was, and what it finds is made again", async () => {
  using rig = blobRig();
  await rig.run(ADAPTERS.replace("0..64", "0..2"));
  const store = rig.store, [blob] = names(join(store.directory, "blobs"));
  assert.deepEqual([...store.audit()], []);
  // A disk that rots changes no time: what is remembered of the blob is made to fit the rotten one.
  flip(join(store.directory, "blobs", blob!), 99);
  const memo = join(store.directory, "memo"), path = join(store.directory, "blobs", blob!);
  for (const name of names(memo)) {
    const known = unseal(Deno.readTextFileSync(join(memo, name))) as { sha256: string };
    Deno.chmodSync(join(memo, name), 0o644);
    Deno.writeTextFileSync(join(memo, name), seal({ ...known, stamp: stampOf(path) }));
  }
  await rig.run(ADAPTERS.replace("0..64", "0..2"));
  assert.deepEqual(rig.ran, [], "a run goes by inode, size and times");
  const damaged = [...rig.store.audit()];
  assert.equal(damaged.length, 3);
  assert.match(damaged[0]!.problem, /file parts\/weights\.bin has other contents/);
  await rig.run(ADAPTERS.replace("0..64", "0..2"));
  assert.deepEqual(rig.ran, ["base"]);
  assert.deepEqual([...rig.store.audit()], []);
  const { actions } = await rig.run(ADAPTERS.replace("0..64", "0..2"));
  flip(join(rig.store.directory, "actions", `${actions.get("base")!.key}.json`), 200);
  assert.deepEqual([...rig.store.audit()].map(({ problem }) => problem), ["its record is torn"]);
});

Deno.test("what lies outside the store is copied, never linked or changed", async () => {
  using rig = blobRig();
  const mine = rig.write("mine.bin", "x".repeat(1 << 21)), small = rig.write("small.txt", "mine");
  Deno.chmodSync(mine, 0o600);
  const before = Deno.statSync(mine);
  rig.stages.weights = defineStage({
    ...weights,
    run({ outputs: { model: { directory, place } } }) {
      const at = (name: string) => join(directory, name);
      place(mine, at("placed.bin"));
      Deno.linkSync(mine, at("hard.bin"));
      Deno.symlinkSync(mine, at("soft.bin"));
      Deno.linkSync(small, at("hard.txt"));
      Deno.symlinkSync("../../../../../small.txt", at("soft.txt"));
    },
  });
  const store = rig.store;
  const result = await rig.run("name: x\nsteps: { a: { uses: weights } }\n", [], undefined, {
    store,
  });
  assert.equal(result.status, "done");
  const artifact = artifactOf(rig, result, "a", "model");
  for (const name of ["hard.txt", "soft.txt"]) {
    assert.ok(Deno.lstatSync(join(artifact, name)).isFile);
    assert.equal(Deno.readTextFileSync(join(artifact, name)), "mine");
  }
  const blobs = Deno.realPathSync(join(store.directory, "blobs"));
  for (const name of ["placed.bin", "hard.bin", "soft.bin"]) {
    assert.ok(Deno.realPathSync(join(artifact, name)).startsWith(blobs));
  }
  const after = Deno.statSync(mine);
  assert.deepEqual([after.mode, after.nlink, after.mtime], [before.mode, 1, before.mtime]);
  assert.equal(store.work.bytesCopied, 3 * (1 << 21) + 8);
  Deno.writeTextFileSync(mine, "y");
  Deno.writeTextFileSync(small, "other");
  await rig.run("name: x\nsteps: { a: { uses: weights } }\n");
  assert.deepEqual([rig.ran, problems(rig.events)], [[], []]);
});

const REFUSED_FILES: readonly [name: string, message: RegExp, make: (path: string) => void][] = [
  [
    "manifest.json",
    /Cannot keep a file named manifest\.json/,
    (path) => Deno.writeTextFileSync(path, "{}"),
  ],
  ["pipe", /Cannot keep pipe: it is neither a file nor a folder/, (path) => {
    assert.ok(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  }],
];
for (const [name, message, make] of REFUSED_FILES) {
  Deno.test(`a stage that makes ${name} fails, and nothing is left of it`, async () => {
    using rig = blobRig();
    rig.stages.weights = defineStage({
      ...weights,
      run: ({ outputs }) => make(join(outputs.model.directory, name)),
    });
    await rig.run("name: x\nsteps: { a: { uses: weights } }\n");
    const failed = rig.events.find((event) => event.kind === "step-failed")!;
    assert.match(failed.message, message);
    assert.deepEqual(names(join(rig.store.directory, "tmp")), []);
  });
}

Deno.test("digests of a user's large files are remembered, as long as these stay as they are", async () => {
  using rig = new Rig();
  const file = rig.write("model.bin", "x".repeat(1 << 21));
  await sleep(50); // so that a change would show in its time
  rig.store.prepare();
  const work = () => {
    const store = rig.store, digest = store.digestPath(file);
    return [digest, store.work.filesHashed] as const;
  };
  const [digest, first] = work();
  assert.equal(first, 1);
  assert.deepEqual(work(), [digest, 0]);
  const { mtime } = Deno.statSync(file);
  await sleep(1100); // Deno tells the time of an inode's last change to the second
  Deno.writeTextFileSync(file, "y" + "x".repeat((1 << 21) - 1));
  Deno.utimeSync(file, mtime!, mtime!); // as if nothing had happened
  const [changed, again] = work();
  assert.equal(again, 1);
  assert.notEqual(changed, digest);
  await sleep(50);
  Deno.writeTextFileSync(file, "z" + "x".repeat((1 << 21) - 1));
  assert.notEqual(work()[0], changed); // its size is the same, its time is not
  Deno.writeTextFileSync(file, "y" + "x".repeat((1 << 21) - 1));
  await sleep(50);
  work();
  assert.deepEqual(work(), [changed, 0]);
  // A memo that is not whole is not believed.
  const memo = join(rig.store.directory, "memo"), [name] = names(memo);
  flip(join(memo, name!), 100);
  assert.deepEqual(work(), [changed, 1]);
});

Deno.test("digestPath() follows links, and refuses pipes and links in a circle", () => {
  using rig = new Rig();
  const model = join(rig.directory, "model"), linked = join(rig.directory, "linked");
  Deno.mkdirSync(join(model, "a"), { recursive: true });
  Deno.mkdirSync(linked);
  Deno.writeTextFileSync(join(model, "a/b"), "1");
  Deno.symlinkSync(join(model, "a"), join(linked, "a"));
  assert.equal(rig.store.digestPath(linked), rig.store.digestPath(model));
  Deno.symlinkSync("..", join(model, "a/up"));
  assert.throws(() => rig.store.digestPath(model), /up links to a folder that it is in/);
  Deno.removeSync(join(model, "a/up"));
  assert.ok(new Deno.Command("mkfifo", { args: [join(model, "pipe")] }).outputSync().success);
  assert.throws(() => rig.store.digestPath(model), /pipe is neither a file nor a folder/);
  Deno.removeSync(join(model, "pipe"));
  Deno.symlinkSync("nowhere", join(model, "broken"));
  assert.throws(() => rig.store.digestPath(model), /cannot read .*model: it is not there/);
});

Deno.test("a result of another machine is a hit and told once, or made again on request", async () => {
  using rig = new Rig();
  const one = { processor: "A", threads: 1 }, two = { processor: "B", threads: 1 };
  const told = () => rig.events.filter((event) => event.kind === "other-machines");
  const first = await rig.run(CHAIN, [], undefined, { machine: () => one });
  assert.deepEqual(first.actions.get("one")!.machine, one);
  assert.deepEqual(told(), []);
  await rig.run(CHAIN, [], undefined, { machine: () => two });
  assert.deepEqual(rig.ran, []);
  assert.deepEqual(told(), [{ kind: "other-machines", results: 3, machines: [one], here: two }]);
  const again = await rig.run(CHAIN, [], undefined, { machine: () => two, sameMachine: true });
  assert.deepEqual(rig.ran, ["one", "two", "three"]);
  assert.deepEqual(again.actions.get("one")!.key, first.actions.get("one")!.key);
  assert.deepEqual(told(), []);
  await rig.run(CHAIN, [], undefined, {
    machine: () => ({ threads: 1, processor: "B" }),
    sameMachine: true,
  });
  assert.deepEqual([rig.ran, told()], [[], []]);
});

Deno.test("files and folders are on the disk before they get their names, and the names before a record tells of them", async () => {
  using rig = blobRig();
  rig.store.prepare();
  const order: string[] = [], paths = new WeakMap<Deno.FsFile, string>();
  const { openSync, renameSync } = Deno, { syncSync } = Deno.FsFile.prototype;
  Deno.openSync = (path, options) => {
    const file = openSync(path, options);
    paths.set(file, String(path));
    return file;
  };
  Deno.FsFile.prototype.syncSync = function () {
    order.push(`sync ${short(paths.get(this)!)}`);
    syncSync.call(this);
  };
  Deno.renameSync = (from, to) => {
    order.push(`rename ${short(String(from))} to ${short(String(to))}`);
    renameSync(from, to);
  };
  const short = (path: string) =>
    path.replace(join(rig.directory, "store/"), "").replaceAll(/[0-9a-f]{64}/g, "DIGEST")
      .replace(/tmp\/[^/]*/, "tmp");
  try {
    await rig.run("name: x\nsteps: { a: { uses: weights, with: { mib: 1 } } }\n");
  } finally {
    Object.assign(Deno, { openSync, renameSync });
    Deno.FsFile.prototype.syncSync = syncSync;
  }
  assert.deepEqual(order.filter((line) => !line.includes("memo")), [
    "sync tmp/0/model/config.json",
    "sync tmp/0/model/parts/weights.bin",
    "rename tmp/0/model/parts/weights.bin to blobs/DIGEST",
    "sync blobs",
    "sync tmp/0/model/manifest.json",
    "sync tmp/0/model/parts",
    "sync tmp/0/model",
    "rename tmp/0/model to artifacts/DIGEST",
    "sync artifacts",
    "sync tmp/1",
    "rename tmp/1 to actions/DIGEST.json",
    "sync actions",
  ]);
});

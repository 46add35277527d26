/** Data sets of a hub on this machine. @module */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { subsetsOf } from "../../src/data/card.ts";
import { type Choice, chooseFiles } from "../../src/data/choose.ts";
import { downloadDataSet } from "../../src/hub/data_set.ts";
import { readProblems } from "../../src/stage/artifact_files.ts";
import { FIXTURES } from "../data/files.ts";
import { Bench } from "../stages/run_stage.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567", LATER = "f".repeat(40);
const bytes = (text: string) => new TextEncoder().encode(text);

const CARD = `---
configs:
- config_name: main
  data_files:
  - split: train
    path: main/train-*
  - split: test
    path: main/test-*
- config_name: socratic
  data_files:
  - split: train
    path: socratic/train-*
---
`;

/** A hub with one data set, as GSM8K lies there. */
class Hub implements AsyncDisposable {
  readonly cache = Deno.makeTempDirSync({ prefix: "soar-hub-" });
  readonly files: Record<string, Uint8Array<ArrayBuffer>> = {
    "README.md": bytes(CARD),
    "main/train-00000-of-00001.parquet": fixture("train"),
    "main/test-00000-of-00001.parquet": fixture("test"),
    "socratic/train-00000-of-00001.parquet": new Uint8Array(200_000).map((_, i) => i * 7),
    "../outside.parquet": new Uint8Array(1),
  };
  /** What `main` means. */
  commit = COMMIT;
  /** Digest that is told for large files, where it lies. */
  claimed: string | undefined;
  /** Bytes after which a download breaks off. */
  breakAfter = Infinity;
  /** Files that were asked for, with the first byte. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({ port: 0, onListen() {} }, (request) => this.#answer(request));
  }

  get url(): string {
    return `http://localhost:${this.#server.addr.port}`;
  }

  /** Paths of what is downloaded, in the data set. */
  async download(choice: Choice, revision = "main", offline = false): Promise<readonly string[]> {
    const { cache, url: hubUrl } = this,
      download = { repo: "a/b", revision, cache, hubUrl, offline };
    const choose = (paths: readonly string[], card?: string) =>
      chooseFiles(paths, choice, subsetsOf(card));
    const { directory, files } = await downloadDataSet(download, choose);
    for (const file of files) {
      if (this.files[file] === undefined) continue;
      assert.deepEqual(Deno.readFileSync(join(directory, file)), this.files[file]);
    }
    return files;
  }

  async stop(): Promise<void> {
    await this.#server.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    Deno.removeSync(this.cache, { recursive: true });
  }

  #answer(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.startsWith("/api/datasets/a/b/revision/")) {
      if (pathname.endsWith("/gone")) return Response.json({ error: "no such" }, { status: 404 });
      return Response.json({ _id: "1", id: "a/b", sha: this.commit, likes: 0, downloads: 0 });
    }
    if (pathname === `/api/datasets/a/b/tree/${this.commit}`) {
      assert.equal(searchParams.get("recursive"), "true");
      const folders = [{ type: "directory", path: "main", size: 0, oid: "0" }];
      return Response.json([
        ...folders,
        ...Object.keys(this.files).map((path) => this.#entry(path)),
      ]);
    }
    const name = pathname.split(`/datasets/a/b/resolve/${this.commit}/`)[1] ?? "";
    const whole = this.files[name];
    if (whole === undefined) return new Response("no such file", { status: 404 });
    const range = request.headers.get("range"),
      [, from, to] = /bytes=(\d+)-(\d+)/.exec(range ?? "") ?? [];
    if (range !== "bytes=0-0") this.asked.push(`${name} ${from ?? 0}`);
    const start = Number(from ?? 0), part = whole.slice(start, Number(to ?? whole.length - 1) + 1);
    const headers = {
      etag: '"1"',
      "content-range": `bytes ${start}-${start + part.length - 1}/${whole.length}`,
    };
    const status = range === null ? 200 : 206;
    if (part.length <= this.breakAfter) return new Response(part, { status, headers });
    const first = part.slice(0, this.breakAfter);
    const broken = new ReadableStream({
      async start(controller) {
        controller.enqueue(first);
        await new Promise((resolve) => setTimeout(resolve, 50)); // lets what was sent arrive
        controller.error(new Error("the line broke"));
      },
    });
    return new Response(broken, { status, headers });
  }

  #entry(path: string) {
    const file = this.files[path]!, { length: size } = file;
    const oid = createHash("sha1").update(`blob ${size}\0`).update(file).digest("hex");
    const sha256 = createHash("sha256").update(file).digest("hex");
    const lfs = { oid: this.claimed ?? sha256, size, pointerSize: 130 };
    return { type: "file", path, size, oid, ...(path.endsWith(".parquet") ? { lfs } : {}) };
  }
}

function fixture(split: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(`${FIXTURES}gsm8k/main/${split}-00000-of-00001.parquet`);
}

const MAIN = { subset: "main", split: "train" };
const TRAIN = "main/train-00000-of-00001.parquet";

Deno.test("downloadDataSet() fetches the files of a subset's split alone, and finds them again", async () => {
  await using hub = new Hub();
  assert.deepEqual(await hub.download(MAIN), [TRAIN]);
  assert.deepEqual(hub.asked, ["README.md 0", `${TRAIN} 0`]);
  const home = join(hub.cache, "datasets--a--b");
  assert.equal(Deno.readTextFileSync(join(home, "refs/main")), COMMIT);
  assert.deepEqual(
    [...Deno.readDirSync(join(home, "snapshots", COMMIT))].map(({ name }) => name).toSorted(),
    ["README.md", "main"],
  );
  assert.equal(existsSync(join(home, "snapshots/outside.parquet")), false);
  assert.deepEqual(await hub.download(MAIN), [TRAIN]);
  assert.equal(hub.asked.length, 2);
  await hub.stop();
  assert.deepEqual(await hub.download(MAIN), [TRAIN], "the cache serves when the hub is away");
  assert.deepEqual(await hub.download(MAIN, COMMIT), [TRAIN]);
});

Deno.test("downloadDataSet() goes on where it was cut off, and refuses other bytes than were promised", async () => {
  await using hub = new Hub();
  const socratic = { subset: "socratic" }, [file] = ["socratic/train-00000-of-00001.parquet"];
  hub.breakAfter = 100_000;
  await assert.rejects(hub.download(socratic));
  hub.breakAfter = Infinity;
  assert.deepEqual(await hub.download(socratic), [file]);
  const first = Number(hub.asked.at(-1)!.split(" ")[1]);
  assert.ok(first > 0, hub.asked.join());
  hub.claimed = "f".repeat(64);
  await assert.rejects(
    hub.download(MAIN),
    /Cannot download main\/train-00000-of-00001\.parquet of a\/b: what arrived is not f{64}; run again/,
  );
});

Deno.test("downloadDataSet() tells subsets, splits and files that are not there, with what to write", async () => {
  await using hub = new Hub();
  const refused: readonly (readonly [Choice, RegExp])[] = [
    [
      {},
      /Cannot read a\/b at main: it has subsets; write subset: main or socratic or "\*" for all/,
    ],
    [{ subset: "main" }, /it has splits; write split: train or test/],
    [{ subset: "main", split: "dev" }, /it has no split dev; write split: train or test/],
    [{ file: "x.csv" }, /it has no file x\.csv; there are main\/test/],
  ];
  for (const [choice, message] of refused) await assert.rejects(hub.download(choice), message);
  await assert.rejects(
    hub.download(MAIN, "gone"),
    /Cannot download a\/b at gone: .*404.*for a gated or private data set set HF_TOKEN/,
  );
  await assert.rejects(hub.download(MAIN, "../x"), /that is no branch, tag or commit/);
});

Deno.test("offline, it says what to put where; put there, it serves, and a shard that lacks is told", async () => {
  await using hub = new Hub();
  const offline = (choice: Choice, revision?: string) => hub.download(choice, revision, true);
  const snapshot = join(hub.cache, "datasets--a--b/snapshots/main");
  await assert.rejects(offline(MAIN), (error: Error) => {
    assert.match(
      error.message,
      /for a\/b: HF_HUB_OFFLINE is set\n {2}offline, put its data files into /,
    );
    assert.ok(error.message.includes(`${snapshot}, or name a file of yours with path`));
    return true;
  });
  // By hand, or by Python's library: no card, no list of files.
  Deno.mkdirSync(join(snapshot, "data"), { recursive: true });
  Deno.writeTextFileSync(join(snapshot, "data/train-00001-of-00003.jsonl"), "{}\n");
  await assert.rejects(
    offline({ split: "train" }),
    /put data\/train-00000-of-00003\.jsonl, data\/train-00002-of-00003\.jsonl into /,
  );
  for (const n of [0, 2]) {
    Deno.writeTextFileSync(join(snapshot, `data/train-0000${n}-of-00003.jsonl`), "{}\n");
  }
  assert.equal((await offline({ split: "train" })).length, 3);
  // What was fetched for one split is not all of another.
  await hub.download(MAIN);
  assert.deepEqual(await offline(MAIN), [TRAIN]);
  await assert.rejects(
    offline({ subset: "main", split: "test" }),
    /put main\/test-00000-of-00001\.parquet into .*snapshots\/0123456789abcdef/,
  );
  assert.equal(hub.asked.some((file) => file.startsWith("main/test")), false);
});

Deno.test("a branch that has moved is fetched anew, and a commit stays what it is", async () => {
  await using hub = new Hub();
  await hub.download(MAIN);
  hub.commit = LATER;
  hub.files[TRAIN] = fixture("test");
  assert.deepEqual(await hub.download(MAIN), [TRAIN]);
  assert.equal(hub.asked.filter((file) => file === `${TRAIN} 0`).length, 2);
  const asked = hub.asked.length;
  hub.files[TRAIN] = fixture("train");
  assert.deepEqual(await hub.download(MAIN, COMMIT), [TRAIN]);
  assert.equal(hub.asked.length, asked);
});

Deno.test("load_problems reads a data set of the hub", async () => {
  await using hub = new Hub();
  const before = ["HF_ENDPOINT", "HF_HUB_CACHE"].map((name) => [name, Deno.env.get(name)] as const);
  Deno.env.set("HF_ENDPOINT", hub.url);
  Deno.env.set("HF_HUB_CACHE", hub.cache);
  try {
    using bench = new Bench();
    const settings = { repo: "a/b", ...MAIN, problem: "question", answer_kind: "after" };
    const { outputs, metrics } = await bench.run("load_problems", settings, {});
    assert.deepEqual(readProblems(outputs.problems!).map(({ answer }) => answer), [
      "36",
      "1700",
      "-3",
    ]);
    assert.equal(metrics.rows, 3);
    assert.ok(bench.logs.includes(`read a/b/${TRAIN}`), bench.logs.join());
    const file = `${FIXTURES}math_500/test.jsonl`;
    const mine = await bench.run("load_problems", { repo: "a/b", path: file }, {});
    assert.equal(mine.metrics.problems, 3);
    assert.ok(existsSync(dirname(file)));
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { downloadModel } from "../../src/hub/download.ts";
import { hubAddress, hubCache, isOffline } from "../../src/hub/hub_environment.ts";
import { takePartial } from "../../src/hub/partial.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const git = (bytes: Uint8Array) =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/** A hub with one small model on this machine. */
class Hub implements AsyncDisposable {
  readonly cache = Deno.makeTempDirSync({ prefix: "soar-hub-" });
  readonly files: Record<string, Uint8Array<ArrayBuffer>> = {
    "config.json": text({ model_type: "llama" }),
    "tokenizer.json": text({ version: "1.0" }),
    "model.safetensors": new Uint8Array(300_000).map((_, i) => i * 7),
    "onnx/model.onnx": new Uint8Array(10),
    "README.md": text("not wanted"),
  };
  /** Digest that the hub tells for the weights, where it lies. */
  claimed: string | undefined;
  /** Bytes after which a download breaks off. */
  breakAfter = Infinity;
  /** What the weights wait for. */
  gate: Promise<unknown> = Promise.resolve();
  /** Ranges of the weights that were asked for. */
  readonly ranges: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({ port: 0, onListen() {} }, (request) => this.#answer(request));
  }

  get url(): string {
    return `http://localhost:${this.#server.addr.port}`;
  }

  download(revision = "main", progress: (done: number, total: number) => void = () => {}) {
    const { cache, url: hubUrl } = this;
    return downloadModel({ repo: "a/b", revision, cache, hubUrl, progress });
  }

  async stop(): Promise<void> {
    await this.#server.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    Deno.removeSync(this.cache, { recursive: true });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/api/models/a/b/revision/")) {
      return Response.json({ _id: "1", id: "a/b", sha: COMMIT, likes: 0, downloads: 0 });
    }
    if (pathname === `/api/models/a/b/tree/${COMMIT}`) {
      return Response.json(
        Object.entries(this.files).map(([path, bytes]) => ({
          type: "file",
          path,
          size: bytes.length,
          oid: git(bytes),
          ...(path.endsWith(".safetensors")
            ? { lfs: { oid: this.claimed ?? sha256(bytes), size: bytes.length, pointerSize: 130 } }
            : {}),
        })),
      );
    }
    const name = pathname.split(`/a/b/resolve/${COMMIT}/`)[1];
    const bytes = this.files[name ?? ""];
    if (bytes === undefined) return new Response("no such file", { status: 404 });
    const range = request.headers.get("range");
    if (name === "model.safetensors" && range !== "bytes=0-0") {
      this.ranges.push(range ?? "all");
      await this.gate;
    }
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range ?? "") ?? [];
    const part = bytes.slice(Number(from ?? 0), Number(to ?? bytes.length - 1) + 1);
    const headers = {
      etag: `"${git(bytes)}"`,
      "content-range": `bytes ${from ?? 0}-${to ?? bytes.length - 1}/${bytes.length}`,
    };
    const status = range === null ? 200 : 206;
    if (part.length <= this.breakAfter) return new Response(part, { status, headers });
    const start = part.slice(0, this.breakAfter);
    let sent = false;
    const broken = new ReadableStream({
      async pull(controller) {
        if (!sent) controller.enqueue(start);
        else {
          await new Promise((resolve) => setTimeout(resolve, 50)); // lets what was sent arrive
          controller.error(new Error("the line broke"));
        }
        sent = true;
      },
    });
    return new Response(broken, { status, headers });
  }
}

Deno.test("downloadModel() fetches what a policy needs, tells how far it is, and finds it again", async () => {
  await using hub = new Hub();
  const told: number[] = [];
  const directory = await hub.download("main", (done, total) => told.push(done / total));
  assert.equal(directory, join(hub.cache, "models--a--b/snapshots", COMMIT));
  assert.deepEqual(
    Array.from(Deno.readDirSync(directory), ({ name }) => name).toSorted(),
    ["config.json", "model.safetensors", "tokenizer.json"],
  );
  assert.deepEqual(
    Deno.readFileSync(join(directory, "model.safetensors")),
    hub.files["model.safetensors"],
  );
  assert.equal(told.at(-1), 1);
  assert.equal(await hub.download(), directory);
  assert.equal(hub.ranges.length, 1);
  await hub.stop();
  assert.equal(await hub.download(), directory, "the cache serves when the hub is away");
  assert.equal(await hub.download(COMMIT), directory);
});

Deno.test("downloadModel() goes on where it was cut off", async () => {
  await using hub = new Hub();
  hub.breakAfter = 100_000;
  await assert.rejects(hub.download());
  hub.breakAfter = Infinity;
  const directory = await hub.download();
  assert.deepEqual(
    Deno.readFileSync(join(directory, "model.safetensors")),
    hub.files["model.safetensors"],
  );
  const start = /bytes=(\d+)-/.exec(hub.ranges[1]!)![1];
  assert.ok(Number(start) > 0, `asked for ${hub.ranges.join()}`);
});

Deno.test("downloadModel() refuses bytes that have not the digest promised, and forgets them", async () => {
  await using hub = new Hub();
  hub.claimed = "f".repeat(64);
  await assert.rejects(
    hub.download(),
    /Cannot download model\.safetensors of a\/b: what arrived is not f{64}; run again/,
  );
  hub.claimed = undefined;
  await hub.download();
});

Deno.test("downloadModel() says what to put where when the hub cannot be reached", async () => {
  const cache = Deno.makeTempDirSync();
  try {
    await assert.rejects(
      downloadModel({ repo: "a/b", revision: "main", cache, hubUrl: "http://localhost:1" }),
      (error: Error) => {
        assert.match(error.message, /Cannot reach http:\/\/localhost:1 for a\/b/);
        assert.ok(error.message.includes(join(cache, "models--a--b/snapshots/main")));
        return true;
      },
    );
  } finally {
    Deno.removeSync(cache, { recursive: true });
  }
});

Deno.test("downloadModel() says when a model has no safetensors", async () => {
  await using hub = new Hub();
  delete hub.files["model.safetensors"];
  await assert.rejects(hub.download(), /Cannot download a\/b: it has no safetensors at revision/);
});

/** Another process that downloads the hub's model. */
function spawnDownload(hub: Hub): Deno.ChildProcess {
  const script = `import { downloadModel } from ${
    JSON.stringify(new URL("../../src/hub/download.ts", import.meta.url).href)
  };
    console.log(await downloadModel({ repo: "a/b", revision: "main" }));`;
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const file = join(hub.cache, `work-${spawned++}.ts`);
  Deno.writeTextFileSync(file, script);
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", config, file],
    env: { HF_ENDPOINT: `${hub.url}/`, HF_HUB_CACHE: hub.cache },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}
let spawned = 0;

async function directoryOf(child: Deno.ChildProcess): Promise<string> {
  const { stdout, stderr, code } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("two processes that download one model fetch it once; the second takes the first's files", async () => {
  await using hub = new Hub();
  hub.gate = new Promise((resolve) => setTimeout(resolve, 1500));
  const directories = await Promise.all([spawnDownload(hub), spawnDownload(hub)].map(directoryOf));
  const directory = join(hub.cache, "models--a--b/snapshots", COMMIT);
  assert.deepEqual(directories, [directory, directory]);
  assert.equal(hub.ranges.length, 1, hub.ranges.join());
  assert.deepEqual(
    Deno.readFileSync(join(directory, "model.safetensors")),
    hub.files["model.safetensors"],
  );
  assert.deepEqual(
    Array.from(Deno.readDirSync(directory), ({ name }) => name).filter((n) =>
      n.includes("partial")
    ),
    [],
  );
});

Deno.test("a download whose process is killed is gone on with by the one that waited for it", async () => {
  await using hub = new Hub();
  const gate = Promise.withResolvers<void>();
  hub.gate = gate.promise;
  const killed = spawnDownload(hub);
  while (hub.ranges.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  hub.gate = Promise.resolve();
  const waiting = spawnDownload(hub);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(hub.ranges.length, 1, "it waits");
  killed.kill("SIGKILL");
  await killed.output();
  gate.resolve();
  const directory = await directoryOf(waiting);
  assert.deepEqual(
    Deno.readFileSync(join(directory, "model.safetensors")),
    hub.files["model.safetensors"],
  );
});

Deno.test("downloads in one process that ask for one model at a time share it, and leave no partial", async () => {
  await using hub = new Hub();
  const directories = await Promise.all([hub.download(), hub.download(), hub.download()]);
  assert.equal(new Set(directories).size, 1);
  assert.equal(hub.ranges.length, 1);
  // What a crash between the two names would leave beside a file that is there.
  const target = join(directories[0]!, "model.safetensors");
  Deno.writeTextFileSync(`${target}.partial`, "x");
  assert.equal(await takePartial(target), undefined);
});

Deno.test("a download that waits for another process ends when it is stopped", async () => {
  const directory = Deno.makeTempDirSync();
  try {
    const target = join(directory, "file"), stop = new AbortController();
    using _ = await takePartial(target);
    const waiting = takePartial(target, stop.signal);
    stop.abort(new Error("stopped"));
    await assert.rejects(waiting, /stopped/);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("the cache and the hub are where the Python library's variables say", () => {
  const env = (variables: Record<string, string>) => (name: string) => variables[name];
  const cache = (variables: Record<string, string>) => hubCache(env(variables));
  assert.equal(cache({ HOME: "/h" }), "/h/.cache/huggingface/hub");
  assert.equal(cache({ HOME: "/h", XDG_CACHE_HOME: "/x" }), "/x/huggingface/hub");
  assert.equal(cache({ HOME: "/h", HF_HOME: "/f" }), "/f/hub");
  assert.equal(cache({ HOME: "/h", HF_HOME: "~/f" }), "/h/f/hub");
  assert.equal(cache({ HF_HUB_CACHE: "/c" }), "/c");
  assert.equal(cache({ USERPROFILE: "/u", HF_HOME: "" }), "/u/.cache/huggingface/hub");
  for (const none of [{}, { HOME: "" }]) {
    assert.throws(() => cache(none), {
      message:
        "Cannot tell where models are kept: HOME is not set; set HF_HOME to a directory for them",
    });
  }
  assert.equal(hubAddress(env({})), undefined);
  assert.equal(hubAddress(env({ HF_ENDPOINT: "https://m.example/x/" })), "https://m.example/x");
  for (const wrong of ["m.example", "file:///x"]) {
    assert.throws(
      () => hubAddress(env({ HF_ENDPOINT: wrong })),
      /HF_ENDPOINT is .*; it is an address such as/,
    );
  }
  assert.deepEqual(
    ["1", "true", "YES", "0", ""].map((v) => isOffline(env({ HF_HUB_OFFLINE: v }))),
    [
      true,
      true,
      true,
      false,
      false,
    ],
  );
});

Deno.test("offline, what is cached serves, and what is not is told, without asking the hub", async () => {
  await using hub = new Hub();
  const offline = () =>
    downloadModel({
      repo: "a/b",
      revision: "main",
      cache: hub.cache,
      hubUrl: hub.url,
      offline: true,
    });
  await assert.rejects(
    offline(),
    /for a\/b: HF_HUB_OFFLINE is set\n {2}offline, put its config\.json/,
  );
  const directory = await hub.download();
  assert.equal(await offline(), directory);
});

Deno.test("what lies beside a tokenizer is fetched too; names that lead elsewhere are refused", async () => {
  await using hub = new Hub();
  const more = [
    "special_tokens_map.json",
    "added_tokens.json",
    "additional_chat_templates/rag.jinja",
  ];
  for (const name of more) hub.files[name] = text({});
  hub.files["additional_chat_templates/../../x.jinja"] = text({});
  const directory = await hub.download("refs/pr/1");
  for (const name of more) assert.ok(Deno.statSync(join(directory, name)).isFile);
  assert.equal(Deno.readTextFileSync(join(hub.cache, "models--a--b/refs/refs/pr/1")), COMMIT);
  await assert.rejects(
    hub.download("../../../x"),
    /at \.\.\/\.\.\/\.\.\/x: that is no branch, tag or commit/,
  );
  await assert.rejects(
    downloadModel({ repo: "../x", revision: "main", cache: hub.cache, hubUrl: hub.url }),
    /Cannot download \.\.\/x: a repository is OWNER\/NAME/,
  );
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { downloadModel } from "../../src/hub/download.ts";

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

  #answer(request: Request): Response {
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
    if (name === "model.safetensors" && range !== "bytes=0-0") this.ranges.push(range ?? "all");
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

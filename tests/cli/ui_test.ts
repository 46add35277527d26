/** `soar ui` as a user starts it: what it prints, how it ends, what it refuses. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { serveUi } from "../../src/ui/mod.ts";
import { pack } from "../../tools/pack.ts";
import { FakeStore } from "../ui/fixture.ts";
import { MODULE, soar } from "./program.ts";

/** Starts it; the address that it prints. @param module another program than that of this tree */
async function start(args: readonly string[], module: string = MODULE) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", module, "ui", ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  reader.releaseLock();
  return { child, url: value.trim() };
}

Deno.test("the address is printed, and Ctrl-C ends it", async () => {
  using fake = new FakeStore();
  const { child, url } = await start(["--store", fake.store.directory]);
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const { runs } = await (await fetch(`${url}api/runs`)).json();
  assert.deepEqual(runs, []);
  // The same port again is taken.
  const { port } = new URL(url);
  const second = await soar(["ui", "--store", fake.store.directory, "--port", port]);
  assert.equal(second.code, 2);
  assert.match(second.err, new RegExp(`cannot listen at 127.0.0.1:${port}: something else does`));
  assert.match(second.err, /help: leave out --port for one that is free/);
  child.kill("SIGINT");
  const { code } = await child.status;
  assert.equal(code, 0);
  await child.stderr.cancel();
});

Deno.test("elsewhere than on loopback the address has a token", async () => {
  using fake = new FakeStore();
  const { child, url } = await start(["--store", fake.store.directory, "--host", "0.0.0.0"]);
  const { hostname, port, search } = new URL(url);
  assert.equal(hostname, Deno.hostname().toLowerCase());
  assert.match(search, /^\?token=[0-9a-f]{64}$/);
  const response = await fetch(`http://127.0.0.1:${port}/api/runs`);
  assert.equal(response.status, 401);
  await response.body?.cancel();
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  await child.stderr.cancel();
});

Deno.test("what is no port, and no address of this machine, is refused", async () => {
  using fake = new FakeStore();
  for (const port of ["-1", "65536", "1.5", "x"]) {
    const { code, err } = await soar(["ui", "--store", fake.store.directory, `--port=${port}`]);
    assert.equal(code, 2, port);
    assert.match(err, /Give a port, from 0/);
  }
  const { code, err } = await soar(["ui", "--store", fake.store.directory, "--host", "192.0.2.1"]);
  assert.equal(code, 2);
  assert.match(err, /cannot listen at 192\.0\.2\.1:0/);
  assert.match(err, /help: name an address of this machine/);
});

Deno.test("a packed program serves the same page, from a web server too", async () => {
  using fake = new FakeStore();
  const packed = join(fake.directory, "packed");
  pack(packed);
  await using here = serveUi(fake.store, { host: "127.0.0.1", port: 0 });
  await using web = Deno.serve({ port: 0, onListen() {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    const type = pathname.endsWith(".ts") ? "text/typescript" : "text/javascript";
    const isJson = pathname.endsWith(".json");
    const body = await Deno.readFile(join(packed, pathname));
    return new Response(body, { headers: { "content-type": isJson ? "application/json" : type } });
  });
  for (const module of [join(packed, "mod.ts"), `http://127.0.0.1:${web.addr.port}/mod.ts`]) {
    const { child, url } = await start(["--store", fake.store.directory], module);
    for (const path of ["", "page/app.ts", "page/plot.ts", "page/uplot.js", "page/style.css"]) {
      const [there, same] = await Promise.all([url, here.url].map((base) => fetch(base + path)));
      assert.equal(there!.status, 200, path);
      assert.equal(await there!.text(), await same!.text(), path);
    }
    child.kill("SIGINT");
    assert.equal((await child.status).code, 0);
    await child.stderr.cancel();
  }
});

/** The page's server: who is answered, with what, and what never leaves the store. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Store } from "../../src/core/mod.ts";
import type { Comparison } from "../../src/records/compare.ts";
import { cutText } from "../../src/ui/log_lines.ts";
import { serveUi, type UiServer } from "../../src/ui/mod.ts";
import type {
  ExplainView,
  LogView,
  PointsView,
  RowsView,
  RowView,
  RunChange,
  RunsView,
  RunView,
} from "../../src/ui/views.ts";
import {
  addRuns,
  addStudent,
  FakeRun,
  FakeStore,
  HOSTILE,
  metricsRow,
  partsOf,
  rolloutRow,
} from "./fixture.ts";

const LOCAL = { host: "127.0.0.1", port: 0 };

/** Sends a request as it is written, so that headers and paths are what no client would send. */
async function raw(server: UiServer, head: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(`${head}\r\nConnection: close\r\n\r\n`));
  return await new Response(connection.readable).text();
}

/** What a path gives; of what is refused, why. */
async function get<T = { readonly error: string }>(
  server: UiServer,
  path: string,
): Promise<{ readonly status: number; readonly body: T }> {
  const response = await fetch(new URL(path, server.url));
  return { status: response.status, body: await response.json() };
}

/** The server-sent events of a stream. */
async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      if (event !== undefined) yield { event, data: JSON.parse(data!) };
    }
  }
}

Deno.test("runs, steps, log, explanation and difference are told", async () => {
  using fake = new FakeStore();
  const { first, second } = await addRuns(fake.store);
  await using server = serveUi(fake.store, LOCAL);
  const { body: { store, runs } } = await get<RunsView>(server, "/api/runs");
  assert.equal(store, fake.store.directory);
  assert.deepEqual(runs.map(({ status }) => status), ["failed", "done", "done"]);

  const { body: { record, steps } } = await get<RunView>(server, `/api/runs/${second}`);
  assert.equal(record.name, "higher rate");
  assert.deepEqual(
    steps.map(({ step, name, state }) => [step, name, state]),
    [
      ["data", "data", "cached"],
      ...[0, 1, 2].map((i) => [`meta[${i}].students`, "meta.students", "ran"]),
    ],
  );
  assert.deepEqual(Object.keys(steps[1]!.tables), ["metrics", "rollouts"]);

  const { body: log } = await get<LogView>(server, `/api/runs/${first}/log?text=ROLLOUTS of 40`);
  assert.equal(log.matched, 3);
  assert.deepEqual([log.lines[0]!.at, log.total], [4, 14]);
  assert.equal(log.lines[2]!.step, "meta[2].students");
  const { body: ofStep } = await get<LogView>(server, `/api/runs/${first}/log?step=data`);
  assert.deepEqual(ofStep.lines.map(({ kind }) => kind), [
    "step-started",
    "step-finished",
  ]);

  const step = encodeURIComponent("meta[1].students");
  const { body: explained } = await get<ExplainView>(
    server,
    `/api/runs/${second}/explain?step=${step}`,
  );
  assert.equal(explained.before!.run, first);
  assert.deepEqual(explained.before!.lines, ["config.learning_rate: 0.001 → 0.003"]);
  assert.equal(explained.parts!.stage, "train_student");
  const back = await get<ExplainView>(
    server,
    `/api/runs/${first}/explain?step=${step}&with=${second}`,
  );
  assert.deepEqual(back.body.before!.lines, ["config.learning_rate: 0.003 → 0.001"]);
  const none = await get(server, `/api/runs/${first}/explain?step=other`);
  assert.deepEqual(none, {
    status: 404,
    body: { error: `${first} has no step other with a key` },
  });

  const { body: difference } = await get<Comparison>(server, `/api/diff?a=${first}&b=${second}`);
  assert.deepEqual(difference.document, [
    { path: "params.learning_rate", before: [], after: ["0.003"] },
  ]);
  assert.equal(difference.steps.same, 1);
  assert.equal(difference.metrics.length, 10);
});

Deno.test("rows are filtered by verdict, reward, step and text, in pages, and read once", async () => {
  using fake = new FakeStore();
  await using run = new FakeRun(fake.store);
  const count = 100_000;
  const key = addStudent(fake.store, run, 0, 0.001, { rollouts: count });
  await using server = serveUi(fake.store, LOCAL);
  const rows = async (query: string) =>
    (await get<RowsView>(server, `/api/tables/${key}/rollouts/rows?${query}`)).body;

  const all = await rows("limit=2");
  assert.equal(all.total, count);
  assert.equal(all.matched, count);
  assert.deepEqual(all.verdicts, {
    correct: count / 4,
    wrong: count / 4,
    no_answer: count / 4,
    timed_out: count / 4,
  });
  assert.deepEqual(all.rows.map(({ row }) => row), [0, 1]);
  assert.equal(server.rowsRead, count);

  const correct = await rows("verdict=correct&from=10&to=11");
  assert.deepEqual(correct.rows.map(({ row }) => row), [
    ...[160, 164, 168, 172, 176, 180, 184, 188],
  ]);
  const paid = await rows("min=1.08&sort=-reward&limit=1&offset=1");
  const expected = Array.from({ length: count }, (_, i) => rolloutRow(i)["reward"] as number)
    .filter((reward) => reward >= 1.08);
  assert.equal(paid.matched, expected.length);
  assert.equal(paid.rows[0]!.reward, Math.max(...expected));
  assert.equal((await rows("text=DIGITS of 99997 one")).matched, 1);
  assert.equal((await rows("text=took longer (")).matched, 0);
  assert.equal((await rows(`text=${encodeURIComponent("step.\nThe")}`)).matched, 0);
  const refused = await get(server, `/api/tables/${key}/rollouts/rows?min=x`);
  assert.equal(refused.body.error, "min is x, which is no number");
  // Names of columns and numbers of tokens are no texts.
  assert.equal((await rows("text=advantage")).matched, 0);
  assert.equal(server.rowsRead, count);

  const { body } = await get<RowView>(server, `/api/tables/${key}/rollouts/rows/99999`);
  assert.deepEqual(body, { row: 99_999, value: rolloutRow(99_999) });
  assert.equal((await get(server, `/api/tables/${key}/rollouts/rows/100000`)).status, 404);
  assert.equal(server.rowsRead, count);
});

Deno.test("rows without a reward come last, and places outside of a table are none", async () => {
  using fake = new FakeStore();
  const key = "c".repeat(64), rewards = [null, 2, null, 3, 1];
  {
    using tables = fake.store.tables.open(key, 1 << 20);
    tables.add("rollouts", rewards.map((reward) => ({ reward, completion: "text" })));
  }
  await using server = serveUi(fake.store, LOCAL);
  const rows = async (query: string) =>
    (await get<RowsView>(server, `/api/tables/${key}/rollouts/rows?${query}`)).body.rows
      .map(({ row }) => row);
  assert.deepEqual(await rows("sort=reward"), [4, 1, 3, 0, 2]);
  assert.deepEqual(await rows("sort=-reward"), [3, 1, 4, 0, 2]);
  assert.deepEqual(await rows("offset=-2&limit=2.9"), [0, 1]);
  assert.deepEqual(await rows("limit=-1"), []);
  const points = `/api/tables/${key}/rollouts/points?from=-1`;
  assert.equal((await get<PointsView>(server, points)).body.rows.length, 5);
});

Deno.test("a line of a log is as long as one can read", async () => {
  using fake = new FakeStore();
  await using run = new FakeRun(fake.store);
  run.take({ kind: "step-log", step: "long", message: "x".repeat(1 << 20) });
  await using server = serveUi(fake.store, LOCAL);
  const { lines } = (await get<LogView>(server, `/api/runs/${run.id}/log?step=long`)).body;
  assert.equal(lines.length, 1);
  assert.equal(lines[0]!.text, `${"x".repeat(20_000)} … and ${(1 << 20) - 20_000} characters more`);
  // No half of a character is left where it is cut.
  assert.match(cutText(`${"x".repeat(19_999)}😀`), /x\ufffd … and 1 character more$/);
});

Deno.test("a table that grows is told from where it was known", async () => {
  using fake = new FakeStore();
  using tables = fake.store.tables.open("c".repeat(64), 1 << 20);
  await using server = serveUi(fake.store, LOCAL);
  const points = async (from: number) =>
    (await get<PointsView>(server, `/api/tables/${"c".repeat(64)}/metrics/points?from=${from}`))
      .body.rows;
  tables.add("metrics", [metricsRow(0), metricsRow(1)]);
  assert.deepEqual(await points(0), [metricsRow(0), metricsRow(1)]);
  tables.add("metrics", [metricsRow(2)]);
  assert.deepEqual(await points(2), [metricsRow(2)]);
});

Deno.test("a run that goes on is told as it comes, until its end", async () => {
  using fake = new FakeStore();
  const run = new FakeRun(fake.store);
  const parts = partsOf("train_student", { steps: 2 });
  const key = run.start("students", parts);
  await using server = serveUi(fake.store, LOCAL);
  const response = await fetch(new URL(`/api/runs/${run.id}/live`, server.url));
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const events = eventsOf(response);
  const state = (await events.next()).value!;
  assert.equal(state.event, "state");
  assert.deepEqual((state.data as RunView).steps.map((one) => one.state), ["running"]);

  const next = async () => (await events.next()).value!.data as RunChange;
  run.take({
    kind: "step-progress",
    step: "students",
    done: 1,
    total: 2,
    numbers: { reward: 0.5 },
  });
  const progress = await next();
  assert.deepEqual(progress.steps[0]!.progress?.numbers, { reward: 0.5 });
  assert.deepEqual(progress.log, []);
  // A table that grows is told, though no event is written.
  using tables = fake.store.tables.open(key, 1 << 20);
  tables.add("metrics", [metricsRow(0)]);
  const grown = await next();
  assert.equal(grown.steps[0]!.tables["metrics"], fake.store.tables.size(key, "metrics"));
  run.take({ kind: "step-log", step: "students", message: HOSTILE });
  const [line] = (await next()).log;
  assert.deepEqual([line!.text, line!.at, (state.data as RunView).lines], [HOSTILE, 2, 2]);

  run.finish("students", parts, { reward: 0.5 });
  run.end();
  await run[Symbol.asyncDispose]();
  const last = await Array.fromAsync(events);
  assert.equal(last.at(-1)!.event, "end");
  const changes = last.filter(({ event }) => event === "change").map(({ data }) =>
    data as RunChange
  );
  assert.equal(changes.at(-1)!.record?.status, "done");
  assert.equal(changes.flatMap(({ steps }) => steps).at(-1)!.state, "ran");
});

Deno.test("a page that is closed, and a server that ends, leave nothing behind", async () => {
  using fake = new FakeStore();
  await using run = new FakeRun(fake.store);
  const server = serveUi(fake.store, LOCAL);
  const live = () => fetch(new URL(`/api/runs/${run.id}/live`, server.url));
  await (await live()).body!.cancel();
  const open = await live();
  await server[Symbol.asyncDispose](); // does not wait for the run
  assert.match(await open.text(), /^event: state/);
});

Deno.test("every reply forbids scripts of others, kinds that are guessed, and copies", async () => {
  using fake = new FakeStore();
  const { first } = await addRuns(fake.store);
  await using server = serveUi(fake.store, LOCAL);
  for (const path of ["/", "/page/app.ts", "/api/runs", `/api/runs/${first}`, "/nothing"]) {
    const response = await fetch(new URL(path, server.url));
    const policy = response.headers.get("content-security-policy")!;
    assert.match(policy, /^default-src 'none'; script-src 'self'; /);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("access-control-allow-origin"), null);
    await response.body?.cancel();
  }
  // Nothing in the page itself would need more than that.
  const html = await (await fetch(server.url)).text();
  assert.doesNotMatch(html, /<script(?![^>]* src=)|<style|\son\w+=|style=/);
});

Deno.test("only reading is answered, and only under a name of this machine", async () => {
  using fake = new FakeStore();
  await using server = serveUi(fake.store, LOCAL);
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]) {
    const response = await fetch(new URL("/api/runs", server.url), { method });
    assert.equal(response.status, 405, method);
    assert.equal(response.headers.get("allow"), "GET");
    await response.body?.cancel();
  }
  const { host } = new URL(server.url);
  const asked = (name: string) => raw(server, `GET /api/runs HTTP/1.1\r\nHost: ${name}`);
  for (const name of [host, "localhost:1", "LOCALHOST", "[::1]:99", "127.8.9.10"]) {
    assert.match(await asked(name), /^HTTP\/1\.1 200 /, name);
  }
  for (const name of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"]) {
    assert.match(await asked(name), /^HTTP\/1\.1 403 /, name);
  }
  assert.match(await asked("a b"), /^HTTP\/1\.1 400 /);
});

Deno.test("another page gets nothing, though a link to here may be followed", async () => {
  using fake = new FakeStore();
  await using server = serveUi(fake.store, LOCAL);
  const { host } = new URL(server.url);
  const asked = (site: string, mode: string) =>
    raw(
      server,
      `GET /api/runs HTTP/1.1\r\nHost: ${host}\r\nSec-Fetch-Site: ${site}\r\nSec-Fetch-Mode: ${mode}`,
    );
  for (const site of ["cross-site", "same-site"]) {
    for (const mode of ["cors", "no-cors"]) {
      assert.match(await asked(site, mode), /^HTTP\/1\.1 403 /);
    }
    assert.match(await asked(site, "navigate"), /^HTTP\/1\.1 200 /);
  }
  assert.match(await asked("same-origin", "cors"), /^HTTP\/1\.1 200 /);
  assert.match(await asked("none", "navigate"), /^HTTP\/1\.1 200 /);
});

Deno.test({
  name: "a server ends though somebody reads nothing of what was asked for",
  // The connection that nobody reads from ends with the process.
  sanitizeResources: false,
  sanitizeOps: false,
}, async () => {
  using fake = new FakeStore();
  const key = "c".repeat(64);
  const rows = Array.from({ length: 64 }, (_, i) => ({ i, completion: String(i).repeat(1 << 19) }));
  {
    using tables = fake.store.tables.open(key, 64 << 20);
    tables.add("rollouts", rows);
  }
  const server = serveUi(fake.store, LOCAL), { hostname, port } = new URL(server.url);
  using half = await Deno.connect({ hostname, port: Number(port) });
  await half.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHo"));
  using slow = await Deno.connect({ hostname, port: Number(port) });
  const path = `/api/tables/${key}/rollouts/points`;
  await slow.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
  assert.equal((await get<RowsView>(server, `/api/tables/${key}/rollouts/rows`)).body.total, 64);
  await server[Symbol.asyncDispose]();
  await assert.rejects(() => fetch(server.url), TypeError);
});

Deno.test("elsewhere than on loopback, a token is asked for, and kept as a cookie", async () => {
  using fake = new FakeStore();
  await using server = serveUi(fake.store, { host: "0.0.0.0", port: 0 });
  const url = new URL(server.url), token = url.searchParams.get("token")!;
  assert.match(token, /^[0-9a-f]{64}$/);
  url.hostname = "127.0.0.1";
  const ask = async (path: string, cookie?: string) => {
    const headers: HeadersInit = cookie === undefined ? {} : { cookie };
    const response = await fetch(new URL(path, url), { headers, redirect: "manual" });
    await response.body?.cancel();
    return response;
  };
  for (const path of ["/", "/page/app.ts", "/api/runs", "/api/runs?token=", "/?token=0"]) {
    assert.equal((await ask(path)).status, 401, path);
  }
  const opened = await ask(`/?token=${token}`);
  assert.equal(opened.status, 303);
  assert.equal(opened.headers.get("location"), "/");
  const elsewhere = await raw(
    server,
    `GET //evil.example/?token=${token} HTTP/1.1\r\nHost: localhost`,
  );
  assert.match(elsewhere, /\r\nlocation: \/(evil\.example\/)?\r\n/);
  const cookie = opened.headers.get("set-cookie")!;
  assert.match(cookie, /^soar-\d+=[0-9a-f]{64}; HttpOnly; SameSite=Lax; Path=\/$/);
  assert.equal((await ask("/api/runs", `a=b; ${cookie.split(";")[0]}`)).status, 200);
  assert.equal((await ask("/api/runs", `soar-${url.port}=${"0".repeat(64)}`)).status, 401);
  // Two servers have two tokens.
  await using other = serveUi(fake.store, { host: "0.0.0.0", port: 0 });
  assert.notEqual(new URL(other.url).searchParams.get("token"), token);
});

Deno.test("no path leads out of the store, by dots, by codes, or by links", async () => {
  using fake = new FakeStore();
  const { first } = await addRuns(fake.store);
  const { store, directory } = fake, runs = join(store.directory, "runs");
  Deno.mkdirSync(join(directory, "outside"));
  const secret = JSON.stringify({
    secret: "42",
    id: "linked",
    pipeline: "p",
    started: "2026-01-01T00:00:00.000Z",
    status: "done",
  });
  Deno.writeTextFileSync(join(directory, "outside", "record.json"), secret);
  Deno.writeFileSync(join(directory, "outside", "record.jsonl.gz"), gzipSync(secret + "\n"));
  // Where they belong, they are told: what refuses them below is where they are.
  for (
    const [folder, file] of [["runs/plain", "record.json"], ["tables/plain", "record.jsonl.gz"]]
  ) {
    const at = join(store.directory, folder!);
    Deno.mkdirSync(at, { recursive: true });
    Deno.copyFileSync(join(directory, "outside", file!), join(at, file!));
  }
  const record = join(runs, "plain", "record.json");
  Deno.writeTextFileSync(record, secret.replace("linked", "plain"));
  Deno.symlinkSync(join(directory, "outside"), join(runs, "linked"));
  // A run of its own whose document is another's file.
  Deno.mkdirSync(join(runs, "half"));
  Deno.writeTextFileSync(join(runs, "half", "record.json"), secret.replace("linked", "half"));
  Deno.symlinkSync(join(directory, "outside", "record.json"), join(runs, "half", "document.json"));
  const tables = join(store.directory, "tables");
  Deno.symlinkSync(join(directory, "outside"), join(tables, "linked"));
  await using server = serveUi(store, LOCAL);

  for (const path of ["/api/runs/plain", "/api/tables/plain/record/rows"]) {
    const reply = await raw(server, `GET ${path} HTTP/1.1\r\nHost: localhost`);
    assert.match(reply, /^HTTP\/1\.1 200 /, path);
  }
  const paths = [
    "/api/runs/linked",
    "/api/runs/linked/log",
    "/api/runs/half",
    `/api/diff?a=half&b=${first}`,
    "/api/runs/..%2f..%2foutside",
    "/api/runs/%2e%2e",
    "/api/runs/../../outside/record.json",
    `/api/runs/${first}%00`,
    `/api/runs/${first}%2f..%2f${first}`,
    "/api/tables/linked/record/rows",
    "/api/tables/..%2fruns/record/rows",
    "/page/../../deno.json",
    "/page/..%2f..%2fdeno.json",
    "//etc/passwd",
    "/record.json",
  ];
  for (const path of paths) {
    const reply = await raw(server, `GET ${path} HTTP/1.1\r\nHost: localhost`);
    assert.match(reply, /^HTTP\/1\.1 404 /, path);
    assert.doesNotMatch(reply, /secret/, path);
  }
});

Deno.test("what is damaged is told where it is asked for, and the rest goes on", async () => {
  using fake = new FakeStore();
  await using run = new FakeRun(fake.store);
  const key = addStudent(fake.store, run, 0, 0.001);
  const path = join(fake.store.tables.directory, key, "rollouts.jsonl.gz");
  Deno.writeFileSync(path, new Uint8Array([1, 2, 3, 4]));
  Deno.writeTextFileSync(join(fake.store.directory, "runs", run.id, "events.ndjson"), '{"kind', {
    append: true,
  });
  await using server = serveUi(fake.store, LOCAL);
  const { status, body } = await get(server, `/api/tables/${key}/rollouts/rows`);
  assert.equal(status, 500);
  assert.match(body.error, /^this cannot be read: .*incorrect header check/);
  assert.equal((await get<RunView>(server, `/api/runs/${run.id}`)).body.steps.length, 1);
  assert.equal((await get<LogView>(server, `/api/runs/${run.id}/log`)).body.matched, 4);
});

Deno.test("an empty store has no runs, and none is made by looking", async () => {
  using fake = new FakeStore();
  const empty = join(fake.directory, "other");
  await using server = serveUi(new Store(empty), LOCAL);
  assert.deepEqual((await get<RunsView>(server, "/api/runs")).body.runs, []);
  assert.equal((await get(server, "/api/runs/digits-0000")).status, 404);
  assert.throws(() => Deno.statSync(empty), Deno.errors.NotFound);
});

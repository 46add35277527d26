/** The packed program, and one that is installed: they run as the source does, with the same keys. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Event } from "../../mod.ts";
import { checkDeno, OLDEST_DENO } from "../../src/cli/needs.ts";
import { pack } from "../../tools/pack.ts";
import { type Ended, soar } from "./program.ts";

const SHORT = [
  ...["outer_steps=1", "datasets=2", "problems=4", "inner_steps=1", "probe_samples=2"]
    .map((param) => `params.${param}`),
  ...["params.test_samples=2", "steps.pool.with.count=12", "steps.hard.with.samples=4"],
  ...["steps.hard.with.train=4", "steps.hard.with.test=4", "steps.meta.students.with.batch=2"],
  "steps.meta.students.with.num_generations=4",
];

/** Keys and outputs of the steps of a run. */
function results({ code, out, err }: Ended): Record<string, unknown> {
  assert.equal(code, 0, err);
  const events = out.trim().split("\n").map((line) => JSON.parse(line) as Event);
  return Object.fromEntries(
    events.flatMap((event) =>
      event.kind === "step-finished" ? [[event.step, [event.key, event.outputs]]] : []
    ),
  );
}

Deno.test("the packed program runs from another folder and from a web server, with the keys of the source", async () => {
  const parent = Deno.makeTempDirSync({ prefix: "soar-pack-" });
  const packed = join(parent, "packed"), work = join(parent, "work");
  const hidden = new URL("../../examples/.pack_test", import.meta.url);
  Deno.writeTextFileSync(hidden, "mine");
  try {
    pack(packed);
  } finally {
    Deno.removeSync(hidden);
  }
  assert.deepEqual(
    [...Deno.readDirSync(join(packed, "examples"))].map(({ name }) => name).toSorted(),
    [
      "data",
      "models",
      "own",
      "probe_policy.ts",
    ],
  );
  Deno.mkdirSync(work);
  const types: Readonly<Record<string, string>> = { ts: "text/typescript", js: "text/javascript" };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const type = types[pathname.split(".").at(-1)!] ?? "application/json";
    try {
      const body = await Deno.readFile(join(packed, pathname));
      return new Response(body, { headers: { "content-type": type } });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
  try {
    const pipeline = join(packed, "pipelines/soar.yaml");
    const args = (store: string) => [pipeline, "--json", "--store", store, ...SHORT];
    const source = results(await soar(args("a"), { cwd: work }));
    assert.ok(Object.keys(source).length > 10);
    const local = await soar(args("b"), { cwd: work, module: join(packed, "mod.ts") });
    assert.deepEqual(results(local), source);
    const module = `http://127.0.0.1:${server.addr.port}/mod.ts`;
    assert.deepEqual(results(await soar(args("c"), { cwd: work, module })), source);
    const first = await soar(["init", "mine"], { cwd: work, module });
    assert.equal(first.code, 0, first.err);
    const own = ["mine/pipeline.yaml", "--store", "d", "steps.student.with.steps=1"];
    const ran = await soar(own, { cwd: work, module });
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.out, /done: 6 run/);
    const brief = Deno.readTextFileSync(join(packed, "examples/own/brief.ts"));
    const edit = (text: string) => Deno.writeTextFileSync(join(work, "mine/brief.ts"), text);
    const rewarded = ["validate", own[0]!, "--trust", "steps.student.with.rewards={./brief.ts: 1}"];
    edit(brief);
    const bare = await soar(rewarded, { cwd: work, module });
    assert.equal(bare.code, 2);
    assert.ok(bare.err.includes(`help: import it by its address: ${module}\n`), bare.err);
    edit(brief.replace("@soar/soar", module));
    const addressed = await soar(rewarded, { cwd: work, module });
    assert.equal(addressed.code, 0, addressed.err);
  } finally {
    await server.shutdown();
    Deno.removeSync(parent, { recursive: true });
  }
});

Deno.test("the program is installed from its folder, and runs from another one", async () => {
  const root = Deno.makeTempDirSync({ prefix: "soar-install-" });
  try {
    const source = new URL("../../", import.meta.url);
    const installed = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["install", "--global", "-A", "--config", "deno.json"],
        ...["--root", root, "--name", "soar", "mod.ts"],
      ],
      cwd: source,
    }).output();
    assert.ok(installed.success, new TextDecoder().decode(installed.stderr));
    const pipeline = new URL("pipelines/soar.yaml", source);
    const { stdout, success, stderr } = await new Deno.Command(join(root, "bin/soar"), {
      args: ["validate", pipeline.pathname],
      cwd: root,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    assert.match(new TextDecoder().decode(stdout), /soar is valid, 119 steps/);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

Deno.test("an older Deno than the program was run with is told", () => {
  checkDeno(OLDEST_DENO);
  checkDeno("3.0.0");
  checkDeno("2.10.1");
  for (const old of ["2.8.9", "1.99.0", "2.0.0"]) {
    assert.throws(
      () => checkDeno(old),
      /Deno 2\.9\.0 or later is needed, and this is [\d.]+\n[^]*deno upgrade/,
    );
  }
});

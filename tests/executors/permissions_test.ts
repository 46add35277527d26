import assert from "node:assert/strict";
import { join } from "node:path";
import { guestsOf, Jobs, workersOf } from "./jobs.ts";

const EACH = ["inline", "processes"];

/** A pipeline of the stage that tries things. */
function trying(steps: string): Jobs {
  return new Jobs(steps, "", "narrow_stage.ts");
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("a stage with permissions has the key and the result of one without", async () => {
  const text = (permissions: string) => `
one: { uses: WORK${permissions} }
two: { uses: WORK${permissions}, in: { texts: one.text }, with: { file: ${import.meta.filename} } }
`;
  using free = trying(text("")), none = trying(text(", permissions: none"));
  const expected = await free.run("--on", "processes");
  assert.equal(expected.code, 0, expected.errors);
  for (const on of EACH) {
    const run = await none.run("--on", on, "--force", "two");
    assert.deepEqual([run.code, run.results], [0, expected.results]);
    const facts = ({ events }: typeof run) =>
      events.flatMap((event) =>
        event.kind === "step-finished" && event.step === "two"
          ? [event.key, event.outputs, event.metrics]
          : event.kind === "step-metrics" && event.step === "two"
          ? [event.row]
          : []
      );
    assert.deepEqual(facts(run), facts(expected));
    const said = run.messages("step-log").filter((line) => line.startsWith("two"));
    assert.deepEqual(said, ["two: printed", "two: logged"]);
    assert.ok(run.events.some((event) => event.kind === "step-progress" && event.done === 1));
  }
  const table = (jobs: Jobs) =>
    [...Deno.readDirSync(join(jobs.store, "tables"))].map(({ name }) =>
      [...Deno.readDirSync(join(jobs.store, "tables", name))].map((file) => `${name}/${file.name}`)
        .toSorted()
    ).toSorted();
  assert.deepEqual(table(none), table(free));
  assert.deepEqual(none.left, []);
  // The other way round: what was made with permissions is found without.
  const again = await new Jobs(text(""), "", "narrow_stage.ts").run("--store", none.store);
  assert.deepEqual(again.results, expected.results);
  assert.ok(again.events.every((event) => event.kind !== "step-finished" || event.cached));
});

Deno.test("what a stage may not do is refused, with what to write", async () => {
  using served = serve();
  const cases = [
    [
      "read",
      "/etc/passwd",
      "read /etc/passwd (if it is to, write permissions: { read: [/etc/passwd] })",
    ],
    [
      "write",
      "/tmp/soar_no",
      "write /tmp/soar_no (if it is to, write permissions: { write: [/tmp/soar_no] })",
    ],
    [
      "net",
      served.url,
      `talk to ${served.host} (if it is to, write permissions: { net: [${served.host}] })`,
    ],
    ["env", "HOME", "read the variable HOME (if it is to, write permissions: { env: [HOME] })"],
    [
      "run",
      "/bin/true",
      "run /bin/true (no step with permissions may; without, it runs with your rights)",
    ],
    [
      "ffi",
      "libc.so.6",
      "load the native library libc.so.6 (no step with permissions may; without, it runs with your rights)",
    ],
    [
      "sys",
      "",
      "ask the system for hostname (no step with permissions may; without, it runs with your rights)",
    ],
  ] as const;
  const steps = cases.map(([does, what]) =>
    `${does}: { uses: WORK, permissions: none, with: { does: ${does}, what: "${what}" } }`
  );
  using jobs = trying(steps.join("\n"));
  for (const on of EACH) {
    const run = await jobs.run("--on", on, "--keep-going");
    assert.deepEqual(
      run.messages("step-failed").toSorted(),
      cases.map(([does, , text]) => `${does}: its stage may not ${text}`).toSorted(),
    );
    assert.equal(run.code, 1);
  }
  assert.equal(served.asked, 0);
});

Deno.test("what a stage may do it can, and no more", async () => {
  using served = serve();
  using jobs = trying(`
read: { uses: WORK, permissions: { read: [there.txt] }, with: { does: read, what: DIR/there.txt } }
beside: { uses: WORK, permissions: { read: [there.txt] }, with: { does: read, what: DIR/jobs.yaml } }
write: { uses: WORK, permissions: { write: [.] }, with: { does: write, what: DIR/made.txt } }
net: { uses: WORK, permissions: { net: ["${served.host}"] }, with: { does: net, what: "${served.url}" } }
port: { uses: WORK, permissions: { net: ["127.0.0.1:1"] }, with: { does: net, what: "${served.url}other" } }
env: { uses: WORK, permissions: { env: [SOAR_TEST_LOG] }, with: { does: env, what: SOAR_TEST_LOG } }
`);
  jobs.pipeline((text) => text.replaceAll("DIR", jobs.directory));
  Deno.writeTextFileSync(join(jobs.directory, "there.txt"), "there");
  const run = await jobs.run("--on", "processes", "--keep-going");
  assert.deepEqual(Object.keys(run.results).toSorted(), ["env", "net", "read", "write"]);
  const made = (step: string) =>
    Deno.readTextFileSync(join(jobs.store, "artifacts", run.results[step]!, "text.txt"));
  assert.match(made("read"), / there$/);
  assert.match(made("net"), / served$/);
  assert.equal(Deno.readTextFileSync(join(jobs.directory, "made.txt")), "it wrote");
  assert.deepEqual(run.messages("step-failed").toSorted(), [
    `beside: its stage may not read ${jobs.directory}/jobs.yaml (if it is to, write permissions: { read: [${jobs.directory}/there.txt, ${jobs.directory}/jobs.yaml] })`,
    `port: its stage may not talk to ${served.host} (if it is to, write permissions: { net: [127.0.0.1:1, ${served.host}] })`,
  ]);
  assert.equal(served.asked, 1);
});

Deno.test("the store is not to be read or written by a stage with permissions", async () => {
  using jobs = trying(`
one: { uses: WORK }
read: { uses: WORK, in: { texts: one.text }, permissions: none, with: { does: read, what: STORE/layout.json } }
write: { uses: WORK, in: { texts: one.text }, permissions: none, with: { does: write, what: STORE/actions/x } }
`);
  jobs.pipeline((text) => text.replaceAll("STORE", jobs.store));
  const run = await jobs.run("--on", "processes", "--keep-going");
  assert.deepEqual(run.messages("step-failed").map((line) => line.split(" (")[0]).toSorted(), [
    `read: its stage may not read ${jobs.store}/layout.json`,
    `write: its stage may not write ${jobs.store}/actions/x`,
  ]);
});

Deno.test("sessions are refused when a stage asks for them, and policies too", async () => {
  const model = new URL("../../examples/models/listprog", import.meta.url).pathname;
  using jobs = trying(`
a: { uses: WORK, permissions: none, with: { does: sessions } }
b: { uses: load_policy, permissions: none, with: { path: ${model} } }
`);
  for (const on of EACH) {
    const run = await jobs.run("--on", on, "--keep-going");
    const message =
      "a step with permissions has no sessions of ONNX Runtime, which takes all rights " +
      "(leave permissions out of this step)";
    assert.deepEqual(run.messages("step-failed").toSorted(), [`a: ${message}`, `b: ${message}`]);
  }
});

Deno.test("what ships runs with permissions too, with the definitions that its settings name", async () => {
  const text = (permissions: string) => `
few: { uses: make_problems, with: { task: listprog, depth: 1, count: 4 }${permissions} }
more: { uses: make_problems, with: { task: listprog, depth: 2, count: 4 } }
both: { uses: merge_problems, in: { first: few.problems, second: more.problems }${permissions} }
`;
  using free = trying(text("")), none = trying(text(", permissions: none"));
  const digests = async (jobs: Jobs) =>
    (await jobs.run("--on", "processes")).events.flatMap((event) =>
      event.kind === "step-finished" ? [`${event.step} ${event.key} ${event.outputs.problems}`] : []
    ).toSorted();
  const expected = await digests(free);
  assert.equal(expected.length, 3);
  assert.deepEqual(await digests(none), expected);
});

Deno.test("how a stage with permissions ends is told as of any other", async () => {
  using jobs = trying(`
throw: { uses: WORK, permissions: none, with: { does: throw } }
exit: { uses: WORK, permissions: none, with: { does: exit } }
`);
  for (const on of EACH) {
    const run = await jobs.run("--on", on, "--keep-going");
    assert.deepEqual(run.messages("step-failed").toSorted(), [
      "exit: its stage ended its process (Deno.exit, process.exit): let it return, or throw an error",
      "throw: it throws, as it should",
    ]);
    const thrown = run.events.find((event) =>
      event.kind === "step-failed" && event.step === "throw"
    );
    assert.match((thrown as unknown as { stack: string }).stack, /work_stage\.ts:\d+/);
  }
  using killed = trying("a: { uses: WORK, permissions: none, with: { does: stay } }");
  for (const on of EACH) {
    const run = killed.start("--on", on);
    await run.until(({ kind }) => kind === "step-progress");
    const [guest] = guestsOf(killed.directory);
    Deno.kill(guest!, "SIGKILL");
    await run.until((event) => event.kind === "step-failed");
    assert.deepEqual(run.messages("step-failed"), ["a: its process ended (SIGKILL)"]);
    await until(() => guestsOf(killed.directory).some((id) => id !== guest));
    run.kill("SIGINT");
    await run.end;
    assert.equal(run.code, 130);
  }
});

Deno.test("no stage with permissions outlives its run, whatever it does", async (t) => {
  for (const does of ["stay", "spin"]) {
    for (const on of EACH) {
      for (const signals of [["SIGINT"], ["SIGINT", "SIGINT"], ["SIGKILL"]] as const) {
        await t.step(`${does}, ${on}, ${signals.join(" twice ")}`, async () => {
          using jobs = trying(`a: { uses: WORK, permissions: none, with: { does: ${does} } }`);
          const run = jobs.start("--on", on);
          await run.until(({ kind }) => kind === "step-progress");
          assert.equal(guestsOf(jobs.directory).length, 1);
          run.kill(signals[0]);
          if (signals.length === 2) {
            await run.until(({ kind }) => kind === "warning");
            run.kill(signals[1]!);
          }
          await run.end;
          if (signals[0] === "SIGKILL") {
            for (const id of workersOf(jobs.store)) Deno.kill(id, "SIGKILL");
          }
          await until(() => guestsOf(jobs.directory).length === 0);
          await until(() => workersOf(jobs.store).length === 0);
        });
      }
    }
  }
});

Deno.test("wrong permissions are mistakes, at their place", async () => {
  for (
    const [permissions, message] of [
      ["all", /permissions/],
      ["{ run: [ls] }", /run/],
      ["{ read: /etc }", /read/],
      ['{ net: ["http://x/y"] }', /net has "http:\/\/x\/y"\n[^]*write a host/],
      ['{ env: ["A B"] }', /env has "A B"/],
      ['{ read: ["a,b"] }', /read has "a,b"/],
    ] as const
  ) {
    using jobs = trying(`a: { uses: WORK, permissions: ${permissions} }`);
    const run = await jobs.run();
    assert.equal(run.code, 2);
    assert.match(run.errors, message);
    assert.match(run.errors, /jobs\.yaml:4:/);
  }
});

/** A server on this machine. */
function serve() {
  let asked = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    asked++;
    return new Response("served");
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    host,
    url: `http://${host}/`,
    get asked() {
      return asked;
    },
    [Symbol.dispose]: () => void server.shutdown(),
  };
}

/**
 * Runs a pipeline of the rig's stages in a store, as a process of its own: `store_work.ts STORE YAML`, events as
 * NDJSON. `SLEEP_MS` makes `increment` slow, `CRASH_AT` kills the process before its nth change to a file, and in
 * the middle of it where that is a write.
 *
 * @module
 */
import {
  applyOverrides,
  DiagnosticError,
  Document,
  makePlan,
  runPlan,
  Store,
} from "../../src/core/mod.ts";
import { defineStage } from "../../src/stage/define_stage.ts";
import type { Services } from "../../stages/mod.ts";
import { BLOB_STAGES, TEST_STAGES } from "../rig.ts";
import { RigLibrary } from "../rig_library.ts";

const [directory, text] = Deno.args as [string, string];
const sleep = Number(Deno.env.get("SLEEP_MS") ?? 0);
const crashAt = Number(Deno.env.get("CRASH_AT") ?? Infinity);
const { increment } = TEST_STAGES;
const stages = {
  ...TEST_STAGES,
  ...BLOB_STAGES,
  increment: defineStage({
    ...increment,
    async run(context) {
      await new Promise((resolve) => setTimeout(resolve, sleep));
      return increment.run(context);
    },
  }),
};
const say = (value: unknown) => console.log(JSON.stringify(value));

if (crashAt < Infinity) countChanges();
try {
  const document = Document.parse("work.yaml", text);
  applyOverrides(document, []);
  const planning = makePlan(document, new RigLibrary(stages), ".");
  if (planning.kind === "modules") throw new Error("The rig's stages need no modules");
  const { status } = await runPlan(planning.plan, {
    store: new Store(directory),
    services: () => Promise.resolve(undefined as unknown as Services), // the rig's stages need none
    code: () => "code",
    listen: say,
    signal: new AbortController().signal,
  });
  Deno.exit(status === "done" ? 0 : 1);
} catch (error) {
  if (!(error instanceof DiagnosticError)) throw error;
  console.error(error.message);
  Deno.exit(2);
}

/** Puts a counter before everything that changes files. */
function countChanges(): void {
  let changes = 0;
  const step = (half: () => void) => {
    if (++changes < crashAt) return;
    half();
    Deno.kill(Deno.pid, "SIGKILL");
  };
  // deno-lint-ignore no-explicit-any -- functions are replaced by others of their types
  const wrap = (object: any, name: string, half: (...args: any[]) => void = () => {}) => {
    const original = object[name];
    // deno-lint-ignore no-explicit-any
    object[name] = function (this: unknown, ...args: any[]) {
      step(() => half.apply(this, args));
      return original.apply(this, args);
    };
  };
  const names = ["openSync", "mkdirSync", "renameSync", "removeSync", "chmodSync", "symlinkSync"];
  for (const name of [...names, "linkSync", "copyFileSync"]) wrap(Deno, name);
  const { writeFileSync } = Deno, { writeSync } = Deno.FsFile.prototype;
  const halfOf = (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1);
  wrap(Deno, "writeFileSync", (path, bytes) => writeFileSync(path, halfOf(bytes)));
  wrap(
    Deno,
    "writeTextFileSync",
    (path, text) => writeFileSync(path, halfOf(new TextEncoder().encode(text))),
  );
  wrap(Deno.FsFile.prototype, "writeSync", function (this: Deno.FsFile, bytes: Uint8Array) {
    writeSync.call(this, halfOf(bytes));
  });
  for (const name of ["syncSync", "tryLockSync"]) wrap(Deno.FsFile.prototype, name);
  globalThis.addEventListener("unload", () => console.error(`changes ${changes}`));
}

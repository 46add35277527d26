/**
 * Runs the tests in two processes side by side: those of the command line mostly wait for programs that they start.
 *
 *     deno task test [FILE OR FOLDER...]
 *
 * What the second says comes after what the first says; the last line counts both.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** Folders of tests that start programs; all others are the other half. */
const PROGRAM = ["cli", "docs", "executors", "sandbox", "ui"];
/** Not part of it: deno task slow. */
const SLOW = "slow";

const root = fileURLToPath(new URL("../", import.meta.url));
/** Paths of tests for each process. */
function halvesOf(): readonly (readonly string[])[] {
  if (Deno.args.length > 0) return [Deno.args];
  const folders = [...Deno.readDirSync(`${root}tests`)]
    .flatMap(({ name, isDirectory }) => isDirectory && name !== SLOW ? [name] : []).toSorted();
  const paths = (names: readonly string[]) => names.map((name) => `tests/${name}`);
  return [
    paths(folders.filter((name) => !PROGRAM.includes(name))),
    paths(folders.filter((name) => PROGRAM.includes(name))),
  ];
}

/** What a process says: kept until it may be told. */
class Said {
  #kept: Uint8Array[] | undefined = [];
  #end = "";

  take(bytes: Uint8Array): void {
    this.#end = (this.#end + new TextDecoder().decode(bytes)).slice(-10_000);
    if (this.#kept === undefined) write(bytes);
    else this.#kept.push(bytes);
  }

  /** Tells what it has said, and from now on all at once. */
  tell(): void {
    for (const bytes of this.#kept ?? []) write(bytes);
    this.#kept = undefined;
  }

  /** How many tests passed and failed, as the last lines have it. */
  get counts(): readonly [passed: number, failed: number] | undefined {
    // deno-lint-ignore no-control-regex -- colours
    const text = this.#end.replace(/\x1b\[[0-9;]*m/g, "");
    const [, passed, failed] = /(\d+) passed.*?(\d+) failed/.exec(text) ?? [];
    return passed === undefined ? undefined : [Number(passed), Number(failed)];
  }
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

const halves = halvesOf().map((paths) => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...paths],
    cwd: root,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const said = new Said();
  const end = (async () => {
    for await (const bytes of child.stdout) said.take(bytes);
    return (await child.status).success;
  })();
  return { said, end };
});
let passed = 0, failed = 0, isGood = true;
for (const { said, end } of halves) {
  said.tell();
  isGood = await end && isGood;
  const counts = said.counts;
  passed += counts?.[0] ?? 0;
  failed += counts?.[1] ?? 1; // it did not come to its end
}
console.log(`\n${passed} passed, ${isGood ? failed : Math.max(failed, 1)} failed`);
Deno.exit(isGood ? 0 : 1);

/**
 * Processor time of starts that find everything stored, of large plans, and of a list of 500 runs.
 *
 *     deno run -A bench/start.ts [directory of another checkout to compare with]
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROUNDS = 8;
const HERE = fileURLToPath(new URL("../", import.meta.url));
const WORK = Deno.makeTempDirSync({ prefix: "soar-bench-" });

/** Runs the program of a checkout. @returns seconds of processor time and peak memory in MB, by GNU time */
async function measure(
  root: string,
  args: readonly string[],
): Promise<[seconds: number, megabytes: number]> {
  const command = new Deno.Command("/usr/bin/time", {
    args: ["-f", "%U %S %M", Deno.execPath(), "run", "-A", "mod.ts", ...args],
    cwd: root,
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  const text = new TextDecoder().decode(stderr).trim();
  if (!success) throw new Error(text);
  const [user, system, kilobytes] = text.split("\n").at(-1)!.split(" ").map(Number);
  return [user! + system!, kilobytes! / 1000];
}

/** A store of so many runs that have ended. @returns its folder */
function storeOfRuns(count: number): string {
  const folder = join(WORK, "runs");
  for (let i = 0; i < count; i++) {
    const id = `bench-${i.toString(16).padStart(4, "0")}`, directory = join(folder, "runs", id);
    Deno.mkdirSync(directory, { recursive: true });
    const started = new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString();
    const record = { id, pipeline: "bench", status: "done", started, finished: started };
    Deno.writeTextFileSync(join(directory, "record.json"), JSON.stringify(record));
  }
  Deno.writeTextFileSync(join(folder, "layout.json"), JSON.stringify({ layout: 2 }));
  return folder;
}

function write(name: string, steps: string, root = HERE): string {
  const file = join(WORK, name);
  // Before version 0.2 there were no tasks to name.
  const shared = existsSync(join(root, "src/tasks")) ? "with: { task: listprog }\n" : "";
  Deno.writeTextFileSync(file, `name: bench\ndevice: cpu\n${shared}steps:\n${steps}`);
  return file;
}

const pool = (count: number) =>
  `  pool: { uses: make_problems, matrix: { r: "0..${count}" }, with: { depth: 2, count: 3 } }\n`;

function written(count: number, indent: string): string {
  return Array.from(
    { length: count },
    (_, i) => `${indent}s${i}: { uses: make_problems, with: { count: ${i + 1} } }\n`,
  ).join("");
}

const PLANS: Readonly<Record<string, string>> = {
  "a matrix": pool(30_000),
  "a loop": "  l:\n    loop: { times: 3000 }\n    steps:\n" + written(10, "      "),
  "steps written out": written(30_000, "  "),
};

try {
  const checkouts = [HERE, ...Deno.args];
  const hits = checkouts.map((root, i) => write(`hits${i}.yaml`, pool(500), root));
  const best = checkouts.map(() => Infinity);
  const stored = (i: number) => [hits[i]!, "--store", join(WORK, `store-${i}`)];
  for (const [i, root] of checkouts.entries()) await measure(root, stored(i));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, root] of checkouts.entries()) {
      best[i] = Math.min(best[i]!, (await measure(root, stored(i)))[0]);
    }
  }
  checkouts.forEach((root, i) =>
    console.log(`500 hits${" ".repeat(32)}${best[i]!.toFixed(2)} s  ${root}`)
  );
  const listing = ["runs", "-n", "500", "--store", storeOfRuns(500)];
  let listed = Infinity;
  for (let i = 0; i < ROUNDS; i++) listed = Math.min(listed, (await measure(HERE, listing))[0]);
  console.log(`${"500 runs listed".padEnd(40)}${listed.toFixed(2)} s`);
  for (const [name, steps] of Object.entries(PLANS)) {
    const [seconds, megabytes] = await measure(HERE, ["validate", write("plan.yaml", steps)]);
    console.log(
      `${`30,000 steps, ${name}: validate`.padEnd(40)}${seconds.toFixed(2)} s  ${
        Math.round(megabytes)
      } MB`,
    );
  }
} finally {
  Deno.removeSync(WORK, { recursive: true });
}

/**
 * Processor time of starts that find everything stored, and of large plans.
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

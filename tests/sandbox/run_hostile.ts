/** Grades hostile programs, and looks at what they did. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { defaultsOf } from "../../schemas/infer.ts";
import type { Grader } from "../../src/graders/grader.ts";
import { closeSandboxes, code } from "../../src/graders/code.ts";
import { childrenOf } from "./processes.ts";
import { type Hostile, hostilePrograms } from "./hostile.ts";

const VARIABLE = "SOAR_HOSTILE_CANARY", VALUE = "bird-in-the-environment", TEXT = "bird-in-a-file";

/** Runs those that are chosen. @returns how many of each outcome */
export async function runHostile(
  choose: (programs: Hostile[]) => Hostile[],
): Promise<Readonly<Record<string, number>>> {
  const folder = Deno.makeTempDirSync({ prefix: "soar-hostile-" });
  const file = join(folder, "made"), secret = join(folder, "secret.txt");
  Deno.writeTextFileSync(secret, TEXT);
  Deno.env.set(VARIABLE, VALUE);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connections = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      connections++;
      connection.close();
    }
  })();
  const graders = new Map<string, Grader>();
  for (const language of ["python", "typescript"] as const) {
    const settings = {
      ...defaultsOf(code.config),
      language,
      timeout: 3,
      memory: 128,
      max_output: 256,
    };
    graders.set(language, await code.create(settings));
  }
  const before = childrenOf(Deno.pid), counts: Record<string, number> = {};
  try {
    const { port } = listener.addr as Deno.NetAddr;
    const programs = choose(hostilePrograms({ file, secret, port, variable: VARIABLE }));
    const wrong: string[] = [];
    await Promise.all(programs.map(async ({ name, language, problem, completion }) => {
      const verdict = await graders.get(language)!(problem, completion, {});
      counts[verdict.outcome] = (counts[verdict.outcome] ?? 0) + 1;
      const isRefused = verdict.outcome === "wrong" || verdict.outcome === "timed_out";
      const told = JSON.stringify({ ...verdict, answer: "" });
      const isSeen = told.includes(VALUE) || told.includes(TEXT);
      if (!isRefused || verdict.score !== 0 || isSeen) wrong.push(`${name}: ${told}`);
    }));
    assert.deepEqual(wrong, []);
    await closeSandboxes();
    assert.equal(connections, 0);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["secret.txt"]);
    assert.deepEqual(childrenOf(Deno.pid), before);
    assert.equal(Deno.env.get(VARIABLE), VALUE);
    return counts;
  } finally {
    listener.close();
    await accepting;
    Deno.env.delete(VARIABLE);
    Deno.removeSync(folder, { recursive: true });
  }
}

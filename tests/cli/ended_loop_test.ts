/** What is told of iterations that a loop ended before. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { soar } from "./program.ts";

const PIPELINE = `name: ended
device: cpu
with: { task: listprog }
steps:
  draw:
    loop: { times: 3, until: { metric: pool.problems, at_least: 2 } }
    steps: { pool: { uses: make_problems, with: { depth: 1, count: 4 } } }
`;

Deno.test("explain and export tell that an iteration is not reached, before it is and after", async () => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-ended-" });
  try {
    Deno.writeTextFileSync(join(cwd, "p.yaml"), PIPELINE);
    const explain = () => soar(["explain", "p.yaml", "draw[1].pool"], { cwd });
    assert.match(
      (await explain()).out,
      /^draw\[1\]\.pool: unknown until the steps it reads have run/,
    );
    const ran = await soar(["p.yaml"], { cwd });
    assert.equal(ran.code, 0, ran.err);
    const told = "draw ends before: pool.problems at least 2";
    assert.deepEqual(await explain(), {
      code: 0,
      out: `draw[1].pool: not reached, ${told}\n`,
      err: "",
    });
    const exported = await soar(["export", "p.yaml", "draw[1].pool.problems", "to"], { cwd });
    assert.deepEqual(exported, {
      code: 2,
      out: "",
      err:
        `error: draw[1].pool is not reached: ${told}\n  help: name a step of an iteration that is\n`,
    });
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { soar } from "./program.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

Deno.test("plan goes on where a file is not there, and tells it; a run does not begin", async () => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    Deno.writeTextFileSync(
      join(cwd, "p.yaml"),
      `name: absent
summary: What a plan says of itself.
with: { task: listprog }
steps:
  base: { uses: load_policy, with: { path: ${JSON.stringify(MODEL)} } }
  problems: { uses: load_problems, with: { path: mine.jsonl, limit: 40 } }
  test: { uses: evaluate, in: { policy: base.policy, problems: problems.problems }, with: { samples: 2 } }
`,
    );
    const plan = await soar(["plan", "p.yaml"], { cwd });
    assert.equal(plan.code, 0, plan.err);
    assert.match(plan.err, /^p\.yaml:6:\d+: warning: no file or directory mine\.jsonl\n/);
    assert.match(plan.out, /unknown +problems +load_problems +\S+mine\.jsonl is not there\n/);
    assert.match(plan.out, /\n\nabsent: What a plan says of itself\.\n3 steps: 0 stored/);
    assert.match(plan.out, / evaluate +1 +80 /); // 40 problems at most, twice
    const json = await soar(["plan", "p.yaml", "--json"], { cwd });
    assert.deepEqual(
      json.out.trim().split("\n").map((line) => JSON.parse(line).state),
      ["miss", "unknown", "unknown"],
    );
    for (const command of [["validate", "p.yaml"], ["p.yaml"], ["explain", "p.yaml", "test"]]) {
      const { code, err } = await soar(command, { cwd });
      assert.equal(code, 2, command.join(" "));
      assert.match(err, /p\.yaml:6:\d+: error: no file or directory mine\.jsonl\n/);
    }
    // Other mistakes stop a plan as before, and are told along.
    const wrong = await soar(["plan", "p.yaml", "steps.test.with.samplez=3"], { cwd });
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /error: .*samplez/);
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

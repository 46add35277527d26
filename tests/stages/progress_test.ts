/** Every stage that can take long tells how far it is, to its end. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Artifact } from "../../src/core/stage.ts";
import { solve } from "../listprog.ts";
import { Bench } from "./run_stage.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const policy: Artifact = { kind: "policy", digest: "base", directory: MODEL };
const PROBLEMS = Array.from({ length: 6 }, (_, i) => {
  const problem = `${10234 + 5071 * i}a`.slice(-6);
  return { id: `d${i}`, problem, answer: solve(problem)! };
});
const TASK = { task: "listprog", max_completion_length: 12 };
const TRAINING = { ...TASK, steps: 2, batch: 2 };

/** Settings, and how many units there are; each needs the policy, and some problems. */
const STAGES: Readonly<Record<string, readonly [Record<string, unknown>, number]>> = {
  train_student: [{ ...TRAINING, num_generations: 2 }, 2],
  train_supervised: [{ task: "listprog", batch: 2 }, 3],
  evaluate: [{ ...TASK, samples: 4 }, 24],
  select_hard: [{ ...TASK, samples: 4, train: 1, test: 1, max_correct: 3 }, 6],
  sample_problems: [{ task: "listprog", datasets: 2, size: 3 }, 6],
};

for (const [name, [settings, units]] of Object.entries(STAGES)) {
  Deno.test(`${name} tells how far it is`, async () => {
    using bench = new Bench();
    const told: [number, number][] = [];
    const inputs = name === "sample_problems"
      ? { policy }
      : { policy, problems: bench.problems(PROBLEMS) };
    await bench.run(name, settings, inputs, "seed", {
      progress: (done, total) => void told.push([done, total]),
    });
    assert.deepEqual(told.at(-1), [units, units]);
    told.forEach(([done, total], i) => {
      assert.equal(total, units);
      assert.ok(done > (told[i - 1]?.[0] ?? 0) && done <= total, `${told.join(" ")}`);
    });
  });
}

/** Rewards of datasets, of problems, and of what poses none. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Sessions } from "../../src/onnx/mod.ts";
import { clonePolicy, loadPolicy } from "../../src/policy/mod.ts";
import { Random } from "../../src/random/random.ts";
import {
  type Engine,
  ENGINE_DEFAULTS,
  paidByDataset,
  paidByItem,
  proposeDatasets,
  type ProposedProblem,
  type RejectedProposal,
  type Rollout,
  scoreRollouts,
  updateTeacher,
} from "../../src/rl/mod.ts";
import { task } from "../listprog.ts";
import { GRADIENT } from "../training.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const base = loadPolicy(MODEL);
const engine: Engine = { sessions: new Sessions(), ...ENGINE_DEFAULTS };

const rollout = (text: string) => ({ text }) as Rollout;
const problem = (text: string) => ({ rollout: rollout(text) }) as ProposedProblem;
const rejected = (text: string) => ({ rollout: rollout(text) }) as RejectedProposal;

Deno.test("by dataset, the n-th rollouts of all are compared; by item, all are", () => {
  const datasets = [[problem("a"), problem("b")], [problem("c"), problem("d")]];
  const shown = (groups: ReturnType<typeof paidByItem>) =>
    groups.map((group) => group.map(({ rollout: { text }, reward }) => `${text}${reward}`).join());
  assert.deepEqual(shown(paidByDataset(datasets, [1, 2])), ["a1,c2", "b1,d2"]);
  const items = [[1, 2], [3, 4]];
  assert.deepEqual(shown(paidByItem(datasets, items)), ["a1,b2,c3,d4"]);
  const others = { rejected: [rejected("x"), rejected("y")], rewards: [-1, -2] };
  assert.deepEqual(shown(paidByItem(datasets, items, others)), ["a1,b2,c3,d4,x-1,y-2"]);
  assert.throws(
    () => paidByItem(datasets, [[1, 2], [3]]),
    /rewards of 2,1 problems for datasets of 2,2/,
  );
  assert.throws(
    () => paidByItem(datasets, items, { ...others, rewards: [1] }),
    /1 rewards for 2 completions that pose no problem/,
  );
});

Deno.test("a teacher that is paid by problem writes what was paid more often, and what was rejected less", async () => {
  const settings = { datasets: 2, size: 8, limit: 400, temperature: 1, max_completion_length: 40 };
  const { datasets } = await proposeDatasets(base, engine, task, settings, new Random("pay"));
  const all = datasets.flat().map(({ rollout }) => rollout);
  const refused = datasets[1]!.slice(0, 3).map(({ rollout }): RejectedProposal => ({
    rollout,
    reason: "told so",
  }));
  const kept = [datasets[0]!, datasets[1]!.slice(3)];
  const items = kept.map((dataset) => dataset.map(() => 0));
  items[0]![2] = 1;
  using teacher = clonePolicy(base);
  const groups = paidByItem(kept, items, { rejected: refused, rewards: [-1, -1, -1] });
  await updateTeacher(teacher, engine, groups, { ...GRADIENT, learning_rate: 1e-3 });
  const sums = async (policy: typeof base) =>
    (await scoreRollouts(policy, engine, all, 1)).map((logps) => logps.reduce((a, b) => a + b, 0));
  const [before, after] = [await sums(base), await sums(teacher)];
  assert.ok(after[2]! > before[2]!, `${before[2]} → ${after[2]}`);
  for (const i of [8, 9, 10]) assert.ok(after[i]! < before[i]!, `${i}: ${before[i]} → ${after[i]}`);
});

Deno.test("what a reward stage could not write as a number is no reward of 0", () => {
  const read = (value: unknown) => JSON.parse(JSON.stringify(value));
  for (const value of [NaN, Infinity, "1", true, null]) {
    const message = /^RangeError: Cannot update the teacher: a reward is .*, not a number$/;
    const two = [[problem("a")], [problem("b")]];
    assert.throws(() => paidByDataset(two, read([1, value])), message);
    assert.throws(() => paidByItem(two, read([[1], [value]])), message);
    const unposed = { rejected: [rejected("c")], rewards: read([value]) };
    assert.throws(() => paidByItem(two, [[1], [1]], unposed), message);
  }
});

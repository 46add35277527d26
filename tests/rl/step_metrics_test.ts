/** Numbers of a step that are in no result: what is clipped, how rewards and lengths are. @module */
import assert from "node:assert/strict";
import { Random } from "../../src/random/random.ts";
import { type Tensor, tensor } from "../../src/runtime/mod.ts";
import { gradeNumbers } from "../../src/rl/grade_numbers.ts";
import { lengthNumbers, rewardNumbers } from "../../src/rl/step_metrics.ts";
import { lossFeeds, type Row, toBatch } from "../../src/train/batch.ts";
import { lossGraph, REPORT } from "../../src/train/loss_graph.ts";
import { lossOf } from "../training.ts";
import { testSessions } from "../models.ts";

const sessions = testSessions();

/** Rows of different lengths, and log-probabilities that have moved from the old ones. */
function batchOf(random: Random) {
  const rows = [1, 4, 2, 7].map((length): Row => ({
    ids: Array(length + 1).fill(0),
    promptLength: 1,
    columns: {
      advantages: random.normal(),
      old_logps: Array.from({ length }, () => -1 - Math.abs(random.normal())),
    },
  }));
  const moved = rows.map(({ columns }) =>
    (columns!.old_logps as number[]).map((logp) => logp + 0.3 * random.normal())
  );
  return { rows, moved };
}

/** As TRL counts clip_ratio. */
function clippedByHand(
  { rows, moved }: ReturnType<typeof batchOf>,
  ratiosOf: (differences: readonly number[]) => readonly number[],
  [low, high]: readonly [number, number],
): number {
  return rows.reduce((sum, { columns }, r) => {
    const advantage = columns!.advantages as number, old = columns!.old_logps as number[];
    const ratios = ratiosOf(moved[r]!.map((logp, t) => logp - old[t]!));
    return sum +
      ratios.filter((ratio) => advantage > 0 ? ratio > 1 + high : ratio < 1 - low).length;
  }, 0);
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const TOKENS = (differences: readonly number[]) => differences.map(Math.exp);

for (
  const [name, settings, ratiosOf, bounds] of [
    ["rloo", {}, (d: readonly number[]) => [Math.exp(sum(d))], [0.2, 0.2]],
    ["grpo", { epsilon_high: 0.4 }, TOKENS, [0.2, 0.4]],
    ["dapo", { epsilon: 0.1, epsilon_high: 0.1 }, TOKENS, [0.1, 0.1]],
    ["gspo", { epsilon: 0.05, epsilon_high: 0.05 }, (d: readonly number[]) => [
      Math.exp(sum(d) / d.length),
    ], [0.05, 0.05]],
  ] as const
) {
  Deno.test(`loss ${name} reports how many ratios are clipped`, async () => {
    const loss = lossOf(name, settings);
    let all = 0;
    for (let seed = 0; seed < 8; seed++) {
      const made = batchOf(new Random(`clip ${seed}`));
      const batch = toBatch(made.rows, 100);
      using _ids = batch.ids;
      const feeds = {
        ...lossFeeds(batch, made.moved.flat(), loss.columns),
        scale: tensor("float32", [], [1]),
      };
      const result = await sessions.get(["loss", loss.key], () => lossGraph(loss))
        .run(feeds, [`${REPORT}clipped`]);
      using clipped = result[`${REPORT}clipped`] as Tensor<"float32">;
      for (const feed of Object.values(feeds)) feed.dispose();
      const expected = clippedByHand(made, ratiosOf, bounds);
      assert.equal(clipped.data[0], expected);
      all += expected;
    }
    assert.ok(all > 0);
  });
}

Deno.test("rewards, lengths and grades of a step as numbers", () => {
  const groups = [[1, 1], [0, 1], [null, 0]];
  const { reward_std, ...rewards } = rewardNumbers(groups);
  assert.deepEqual(rewards, { reward: 0.6, flat_groups: 2, flat_share: 2 / 3 });
  assert.ok(Math.abs(reward_std! - Math.sqrt(0.24)) < 1e-12);
  const rollout = (logps: readonly number[], finished: boolean) => ({
    ...{
      promptIndex: 0,
      sample: 0,
      promptIds: [1],
      ids: logps.map(() => 1),
      logps,
      text: "",
      finished,
    },
  });
  assert.deepEqual(lengthNumbers([rollout([-1, -2, -3], true), rollout([-2], false)]), {
    ...{ length: 2, length_max: 3, cut_off: 0.5, entropy_mc: 2 },
  });
  const graded = (["correct", "no_answer", "wrong", "timed_out"] as const).map((outcome, i) => ({
    verdict: { outcome, answer: null },
    rewards: { correct: Number(i === 0), formatted: i < 2 ? 1 : null, none: null },
  }));
  assert.deepEqual(gradeNumbers(graded), {
    ...{ correct: 0.25, no_answer: 0.25, timed_out: 0.25 },
    ...{ "rewards.correct": 0.25, "rewards.formatted": 1 },
  });
});

import assert from "node:assert/strict";
import type { Sample } from "../../src/rewards/reward.ts";
import { earn, type WeightedReward } from "../../src/rl/mod.ts";
import { rewardsOf, task } from "../listprog.ts";

const PROBLEM = { id: "p", problem: "12345r", answer: "54321" };

async function sampleOf(completion: string): Promise<Sample> {
  const verdict = await task.grade(PROBLEM, completion, {});
  return { problem: PROBLEM, completion, verdict, finished: true, tokens: completion.length };
}

/** The paper's 120 for a right answer, 20 for a wrong one beside the right one, 10 for another, 0 for none. */
const PAPER = rewardsOf({ correct: 110, mentioned: 10, formatted: 10 });

const PAID: readonly (readonly [completion: string, reward: number])[] = [
  ["r54321#54321", 120],
  ["r54320#54321", 120],
  ["r54321#54320", 20],
  ["r54320#54320", 10],
  ["r54321", 0],
  ["r54321#543215", 0],
  ["r54321#5432", 0],
  ["", 0],
];
for (const [completion, reward] of PAID) {
  Deno.test(`rewards of 110, 10 and 10 pay the paper's ${reward} for ${JSON.stringify(completion)}`, async () => {
    assert.equal((await earn(PAPER, await sampleOf(completion))).reward, reward);
  });
}

Deno.test("earn() tells each reward before its weight, in the order given", async () => {
  const earned = await earn(PAPER, await sampleOf("r54321#54320"));
  assert.deepEqual(earned, { reward: 20, rewards: { correct: 0, mentioned: 1, formatted: 1 } });
  const cut = {
    ...await sampleOf("x"),
    verdict: { outcome: "timed_out", answer: "54321" } as const,
  };
  assert.deepEqual((await earn(PAPER, cut)).rewards, { correct: 0, mentioned: 0, formatted: 1 });
});

Deno.test("tests_passed pays the share that the grader gives, else as correct does", async () => {
  const reward = rewardsOf({ tests_passed: 2 }), sample = await sampleOf("r54321#54321");
  const pays = async (verdict: Sample["verdict"]) =>
    (await earn(reward, { ...sample, verdict })).reward;
  assert.equal(await pays(sample.verdict), 2);
  assert.equal(await pays({ outcome: "wrong", answer: "1" }), 0);
  assert.equal(await pays({ outcome: "wrong", answer: "1", score: 0.25 }), 0.5);
  assert.equal(await pays({ outcome: "no_answer", answer: null, score: 0 }), 0);
});

const fixed = (name: string, weight: number, value: number | null): WeightedReward => ({
  name,
  weight,
  score: () => Promise.resolve(value),
});

Deno.test("earn() leaves out what does not apply, and is null where nothing does", async () => {
  const sample = await sampleOf("x");
  const half = await earn([fixed("a", 2, null), fixed("b", 0.5, 3)], sample);
  assert.deepEqual(half, { reward: 1.5, rewards: { a: null, b: 3 } });
  assert.deepEqual(await earn([fixed("a", 2, null)], sample), {
    reward: null,
    rewards: { a: null },
  });
  assert.deepEqual(await earn([], sample), { reward: null, rewards: {} });
  assert.equal((await earn([fixed("a", 0, 5)], sample)).reward, 0);
});

Deno.test("earn() refuses what is no number, by name", async () => {
  const sample = await sampleOf("x");
  for (const value of [NaN, Infinity, -Infinity]) {
    await assert.rejects(earn([fixed("mine", 1, value)], sample), {
      name: "TypeError",
      message: `Cannot take ${value} as reward mine: give a finite number, or null`,
    });
  }
  await assert.rejects(earn([fixed("mine", 1, undefined as unknown as null)], sample), /undefined/);
});

Deno.test("rewards that add up to no number are refused", async () => {
  const rewards = rewardsOf({ correct: 1e308, formatted: 1e308 });
  await assert.rejects(
    async () => earn(rewards, await sampleOf("r54321#54321")),
    /^RangeError: Cannot add rewards up to Infinity: lower their weights$/,
  );
});

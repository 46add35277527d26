import { sizesOf, splitProblems } from "../src/data/split.ts";
import type { Problem } from "../src/graders/grader.ts";
import { Random } from "../src/random/random.ts";
import { loadPolicy } from "../src/policy/mod.ts";
import { evaluate, SAMPLING, tellRollouts } from "../src/rl/mod.ts";
import { readProblems, writeProblems } from "../src/stage/artifact_files.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { checkHard } from "../src/stage/checks/check_hard.ts";
import { defineStage, engineOf } from "../src/stage/define_stage.ts";
import { SHARE } from "../src/stage/shares.ts";

/** Keeps the problems that a policy never solves (SOAR's hard sets: failed in all of 128 samples at temperature 1). */
export const select_hard = defineStage({
  name: "select_hard",
  version: 1,
  summary:
    "Keeps problems that the policy fails in every one of many samples (fail@k); splits them in two.",
  config: {
    type: "object",
    properties: {
      task: TASK,
      ...SAMPLING,
      samples: { ...SAMPLING.samples, default: 128 },
      max_correct: {
        type: "integer",
        minimum: 0,
        default: 0,
        description: "A problem is hard where at most so many of its samples are correct.",
      },
      train: {
        ...SHARE,
        default: 64,
        description:
          "Hard problems to train on: a number or, below 1, a share of all that are hard.",
      },
      test: { ...SHARE, default: 64, description: "Hard problems held out, likewise." },
    },
    required: ["task"],
    additionalProperties: false,
  },
  inputs: { policy: "policy", problems: "problems" },
  outputs: { train: "problems", test: "problems" },
  check: checkHard,
  footprint: "sampling",
  async run({ config, inputs, outputs, seed, services, signal, progress, log, record }) {
    using policy = loadPolicy(inputs.policy.directory);
    const engine = engineOf({ services, signal });
    const task = await services.library.task(config.task);
    const random = new Random(seed);
    const pool = readProblems(inputs.problems);
    const hard: Problem[] = [], { samples, max_correct } = config;
    /** Problems by correct samples, of those that are too easy. */
    const easier = new Map<number, number>();
    const chunk = 32;
    for (let start = 0; start < pool.length; start += chunk) {
      const part = pool.slice(start, start + chunk);
      const source = random.derive("samples", start);
      const { results } = await evaluate(
        policy,
        engine,
        task,
        part,
        config,
        source,
        (samples) => {
          const told = samples.map((one) => ({ ...one, group: start + one.rollout.promptIndex }));
          tellRollouts(policy, start / chunk, told, (rows) => record("rollouts", rows));
        },
      );
      for (const [i, { correct }] of results.entries()) {
        if (correct <= max_correct) hard.push(part[i]!);
        else easier.set(correct, (easier.get(correct) ?? 0) + 1);
      }
      progress(start + part.length, pool.length, { hard: hard.length });
    }
    const sizes = sizesOf([config.train, config.test], hard.length);
    const wanted = sizes.reduce((a, b) => a + b), most = `in at most ${max_correct}`;
    if (hard.length < Math.max(2, wanted) || Math.min(...sizes) < 1) {
      throw new Error(
        `Cannot select ${
          Math.max(2, wanted)
        } hard problems: only ${hard.length} of ${pool.length} were ` +
          (max_correct === 0 ? `failed ${samples} times` : `right ${most} of ${samples} samples`) +
          `; make more, or deeper ones${adviceOn(easier, hard.length, wanted, samples)}`,
      );
    }
    const how = max_correct === 0 ? "failed in all" : `right ${most}`;
    log(`${hard.length} of ${pool.length} problems were ${how} of ${samples} samples`);
    const { shares: [train, test], together } = splitProblems(hard, sizes, random.derive("split"));
    if (together > 0) log(`${together} of them repeat others, and went where these went`);
    writeProblems(outputs.train, train!);
    writeProblems(outputs.test, test!);
    return { pool: pool.length, hard: hard.length, train: train!.length, test: test!.length };
  },
});

/** How far the bound would have to go up. */
function adviceOn(
  easier: ReadonlyMap<number, number>,
  hard: number,
  wanted: number,
  samples: number,
): string {
  let count = hard;
  for (const correct of [...easier.keys()].toSorted((a, b) => a - b)) {
    if (correct >= samples) break;
    count += easier.get(correct)!;
    if (count >= wanted) return `; with max_correct: ${correct} there are ${count}`;
  }
  return "";
}

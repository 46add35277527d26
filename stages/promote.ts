import { copyArtifact } from "../src/core/artifact.ts";
import { decidePromotion, type PromotionDecision } from "../src/rl/mod.ts";
import type { Problem } from "../src/graders/grader.ts";
import { readJson, readProblems, writeJson, writeProblems } from "./artifacts.ts";
import { partsOf, type Rewards } from "./reward.ts";
import { defineStage } from "./stage.ts";

/** Contents of a `promotion` artifact. */
export interface Promotion extends PromotionDecision {
  /** Promotions so far, this one included. */
  readonly count: number;
  /** The datasets promoted so far (the paper's PQ). */
  readonly questions: readonly Problem[];
}

/** Makes the median student of the best dataset the new baseline, when rewards are high enough. */
export const promote = defineStage({
  name: "promote",
  version: 2,
  summary: "Promotes a student when the mean reward over a window is above tau.",
  config: {
    type: "object",
    properties: {
      tau: { type: "number", default: 0.01, description: "Least mean reward over the window." },
      window: { type: "integer", minimum: 1, default: 3, description: "Steps averaged over." },
      full_window: {
        type: "boolean",
        default: false,
        description: "Whether promotion waits until the window is full.",
      },
    },
    additionalProperties: false,
  },
  inputs: {
    rewards: "rewards",
    baseline: "policy",
    students: "policy[]",
    datasets: "problems[]",
    previous: "promotion?",
  },
  outputs: { policy: "policy", promotion: "promotion", questions: "problems" },
  run({ config, inputs, outputs }) {
    const { rewards, repeats } = readJson<Rewards>(inputs.rewards, "rewards");
    const before = inputs.previous === undefined
      ? undefined
      : readJson<Promotion>(inputs.previous, "promotion");
    const decision = decidePromotion(config, before?.history ?? [], rewards, repeats);
    const students = partsOf(inputs.students, rewards.length);
    const { promoted, dataset, repeat } = decision;
    const chosen = promoted ? students[dataset]![repeat]! : inputs.baseline;
    const count = (before?.count ?? 0) + Number(promoted);
    // Datasets of all iterations count from p0 on.
    const named = ({ id, problem, answer }: Problem): Problem => ({
      id: `q${count}.${id}`,
      problem,
      answer,
    });
    const questions = [
      ...before?.questions ?? [],
      ...promoted ? readProblems(inputs.datasets[dataset]!).map(named) : [],
    ];
    copyArtifact(chosen, outputs.policy.directory, outputs.policy.place);
    writeJson(outputs.promotion, "promotion", { ...decision, count, questions });
    writeProblems(outputs.questions, questions);
    return { promoted, average: decision.average, dataset, repeat, count };
  },
});

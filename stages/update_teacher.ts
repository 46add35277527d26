import type { Artifact } from "../src/core/stage.ts";
import { Random } from "../src/random/random.ts";
import { loadTrainable, savePolicy } from "../src/policy/mod.ts";
import {
  isFlat,
  needsReference,
  paidByDataset,
  paidByItem,
  type PaidRollout,
  POLICY_GRADIENT,
  type ProposedProblem,
  type RejectedProposal,
  tellRollouts,
  updateTeacher,
} from "../src/rl/mod.ts";
import { readJson, readLines, readProblems, REJECTED_FILE } from "../src/stage/artifact_files.ts";
import type { Rewards } from "../src/stage/reward_ports.ts";
import { checkTeacher } from "../src/stage/checks/check_teacher.ts";
import { madeByTraining } from "../src/stage/checks/check_training.ts";
import { defineStage, engineOf } from "../src/stage/define_stage.ts";
import { tokenClock } from "../src/stage/token_clock.ts";
import { adapterOf, linksOf, RL_INPUTS, TRAINED } from "../src/stage/training.ts";

/** Updates the teacher with the rewards of its datasets (SOAR, step 4 of the loop). */
export const update_teacher = defineStage({
  name: "update_teacher",
  version: 2,
  summary:
    "One policy-gradient step on the teacher's rollouts, each with its dataset's reward, or its own.",
  config: {
    type: "object",
    properties: {
      ...POLICY_GRADIENT,
      ...TRAINED,
      estimator: { ...POLICY_GRADIENT.estimator, default: "rloo_normalized" },
      learning_rate: { ...POLICY_GRADIENT.learning_rate, default: 2e-4 },
      lr_scheduler_type: {
        ...POLICY_GRADIENT.lr_scheduler_type,
        description: "How the learning rate goes over the outer steps, after the warm-up.",
      },
      warmup_steps: {
        ...POLICY_GRADIENT.warmup_steps,
        description: "Outer steps of linear warm-up.",
      },
      beta: {
        ...POLICY_GRADIENT.beta,
        default: 0,
        description:
          "Coefficient of the KL penalty in the reward (k1) to the policy at input reference; 0 is none.",
      },
      keep_optimizer: { ...TRAINED.keep_optimizer, default: true },
    },
    additionalProperties: false,
  },
  inputs: {
    policy: "policy",
    datasets: "problems[]",
    rewards: "rewards",
    /** What poses no problem, where rewards are of that too. */
    proposals: "proposals?",
    ...RL_INPUTS,
  },
  outputs: { policy: "policy", optimizer: "optimizer" },
  check: checkTeacher,
  made: madeByTraining,
  footprint: "training",
  async run({ config, inputs, outputs, seed, services, signal, log, progress, record }) {
    using stack = new DisposableStack();
    const { directory } = inputs.policy, random = new Random(seed).derive("adapter");
    const teacher = stack.use(loadTrainable(directory, adapterOf(config.adapter), random));
    const datasets = inputs.datasets.map(readProposals);
    const groups = groupsOf(
      datasets,
      readJson<Rewards>(inputs.rewards, "rewards"),
      inputs.proposals,
    );
    const engine = engineOf({ services, signal });
    const settings = { ...config, loss: await services.library.loss(config.loss) };
    const links = linksOf(teacher, inputs, outputs.optimizer, settings, stack);
    const clock = tokenClock();
    const step = await updateTeacher(teacher, engine, groups, settings, links);
    progress(1, 1, { loss: step.loss });
    savePolicy(teacher, outputs.policy.directory, outputs.policy.place);
    const { loss, gradNorm, kl, learningRate, advantages, numbers } = step;
    const told = groups.flatMap((group, g) => group.map((paid) => ({ ...paid, group: g })));
    tellRollouts(
      teacher,
      0,
      told.map((one, i) => ({ ...one, advantage: advantages[i]! })),
      (rows) => record("rollouts", rows),
    );
    record("metrics", [{
      step: 0,
      ...{ loss, grad_norm: gradNorm, kl, learning_rate: learningRate },
      ...numbers,
      ...clock(told.map(({ rollout }) => rollout.ids.length)),
    }]);
    if (config.beta === 0 && !needsReference(settings.loss) && groups.every(isFlatGroup)) {
      log("all rewards agree: the teacher stays as it is");
    }
    if (learningRate === 0) log("the learning rate is 0 here: see warmup_steps and schedule_steps");
    return { loss, grad_norm: gradNorm, kl, learning_rate: learningRate };
  },
});

/** Which rollouts are compared with each other: by dataset, unless the rewards are of problems. */
function groupsOf(
  datasets: readonly (readonly ProposedProblem[])[],
  { rewards, items, rejected }: Rewards,
  proposals: Artifact | undefined,
): PaidRollout[][] {
  if (items === undefined) return paidByDataset(datasets, rewards);
  if (rejected === undefined) return paidByItem(datasets, items);
  if (proposals === undefined) {
    throw new Error(
      "Cannot update the teacher: completions that pose no problem have rewards, and are not here; " +
        "connect proposals: propose.summary",
    );
  }
  const known = readLines<RejectedProposal>(proposals, REJECTED_FILE);
  return paidByItem(datasets, items, { rejected: known, rewards: rejected });
}

function isFlatGroup(group: readonly PaidRollout[]): boolean {
  return isFlat(group.map(({ reward }) => reward));
}

/** @throws {Error} when they are problems that nobody sampled from a teacher */
function readProposals(dataset: Artifact, index: number): ProposedProblem[] {
  const problems = readProblems<ProposedProblem>(dataset);
  const other = problems.find(({ rollout }) => rollout === undefined);
  if (other === undefined) return problems;
  throw new Error(
    `Cannot update the teacher: problem ${other.id} of dataset ${index} was not written by one; ` +
      "connect the datasets of sample_problems",
  );
}

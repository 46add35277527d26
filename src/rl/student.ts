import type { InferAll } from "../../schemas/infer.ts";
import type { Problem, Verdict } from "../graders/grader.ts";
import { clonePolicy, type Policy } from "../policy/policy.ts";
import type { Random } from "../random/random.ts";
import type { Task } from "../tasks/task.ts";
import { learningRateAt, type StepMetrics } from "../train/mod.ts";
import { advantages, isFlat, type Reward } from "./advantages.ts";
import type { Engine } from "./engine.ts";
import { gradeNumbers } from "./grade_numbers.ts";
import { gradeRollouts, isCorrect } from "./grading.ts";
import {
  checkPolicyLoss,
  type Divergence,
  divergence,
  isIdle,
  needsReference,
  noDivergence,
  POLICY_GRADIENT,
  policySteps,
  toRow,
  trainerOf,
  type TrainingLinks,
  type WithLoss,
} from "./policy_gradient.ts";
import { earn, type Earned, type WeightedReward } from "./rewards.ts";
import { drawRollouts, type Rollout } from "./rollouts.ts";
import { selfTest } from "./scoring.ts";
import { MAX_COMPLETION_LENGTH } from "./sampling.ts";
import { mean } from "./statistics.ts";
import { clipNumbers, lengthNumbers, type Numbers, rewardNumbers } from "./step_metrics.ts";

const EPOCH = "an epoch is as many steps as there are problems, divided by batch";

/** Settings of a student's training by RL. */
export const STUDENT_TRAINING = {
  ...POLICY_GRADIENT,
  steps: {
    type: "integer",
    minimum: 1,
    default: 15,
    description: "Optimizer steps, but for num_iterations.",
    was: [
      "max_steps",
      "total_training_steps",
      "num_steps",
      "num_train_epochs",
      "total_epochs",
      "num_epochs",
    ],
    unlike: {
      num_train_epochs: EPOCH,
      total_epochs: EPOCH,
      num_epochs: EPOCH,
    },
  },
  batch: {
    type: "integer",
    minimum: 1,
    default: 16,
    description: "Problems in a step.",
    was: ["per_device_train_batch_size", "train_batch_size", "batch_size"],
    unlike: {
      per_device_train_batch_size:
        "it counts problems; divide a number of rollouts by num_generations",
    },
  },
  num_generations: {
    type: "integer",
    minimum: 2,
    default: 16,
    description: "Rollouts of each problem.",
    was: ["group", "group_size", "n_samples_per_prompt", "n"],
  },
  max_completion_length: MAX_COMPLETION_LENGTH,
  truncated: {
    enum: ["keep", "zero", "mask"],
    default: "keep",
    description: "Completions that are cut off: graded as they are (TRL's default), given a " +
      "reward of 0, or graded and without gradient and KL penalty (TRL's mask_truncated_completions).",
    was: ["mask_truncated_completions"],
  },
} as const;

/** How a student is trained. */
export type StudentTraining = WithLoss<InferAll<typeof STUDENT_TRAINING>>;

/** What a step of student training reports. */
export interface StudentStep {
  readonly step: number;
  readonly loss: number;
  readonly grad_norm: number;
  /** Mean reward, KL penalty left out. */
  readonly reward: number;
  /** Share of rollouts with the right answer. */
  readonly correct: number;
  /** Share of rollouts that ended by themselves. */
  readonly finished: number;
  /** Groups whose rewards all agree, KL penalty left out: the problem gives no gradient. */
  readonly flat_groups: number;
  /** Σ logp - logp_ref per rollout, where a KL penalty is set. */
  readonly kl: number;
}

/** A graded rollout. */
export interface GradedRollout extends Rollout, Earned {
  readonly problem: Problem;
  readonly verdict: Verdict;
}

/** A rollout that was trained on. */
export interface TrainedRollout extends GradedRollout {
  readonly advantage: number;
}

/** What a student is trained on, and paid for. */
export interface Lessons {
  readonly task: Task;
  readonly problems: readonly Problem[];
  readonly rewards: readonly WeightedReward[];
}

/**
 * Trains the policy in place by RL on problems, against the answers they claim to have.
 *
 * @param onStep called after each step with its metrics, rollouts, and more numbers for curves
 * @param links what it goes on from, and what it gives besides
 * @throws {Error} when sampler and trainer disagree at the first step, or training diverges
 */
export async function trainStudent(
  policy: Policy,
  engine: Engine,
  lessons: Lessons,
  settings: StudentTraining,
  random: Random,
  onStep: (
    step: StudentStep,
    rollouts: readonly TrainedRollout[],
    numbers: Numbers,
  ) => void = () => {},
  links: TrainingLinks = {},
): Promise<void> {
  const { problems } = lessons;
  if (problems.length === 0) {
    throw new RangeError(
      "Cannot train a student on no problems: there are no promotion questions before a promotion",
    );
  }
  const { loss, beta, num_generations, temperature } = settings;
  checkPolicyLoss(loss);
  const { onEnd, onState } = links;
  const compared = beta > 0 || needsReference(loss);
  using copy = compared && links.reference === undefined ? clonePolicy(policy) : undefined;
  const reference = compared ? links.reference ?? copy : undefined;
  const resumed = await links.resume?.(), done = resumed?.done ?? 0;
  const start = resumed?.optimizer ?? links.start, first = (start?.position ?? 0) - done;
  using trainer = trainerOf(policy, engine, settings, start);
  const scheduled = settings.schedule_steps ?? first + settings.steps;
  let changed = resumed?.changed ?? false;
  const order = problemOrder(problems, random.derive("order"));
  for (let i = 0; i < done * settings.batch; i++) order();
  for (let step = done; step < settings.steps; step++) {
    engine.signal?.throwIfAborted();
    const chosen = Array.from({ length: settings.batch }, order);
    const rollouts = await rolloutStep(policy, engine, lessons, chosen, settings, random, step);
    if (step === done) await selfTest(policy, engine, rollouts, temperature);
    // Before the first change the policy is its copy, exactly: no rounding to learn from.
    const other = reference === copy && !changed ? undefined : reference;
    const apart: Divergence = other === undefined
      ? noDivergence(rollouts)
      : await divergence(other, engine, rollouts, temperature, changed ? undefined : policy);
    const masked = rollouts.map(({ finished }) => settings.truncated === "mask" && !finished);
    const penalty = apart.sums.map((sum, i) => masked[i] ? 0 : sum);
    const rewards = rollouts.map(({ reward }, i): Reward =>
      reward === null ? null : reward - beta * penalty[i]!
    );
    const values = advantages(rewards, num_generations, settings.estimator);
    const rows = rollouts.map((rollout, i) =>
      toRow(rollout, values[i]!, { masked: masked[i]!, reference: apart.reference[i] })
    );
    const rate = learningRateAt(settings, first + step, scheduled), { steps: before } = trainer;
    const metrics: StepMetrics = other === undefined && isIdle(loss, values)
      ? { loss: 0, gradNorm: 0 }
      : await policySteps(trainer, rows, settings, rate);
    // Not by the last iteration's gradient, which is 0 where all ratios are clipped.
    changed ||= rate > 0 && trainer.steps > before;
    const told: StudentStep = {
      step,
      loss: metrics.loss,
      grad_norm: metrics.gradNorm,
      ...summarize(rollouts, num_generations),
      kl: mean(penalty),
    };
    const trained = rollouts.map((rollout, i) => ({ ...rollout, advantage: values[i]! }));
    onStep(told, trained, {
      ...rewardNumbers(inGroups(rollouts.map(({ reward }) => reward), num_generations)),
      ...gradeNumbers(rollouts),
      ...lengthNumbers(rollouts),
      ...clipNumbers(metrics),
      learning_rate: rate,
    });
    const next = step + 1;
    if (next === settings.steps) continue;
    onState?.({ optimizer: { ...trainer.state, position: first + next }, done: next, changed });
  }
  onEnd?.({ ...trainer.state, position: first + settings.steps });
}

async function rolloutStep(
  policy: Policy,
  engine: Engine,
  { task, rewards }: Lessons,
  chosen: readonly Problem[],
  settings: StudentTraining,
  random: Random,
  step: number,
): Promise<GradedRollout[]> {
  const { temperature, max_completion_length, num_generations: samples } = settings;
  const prompts = chosen.map((problem) => task.prompt(problem));
  const sampling = { temperature, max_completion_length, samples };
  const drawn = await drawRollouts(policy, engine, prompts, sampling, random.derive(step));
  const verdicts = await gradeRollouts(task, chosen, drawn, engine);
  return await Promise.all(drawn.map(async (rollout, i) => {
    const { text: completion, finished, ids } = rollout;
    const problem = chosen[rollout.promptIndex]!, verdict = verdicts[i]!;
    const sample = { problem, completion, verdict, finished, tokens: ids.length };
    const earned = await earn(rewards, sample);
    const lost = settings.truncated === "zero" && !finished;
    return { ...rollout, problem, verdict, ...earned, ...(lost ? { reward: 0 } : {}) };
  }));
}

function summarize(rollouts: readonly GradedRollout[], group: number) {
  const groups = inGroups(rollouts.map(({ reward }) => reward), group);
  return {
    reward: mean(rollouts.flatMap(({ reward }) => reward === null ? [] : [reward])),
    correct: mean(rollouts.map(({ verdict }) => Number(isCorrect(verdict)))),
    finished: mean(rollouts.map(({ finished }) => Number(finished))),
    flat_groups: groups.filter(isFlat).length,
  };
}

function inGroups<T>(values: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(values.length / size) },
    (_, i) => values.slice(i * size, (i + 1) * size),
  );
}

/** Gives problem after problem, reshuffled whenever all were given. */
function problemOrder(problems: readonly Problem[], random: Random): () => Problem {
  let queue: Problem[] = [];
  return () => {
    if (queue.length === 0) queue = random.shuffle(problems);
    return queue.pop()!;
  };
}

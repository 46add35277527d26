import { join } from "node:path";
import type { Artifact, Checkpoint, Output } from "../src/core/stage.ts";
import { Random } from "../src/random/random.ts";
import { loadTrainable, savePolicy } from "../src/policy/mod.ts";
import {
  mean,
  STUDENT_TRAINING,
  type StudentStep,
  tellRollouts,
  trainStudent,
} from "../src/rl/mod.ts";
import {
  type Checkpoints,
  copyFolder,
  readJson,
  readProblems,
  STEPS_FILE,
  writeJson,
  writeLines,
} from "../src/stage/artifact_files.ts";
import type { Promotion } from "./promote.ts";
import { REWARDS, TASK } from "../src/stage/shared_settings.ts";
import { checkStudent } from "../src/stage/checks/check_student.ts";
import { madeByStudent } from "../src/stage/checks/check_student.ts";
import { defineStage, engineOf } from "../src/stage/define_stage.ts";
import { tokenClock } from "../src/stage/token_clock.ts";
import { adapterOf, linksOf, RL_INPUTS, TRAINED } from "../src/stage/training.ts";

/** Trains a student by RL on a dataset (SOAR, step 2 of the loop). */
export const train_student = defineStage({
  name: "train_student",
  version: 2,
  summary: "Trains a copy of the policy by RL on problems, against the answers they claim to have.",
  config: {
    type: "object",
    properties: {
      task: TASK,
      ...STUDENT_TRAINING,
      ...TRAINED,
      extra_steps: {
        type: "integer",
        minimum: 0,
        default: 0,
        description: "More steps for each promotion so far (the paper's 5).",
      },
      extra_promotions: {
        type: "integer",
        minimum: 1,
        description: "Promotions that add extra_steps at most: 1 is once; all unless set.",
      },
      checkpoint_every: {
        type: "integer",
        minimum: 0,
        default: 0,
        description:
          "Give the policy after each so many steps, as an item of checkpoints; 0 never.",
        was: ["save_steps"],
      },
      rewards: REWARDS,
    },
    required: ["task"],
    gone: {
      keep_rollouts:
        "leave it out: rollouts are always kept, beside the result; soar rollouts STEP shows them",
    },
    additionalProperties: false,
  },
  inputs: {
    policy: "policy",
    problems: "problems",
    /** What extra_steps counts by. */
    promotion: "promotion?",
    ...RL_INPUTS,
  },
  outputs: {
    policy: "policy",
    rollouts: "rollouts",
    /** Empty unless keep_optimizer is set. */
    optimizer: "optimizer",
    checkpoints: "policy[]",
  },
  check: checkStudent,
  made: madeByStudent,
  footprint: "training",
  async run(
    { config, inputs, outputs, seed, services, signal, progress, record, checkpoints: kept },
  ) {
    using stack = new DisposableStack();
    const random = new Random(seed), { directory } = inputs.policy;
    const policy = stack.use(
      loadTrainable(directory, adapterOf(config.adapter), random.derive("adapter")),
    );
    const { library } = services;
    const lessons = {
      task: await library.task(config.task),
      problems: readProblems(inputs.problems),
      rewards: await library.rewards(config.rewards),
    };
    const settings = { ...config, loss: await library.loss(config.loss) };
    const before = stepsSoFar(kept.last, outputs.checkpoints);
    const { steps, checkpoints } = before, done = steps.length;
    const links = linksOf(policy, inputs, outputs.optimizer, settings, stack, {
      sessions: services.sessions,
      checkpoints: kept,
      write: (directory) => keepSteps(directory, before, outputs.checkpoints),
    });
    const total = config.steps + extraSteps(config, inputs.promotion);
    const started = performance.now(), clock = tokenClock();
    await trainStudent(
      policy,
      engineOf({ services, signal }),
      lessons,
      { ...settings, steps: total },
      random,
      (step, rollouts, numbers) => {
        steps.push(step);
        record("metrics", [{
          ...step,
          ...numbers,
          ...clock(rollouts.map(({ ids }) => ids.length)),
        }]);
        const told = rollouts.map((rollout, i) => ({
          ...rollout,
          rollout,
          group: Math.floor(i / config.num_generations),
        }));
        tellRollouts(policy, step.step, told, (rows) => record("rollouts", rows));
        const { checkpoint_every: every } = config;
        if (every > 0 && steps.length % every === 0) {
          savePolicy(
            policy,
            outputs.checkpoints.item(checkpoints.length),
            outputs.checkpoints.place,
          );
          checkpoints.push(steps.length);
        }
        const { reward, correct } = step;
        const seconds = (performance.now() - started) / 1000;
        const perSecond = (steps.length - done) * rollouts.length / seconds;
        progress(steps.length, total, { reward, correct, "rollouts/s": perSecond });
      },
      links,
    );
    savePolicy(policy, outputs.policy.directory, outputs.policy.place);
    writeLines(outputs.rollouts.directory, STEPS_FILE, steps);
    writeJson(outputs.rollouts, "checkpoints", { steps: checkpoints } satisfies Checkpoints);
    return {
      steps: total,
      rollouts: total * config.batch * config.num_generations,
      reward_first: steps[0]!.reward,
      reward_last: steps.at(-1)!.reward,
      flat_groups: mean(steps.map((step) => step.flat_groups)) / config.batch,
    };
  },
});

/** Steps that promotions add (SOAR leaves open whether once, or for each). */
function extraSteps(
  { extra_steps, extra_promotions }: {
    readonly extra_steps: number;
    readonly extra_promotions?: number;
  },
  promotion: Artifact | undefined,
): number {
  if (promotion === undefined) return 0;
  const { count } = readJson<Promotion>(promotion, "promotion");
  return extra_steps * Math.min(count, extra_promotions ?? count);
}

/** What a student has besides weights in the middle of its training. */
interface StepsSoFar {
  readonly steps: StudentStep[];
  /** Steps after which its policy was given as an item. */
  readonly checkpoints: number[];
}

/** What a checkpoint has of the steps before it; its policies are put where they were. */
function stepsSoFar(last: Checkpoint | undefined, policies: Output): StepsSoFar {
  if (last === undefined) return { steps: [], checkpoints: [] };
  const { directory } = last;
  const so: StepsSoFar = JSON.parse(Deno.readTextFileSync(join(directory, SO_FAR)));
  so.checkpoints.forEach((_, i) => copyFolder(join(directory, POLICIES, `${i}`), policies.item(i)));
  return so;
}

/** Writes it into the folder of a checkpoint. */
function keepSteps(directory: string, so: StepsSoFar, { directory: policies }: Output): void {
  Deno.writeTextFileSync(join(directory, SO_FAR), JSON.stringify(so));
  for (const [i, { name }] of [...Deno.readDirSync(policies)].toSorted(byName).entries()) {
    const place = join(directory, POLICIES, `${i}`);
    Deno.mkdirSync(place, { recursive: true });
    copyFolder(join(policies, name), place);
  }
}

const SO_FAR = "student.json", POLICIES = "policies";

function byName(a: Deno.DirEntry, b: Deno.DirEntry): number {
  return a.name < b.name ? -1 : 1;
}

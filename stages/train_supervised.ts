import { join } from "node:path";
import { loadTrainable, savePolicy } from "../src/policy/mod.ts";
import { mean, trainerOf } from "../src/rl/mod.ts";
import { Random } from "../src/random/random.ts";
import {
  SUPERVISED_TRAINING,
  type SupervisedStep,
  supervisedSteps,
  trainSupervised,
} from "../src/train/mod.ts";
import { STEPS_FILE, writeLines } from "../src/stage/artifact_files.ts";
import { examplesOf, lineExamples, proposalExamples } from "../src/stage/examples.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { madeByTraining } from "../src/stage/checks/check_training.ts";
import { checkSupervised } from "../src/stage/checks/check_supervised.ts";
import { defineStage, engineOf } from "../src/stage/define_stage.ts";
import { tokenClock } from "../src/stage/token_clock.ts";
import { adapterOf, linksOf, TRAINED, TRAINING_INPUTS } from "../src/stage/training.ts";

/** Trains a policy on completions that are given. */
export const train_supervised = defineStage({
  name: "train_supervised",
  version: 1,
  summary:
    "Supervised fine-tuning: on prompts and completions of a file, on problems with answers, or on a teacher's proposals.",
  config: {
    type: "object",
    properties: {
      path: {
        type: "string",
        format: "path",
        description:
          "A JSONL file with a prompt and a completion in each line: texts, or lists of messages as TRL has them.",
      },
      task: { ...TASK, description: "How problems are asked, where these are trained on." },
      completion: {
        type: "string",
        default: "answer",
        description: "The field of a problem that holds its completion.",
      },
      ...SUPERVISED_TRAINING,
      ...TRAINED,
    },
    additionalProperties: false,
  },
  inputs: {
    policy: "policy",
    /** Problems to train on, asked as the task asks them. */
    problems: "problems?",
    /** A teacher's datasets: what it wrote, after what it was asked. */
    datasets: "problems[]?",
    ...TRAINING_INPUTS,
  },
  outputs: {
    policy: "policy",
    /** Loss, gradient norm and learning rate of each step. */
    steps: "steps",
    /** Empty unless keep_optimizer is set. */
    optimizer: "optimizer",
  },
  check: checkSupervised,
  made: madeByTraining,
  footprint: "supervised",
  async run({ config, inputs, outputs, seed, services, signal, progress, record, checkpoints }) {
    using stack = new DisposableStack();
    const random = new Random(seed), { directory } = inputs.policy, { library } = services;
    const adapter = adapterOf(config.adapter);
    const policy = stack.use(loadTrainable(directory, adapter, random.derive("adapter")));
    const settings = { ...config, loss: await library.loss(config.loss) };
    const { sessions } = services, { last } = checkpoints;
    const steps: SupervisedStep[] = last === undefined
      ? []
      : JSON.parse(Deno.readTextFileSync(join(last.directory, SO_FAR)));
    const write = (directory: string) =>
      Deno.writeTextFileSync(join(directory, SO_FAR), JSON.stringify(steps));
    const attempt = { sessions, checkpoints, write };
    const links = linksOf(
      policy,
      inputs,
      outputs.optimizer,
      { ...settings, beta: 0 },
      stack,
      attempt,
    );
    const examples = config.path !== undefined
      ? lineExamples(policy, config.path)
      : inputs.datasets !== undefined
      ? proposalExamples(inputs.datasets)
      : examplesOf(policy, await library.task(config.task!), inputs.problems!, config.completion);
    const resumed = await links.resume?.(), done = resumed?.done ?? 0;
    const start = resumed?.optimizer ?? links.start, first = (start?.position ?? 0) - done;
    const trainer = stack.use(trainerOf(policy, engineOf({ services, signal }), settings, start));
    const total = supervisedSteps(examples.length, config);
    const clock = tokenClock();
    const position = await trainSupervised(trainer, examples, config, random, {
      position: first,
      done,
      signal,
      onStep(step) {
        steps.push(step);
        record("metrics", [{ ...rowOf(step), ...clock([step.tokens]) }]);
        progress(steps.length, total, { loss: step.loss });
        if (steps.length === total) return;
        const optimizer = { ...trainer.state, position: first + steps.length };
        links.onState?.({ optimizer, done: steps.length, changed: true });
      },
    });
    links.onEnd?.({ ...trainer.state, position });
    savePolicy(policy, outputs.policy.directory, outputs.policy.place);
    writeLines(
      outputs.steps.directory,
      STEPS_FILE,
      steps.map(rowOf),
    );
    const tail = steps.slice(-Math.ceil(examples.length / config.batch));
    return {
      examples: examples.length,
      steps: total,
      loss_first: steps[0]!.loss,
      loss_last_epoch: mean(tail.map(({ loss }) => loss)),
    };
  },
});

/** Steps before a checkpoint, in it. */
const SO_FAR = "steps.json";

function rowOf({ step, loss, gradNorm: grad_norm, learningRate: learning_rate }: SupervisedStep) {
  return { step, loss, grad_norm, learning_rate };
}

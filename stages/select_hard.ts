import { Random } from "../src/random/random.ts";
import { loadPolicy } from "../src/policy/mod.ts";
import { evaluate, SAMPLING } from "../src/rl/mod.ts";
import { readProblems, writeProblems } from "../src/stage/artifact_files.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { checkSampling } from "../src/stage/checks/check_sampling.ts";
import { defineStage, engineOf } from "../src/stage/define_stage.ts";

/** Keeps the problems that a policy never solves (SOAR's hard sets: failed in all of 128 samples). */
export const select_hard = defineStage({
  name: "select_hard",
  version: 1,
  summary: "Keeps problems that the policy fails in every one of many samples; splits them in two.",
  config: {
    type: "object",
    properties: {
      task: TASK,
      ...SAMPLING,
      samples: { ...SAMPLING.samples, default: 128 },
      train: { type: "integer", minimum: 1, default: 64, description: "Problems to train on." },
      test: { type: "integer", minimum: 1, default: 64, description: "Problems held out." },
    },
    required: ["task"],
    additionalProperties: false,
  },
  inputs: { policy: "policy", problems: "problems" },
  outputs: { train: "problems", test: "problems" },
  check: checkSampling,
  footprint: "sampling",
  async run({ config, inputs, outputs, seed, services, signal, progress, log }) {
    using policy = loadPolicy(inputs.policy.directory);
    const engine = engineOf({ services, signal });
    const task = await services.library.task(config.task);
    const random = new Random(seed);
    const pool = readProblems(inputs.problems);
    const hard = [];
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
      );
      hard.push(...part.filter((_, i) => results[i]!.correct === 0));
      progress(start + part.length, pool.length, { hard: hard.length });
    }
    const wanted = config.train + config.test;
    if (hard.length < wanted) {
      throw new Error(
        `Cannot select ${wanted} hard problems: only ${hard.length} of ${pool.length} were failed ` +
          `${config.samples} times; make more, or deeper ones`,
      );
    }
    log(`${hard.length} of ${pool.length} problems failed in all of ${config.samples} samples`);
    const shuffled = random.derive("split").shuffle(hard);
    writeProblems(outputs.train, shuffled.slice(0, config.train));
    writeProblems(outputs.test, shuffled.slice(config.train, wanted));
    return { pool: pool.length, hard: hard.length };
  },
});

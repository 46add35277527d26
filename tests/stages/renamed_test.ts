/** Settings that were called otherwise, or are elsewhere, are told by today's name and place. @module */
import assert from "node:assert/strict";
import { Document, makePlan } from "../../src/core/mod.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { STAGES } from "../../stages/mod.ts";

const library = new ProjectLibrary();

function mistakes(uses: string, settings: string, problems = "problems: pool.problems"): string {
  const text = `name: t\nwith: { task: listprog }\nsteps:\n` +
    `  base: { uses: load_policy, with: { path: examples/models/listprog } }\n` +
    `  pool: { uses: make_problems, with: { depth: 1, count: 2 } }\n` +
    `  s: { uses: ${uses}, in: { policy: base.policy, ${problems} }, with: ${settings} }\n`;
  try {
    makePlan(Document.parse("t.yaml", text), library, Deno.cwd());
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

const RENAMED = {
  world: "task",
  reward: "rewards",
  kl: "beta",
  group: "num_generations",
  epochs: "num_iterations",
  recompute: "gradient_checkpointing",
  schedule: "lr_scheduler_type",
  warmup: "warmup_steps",
  max_new_tokens: "max_completion_length",
  max_steps: "steps",
  mask_truncated_completions: "truncated",
  loss_type: "loss",
  reward_funcs: "rewards",
} as const;

for (const [old, now] of Object.entries(RENAMED)) {
  Deno.test(`train_student tells what ${old} is called`, () => {
    const told = mistakes("train_student", `{ ${old}: 1 }`);
    assert.match(
      told,
      new RegExp(`t\\.yaml:6:\\d+: error: unknown key ${old}: it is called ${now}\n`),
    );
    assert.match(told, new RegExp(`help: write ${now}`));
  });
}

for (
  const [stage, other, now, how] of [
    [
      "train_student",
      "num_train_epochs",
      "steps",
      "an epoch is as many steps as there are problems, divided by batch",
    ],
    [
      "train_student",
      "per_device_train_batch_size",
      "batch",
      "it counts problems; divide a number of rollouts by num_generations",
    ],
    [
      "train_student",
      "warmup_ratio",
      "warmup_steps",
      "it counts steps; multiply the ratio by steps",
    ],
    [
      "train_supervised",
      "warmup_ratio",
      "warmup_steps",
      "it counts steps; multiply the ratio by steps",
    ],
  ] as const
) {
  Deno.test(`${stage} tells how ${other} is reckoned here`, () => {
    const told = mistakes(stage, `{ ${other}: 1 }`);
    assert.match(told, new RegExp(`unknown key ${other}: it is called ${now}\n`));
    assert.ok(told.includes(`help: write ${now}: ${how}`), told);
  });
}

Deno.test("old names within another setting, and of a loss, are told too", () => {
  const adapter = mistakes(
    "train_student",
    "{ adapter: { rank: 2, alpha: 4, targets: [q_proj] } }",
  );
  for (
    const [old, now] of [["rank", "r"], ["alpha", "lora_alpha"], ["targets", "target_modules"]]
  ) {
    assert.match(adapter, new RegExp(`unknown key adapter\\.${old}: it is called ${now}\n`));
  }
  const clip = mistakes("train_student", "{ loss: { uses: grpo, clip_high: 0.3 } }");
  assert.match(clip, /unknown key clip_high: it is called epsilon_high/);
});

Deno.test("a setting of a loss beside it is told where it belongs, in the loss that is used", () => {
  const of = (settings: string) => mistakes("train_student", settings);
  assert.match(of("{ epsilon: 0.1 }"), /write loss: \{ uses: rloo, epsilon: … \}/);
  assert.match(of("{ clip_low: 0.1, loss: dapo }"), /write loss: \{ uses: dapo, epsilon: … \}/);
  assert.match(of("{ level: token }"), /write loss: \{ uses: \w+, importance_sampling_level: … \}/);
  // What is nobody's is only unknown.
  assert.match(of("{ estimater: rloo }"), /unknown key estimater\n[^]*did you mean estimator\?/);
  assert.equal(of("{ loss: { uses: gspo, beta: 0.04 }, beta: 0 }"), "");
  assert.match(of("{ loss: { uses: gspo, beta: 0.04 } }"), /the KL penalty is taken twice/);
});

Deno.test("truncated sampling is there where nothing is trained on it, and not greedy", () => {
  const all = "{ top_k: 5, top_p: 0.9, min_p: 0.1, stop_strings: ['#'] }";
  for (const stage of ["evaluate", "select_hard"]) assert.equal(mistakes(stage, all), "");
  assert.match(mistakes("evaluate", "{ top_p: 0.5, temperature: 0 }"), /top_p does nothing with/);
  assert.match(mistakes("evaluate", "{ top_p: 1.5 }"), /must be <= 1/);
  for (const setting of ["top_k", "top_p", "min_p", "stop_strings"]) {
    const having = Object.values(STAGES).filter(({ config }) => setting in config.properties);
    assert.deepEqual(having.map(({ name }) => name).toSorted(), [
      "evaluate",
      "reward_learnability",
      "select_hard",
    ]);
  }
});

Deno.test("train_supervised wants one source, and a task for problems", () => {
  assert.equal(mistakes("train_supervised", "{}"), "");
  const both = mistakes("train_supervised", "{ path: README.md }");
  assert.match(both, /path and problems are both to be trained on/);
  const steps = mistakes("train_supervised", "{ steps: 3, num_train_epochs: 2 }");
  assert.match(steps, /num_train_epochs does nothing where steps is set/);
  const decay = mistakes("train_supervised", "{ decay_on: all }");
  assert.match(decay, /decay_on: all does nothing with weight_decay: 0/);
  assert.equal(mistakes("train_supervised", "{ completion: problem }"), "");
  const field = mistakes("train_supervised", "{ path: README.md, completion: problem }", "");
  assert.match(field, /completion is a field of problems, and these are not trained on/);
});

Deno.test("rewards that pay nothing, and a stop text that every completion begins with, are refused", () => {
  for (const rewards of ["{}", "{ correct: 0 }", "{ correct: 0, formatted: { weight: -0 } }"]) {
    assert.match(mistakes("train_student", `{ rewards: ${rewards} }`), /rewards pay nothing/);
  }
  assert.equal(mistakes("train_student", "{ rewards: { correct: 0, formatted: -1 } }"), "");
  for (const stage of ["evaluate", "select_hard"]) {
    assert.match(mistakes(stage, "{ stop_strings: ['#', ''] }"), /stop_strings has an empty text/);
  }
});

Deno.test("a setting that is gone is told what to do instead", () => {
  const told = mistakes("train_student", "{ keep_rollouts: true }");
  assert.match(told, /unknown key keep_rollouts\n/);
  assert.match(
    told,
    /help: leave it out: rollouts are always kept, beside the result; soar rollouts/,
  );
});

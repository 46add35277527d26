/** No setting of a stage is without effect. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ObjectSchema } from "../../schemas/infer.ts";
import type { Artifact, Input } from "../../src/core/stage.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { solve } from "../listprog.ts";
import { STAGES } from "../../stages/mod.ts";
import { Bench, contents } from "./run_stage.ts";

type Settings = Readonly<Record<string, unknown>>;
interface Case {
  /** Another value than the usual one. */
  readonly other: unknown;
  /** Settings that the other value needs. */
  readonly and?: Settings;
  /** What the setting needs to have something to do. */
  readonly with?: Settings;
  /** Inputs that are connected besides. */
  readonly inputs?: readonly string[];
  /** The other value is refused when the stage runs. */
  readonly refused?: RegExp;
}
interface Subject {
  /** What makes the stage short, and every setting count. */
  readonly usual: Settings;
  /** By setting; one within another by `outer.inner`. */
  readonly cases: Readonly<Record<string, Case>>;
  /** Settings whose results are the same by intent. */
  readonly same: readonly string[];
}

const ADAPTER = { r: 2, lora_alpha: 4, target_modules: ["q_proj"] };
/** How the learning rate goes, with what makes it count. */
const schedule = (inputs: readonly string[]): Readonly<Record<string, Case>> => ({
  learning_rate: { other: 2e-3, inputs },
  lr_scheduler_type: { other: "linear", and: { schedule_steps: 10 }, inputs },
  schedule_steps: {
    other: 20,
    with: { lr_scheduler_type: "linear", schedule_steps: 10 },
    inputs,
  },
  warmup_steps: { other: 10, inputs },
  warmup_from: { other: "fraction", with: { warmup_steps: 10 }, inputs },
});
/** What is trained, and how it is optimized. */
const trained = (inputs: readonly string[]): Readonly<Record<string, Case>> => ({
  weight_decay: { other: 0.1, inputs },
  decay_on: { other: "all", with: { weight_decay: 0.1 }, inputs },
  max_grad_norm: { other: 1e-3, inputs },
  gradient_checkpointing: { other: true, inputs },
  adapter: { other: ADAPTER, inputs },
  "adapter.r": { other: { ...ADAPTER, r: 3 }, with: { adapter: ADAPTER }, inputs },
  "adapter.lora_alpha": {
    other: { ...ADAPTER, lora_alpha: 8 },
    with: { adapter: ADAPTER },
    inputs,
  },
  "adapter.target_modules": {
    other: { ...ADAPTER, target_modules: ["v_proj"] },
    with: { adapter: ADAPTER },
    inputs,
  },
});
const GRADIENT: Readonly<Record<string, Case>> = {
  ...schedule(["optimizer"]),
  ...trained([]),
  estimator: { other: "dr_grpo" },
  loss: { other: "dapo" },
  "loss.rloo.epsilon": { other: { uses: "rloo", epsilon: 0.99 } },
  "loss.rloo.epsilon_high": { other: { uses: "rloo", epsilon_high: 5 } },
  beta: { other: 5, with: { beta: 0.5 }, inputs: ["reference"] },
  num_iterations: { other: 1 },
};
const CORPUS = [
  ...["solver_share", "solver_hard_share", "solver_right"],
  ...["teacher_hard_share", "teacher_right"],
];

/** The embedded task with another corpus. */
const corpus = (mixture: Settings) => ({ uses: "listprog", corpus: mixture });

const TASK: Readonly<Record<string, Case>> = {
  task: { other: corpus({ solver_share: 0.2 }) },
  "task.listprog.corpus": { other: corpus({ solver_share: 0.3 }) },
  "task.listprog.corpus.solver_depth": { other: corpus({ solver_depth: 2 }) },
  "task.listprog.corpus.teacher_depth": { other: corpus({ teacher_depth: 1 }) },
  ...Object.fromEntries(
    CORPUS.map((key) => [`task.listprog.corpus.${key}`, { other: corpus({ [key]: 0.3 }) }]),
  ),
};

/** Files of prompts and completions. */
const EXAMPLES = ["a54321", "b12345"].map((completion) => {
  const file = Deno.makeTempFileSync({ suffix: ".jsonl" });
  Deno.writeTextFileSync(file, JSON.stringify({ prompt: "12345", completion }) + "\n");
  globalThis.addEventListener("unload", () => Deno.removeSync(file));
  return file;
});

/** Files of problems: every setting of what is read counts in one of them. */
const DATA = Deno.makeTempDirSync({ prefix: "soar-settings-" });
globalThis.addEventListener("unload", () => Deno.removeSync(DATA, { recursive: true }));
const dataFile = (name: string, content: string): string => {
  const file = `${DATA}/${name}`;
  Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(file, content);
  return file;
};
const ROWS = Array.from({ length: 8 }, (_, i) => ({
  question: i === 7 ? "Question  0" : `question ${i}`,
  solution: `x\n#### ${i}\nA: ${i + 1}\n\\boxed{${i + 2}}`,
  picked: i % 2 === 0 ? "a" : "b",
  options: { b: "no", a: "yes" },
  level: i,
  name: `n${i}`,
  ...(i === 3 ? {} : { sparse: i === 4 ? "\\frac{1}{" : String(i) }),
}));
const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row) + "\n").join("");
const QUESTIONS = dataFile("rows.jsonl", lines(ROWS));
const TURNED = dataFile("turned.jsonl", lines(ROWS.toReversed()));
const WITHIN = dataFile("within.json", JSON.stringify({ a: ROWS, b: ROWS.slice(2) }));
for (const [i, part] of ["en/train", "en/test", "de/train"].entries()) {
  dataFile(`parts/${part}.jsonl`, lines(ROWS.slice(i)));
}
const PARTS = { path: `${DATA}/parts`, split: "train", subset: "en" };
const where = (condition: Settings): Case => ({ other: { level: condition } });

/** What sampling may do where nothing is trained on it. */
const TRUNCATION: Readonly<Record<string, Case>> = {
  top_k: { other: 1 },
  top_p: { other: 0.1 },
  min_p: { other: 1 },
  stop_strings: { other: ["#"] },
};

const SUBJECTS: Readonly<Record<string, Subject>> = {
  train_student: {
    usual: {
      task: "listprog",
      steps: 2,
      batch: 2,
      num_generations: 8,
      num_iterations: 3,
      learning_rate: 1e-3,
      max_completion_length: 16,
      loss: "rloo",
    },
    cases: {
      ...GRADIENT,
      ...TASK, // the corpus is for pretraining alone
      steps: { other: 3 },
      batch: { other: 3 },
      num_generations: { other: 6 },
      temperature: { other: 0.7 },
      max_completion_length: { other: 9 },
      rewards: { other: { correct: 2 } },
      "rewards.weight": { other: { correct: { weight: 3 } } },
      "rewards.uses": { other: { correct: { uses: "formatted", weight: 1 } } },
      "rewards.correct": {
        other: { correct: 1, formatted: 0.1 },
        with: { rewards: { formatted: 0.1 } },
      },
      "rewards.mentioned": {
        other: { correct: 1, mentioned: 0.5 },
        with: { batch: 5, num_generations: 16, max_completion_length: 24 },
      },
      "rewards.formatted": { other: { correct: 1, formatted: 0.5 } },
      "rewards.tests_passed": { other: { correct: 1, tests_passed: 0.5 } },
      truncated: { other: "mask", with: { max_completion_length: 12 } },
      extra_steps: { other: 1, inputs: ["promotion"] },
      extra_promotions: { other: 1, with: { extra_steps: 1 }, inputs: ["promotion"] },
      checkpoint_every: { other: 1 },
      keep_optimizer: { other: true },
    },
    same: ["gradient_checkpointing", "task"],
  },
  update_teacher: {
    usual: { num_iterations: 3, learning_rate: 5e-5, loss: "rloo" },
    cases: {
      ...GRADIENT,
      temperature: { other: 0.9, refused: /the temperature it was drawn at/ },
      keep_optimizer: { other: false },
    },
    same: ["gradient_checkpointing"],
  },
  train_supervised: {
    usual: { task: "questions", batch: 2, loss: "cross_entropy", learning_rate: 1e-3 },
    cases: {
      ...schedule(["problems", "optimizer"]),
      ...trained(["problems"]),
      // There is no other of this kind; that it is used is seen by what it needs.
      loss: {
        other: "rloo",
        inputs: ["problems"],
        refused: /row 0: loss rloo needs advantages, a number, and it has none/,
      },
      path: { other: EXAMPLES[1], with: { path: EXAMPLES[0] } },
      task: { other: { uses: "questions", prompt: "{{ answer }}" }, inputs: ["problems"] },
      completion: { other: "problem", inputs: ["problems"] },
      batch: { other: 3, inputs: ["problems"] },
      num_train_epochs: { other: 2, inputs: ["problems"] },
      steps: { other: 1, inputs: ["problems"] },
      shuffle: { other: false, inputs: ["problems"] },
      keep_optimizer: { other: true, inputs: ["problems"] },
    },
    same: ["gradient_checkpointing"],
  },
  pretrain: {
    usual: {
      task: "listprog",
      steps: 5,
      batch: 8,
      learning_rate: 1e-3,
      warmup_steps: 2,
      model: { num_hidden_layers: 1 },
    },
    cases: {
      steps: { other: 2 },
      batch: { other: 6 },
      learning_rate: { other: 2e-3 },
      lr_scheduler_type: { other: "constant" },
      adam_beta2: { other: 0.9 },
      warmup_steps: { other: 0 },
      warmup_from: { other: "fraction" },
      model: { other: { num_hidden_layers: 2 } },
      "model.hidden_size": { other: { num_hidden_layers: 1, hidden_size: 128 } },
      "model.intermediate_size": { other: { num_hidden_layers: 1, intermediate_size: 80 } },
      "model.num_hidden_layers": { other: { num_hidden_layers: 2 } },
      "model.num_attention_heads": {
        other: { num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 2 },
      },
      "model.num_key_value_heads": { other: { num_hidden_layers: 1, num_key_value_heads: 2 } },
      "model.max_position_embeddings": {
        other: { num_hidden_layers: 1, max_position_embeddings: 256 },
      },
      ...TASK,
    },
    same: [],
  },
  evaluate: {
    usual: { task: "listprog", samples: 4 },
    cases: {
      ...TASK,
      samples: { other: 5 },
      temperature: { other: 0 },
      max_completion_length: { other: 5 },
      ...TRUNCATION,
    },
    same: ["task"],
  },
  select_hard: {
    usual: { task: "listprog", samples: 2, train: 1, test: 1 },
    cases: {
      ...TASK,
      samples: { other: 16 },
      temperature: { other: 0.1 },
      max_completion_length: { other: 5 },
      ...TRUNCATION,
      max_correct: { other: 1 },
      train: { other: 2 },
      test: { other: 2 },
    },
    same: ["task"],
  },
  split_problems: {
    usual: { train: 1, test: 2 },
    cases: { train: { other: 2 }, validation: { other: 1 }, test: { other: 0.2 } },
    same: [],
  },
  reward_learnability: {
    usual: { task: "listprog", samples: 8, max_completion_length: 30 },
    cases: {
      ...TASK,
      samples: { other: 5 },
      temperature: { other: 0.1 },
      max_completion_length: { other: 1 },
      ...TRUNCATION,
      per: { other: "problem" },
    },
    same: ["task"],
  },
  sample_problems: {
    usual: { task: "listprog", datasets: 2, size: 2 },
    cases: {
      ...TASK,
      datasets: { other: 3 },
      size: { other: 3 },
      limit: { other: 3, refused: /limit: 3 is less than 2 datasets of 2 problems need/ },
      temperature: { other: 0.5 },
      max_completion_length: { other: 26 },
    },
    same: ["task"],
  },
  load_problems: {
    usual: {
      path: QUESTIONS,
      problem: "question",
      answer: "sparse",
      bad_rows: "drop",
      limit: 6,
      shuffle: false,
    },
    cases: {
      path: { other: TURNED },
      paths: { other: [TURNED, QUESTIONS], and: { path: undefined } },
      repo: { other: "a/b" }, // not asked where there is a path; tests/hub/data_set_test.ts asks
      revision: { other: "later" },
      subset: { other: "de", with: PARTS },
      split: { other: "test", with: PARTS },
      file: { other: "*/test.jsonl", with: PARTS },
      format: { other: "json", refused: /is no JSON/ },
      rows: { other: "b", with: { path: WITHIN, rows: "a" } },
      problem: { other: "solution" },
      template: { other: "{{ question }}?" },
      answer: { other: "solution" },
      answer_template: { other: "{{ level }}" },
      answer_kind: { other: "boxed", with: { answer: "solution" } },
      answer_mark: { other: "A:", with: { answer: "solution", answer_kind: "after" } },
      choices: {
        other: "options",
        with: { answer: "picked", answer_kind: "choice" },
        and: { bad_rows: "drop" },
      },
      id: { other: "name" },
      fields: { other: { kept: "level" } },
      where: where({ min: 2 }),
      "where.NAME.equals": where({ equals: 2 }),
      "where.NAME.in": where({ in: [1, 2] }),
      "where.NAME.not_in": where({ not_in: [1] }),
      "where.NAME.min": where({ min: 2 }),
      "where.NAME.max": where({ max: 2 }),
      "where.NAME.matches": where({ matches: "[24]" }),
      duplicates: { other: "drop", with: { limit: 9 } },
      bad_rows: { other: "refuse", refused: /rows that cannot be used: 1 of 7/ },
      shuffle: { other: true },
      limit: { other: 1 },
      expect: { other: 5, refused: /it has 6 problems, and expect is 5/ },
      task: { other: "math" },
    },
    same: ["repo", "revision"],
  },
  make_problems: {
    usual: { task: "listprog", count: 3, depth: 2 },
    cases: { ...TASK, count: { other: 4 }, depth: { other: 3 } },
    same: ["task"],
  },
  draw_problems: { usual: { count: 3 }, cases: { count: { other: 2 } }, same: [] },
  promote: {
    usual: {},
    cases: {
      tau: { other: 10, inputs: ["previous"] },
      window: { other: 1, inputs: ["previous"] },
      full_window: { other: true, inputs: ["previous"] },
      clear_window: { other: false, inputs: ["previous"] },
    },
    same: [],
  },
  checkpoint_rule: {
    usual: { window: 3, after: 2 },
    cases: { window: { other: 1 }, share: { other: 0.6 }, after: { other: 1 } },
    same: [],
  },
  report: {
    usual: {},
    cases: {
      title: { other: "Other", inputs: ["evaluations"] },
      baseline: { other: "student", inputs: ["evaluations"] },
    },
    same: [],
  },
  compare_arms: { usual: {}, cases: { title: { other: "Other" } }, same: [] },
};

/** Stages without settings, and two whose settings are tested in tests/stages/load_policy_test.ts and tests/hub. */
const OTHERS = ["merge_problems", "reward_grounded", "load_policy", "download_policy"];

const base = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

/** Rewards of a student: flat from step 5 on, as tests/rl/checkpoint_rule_test.ts has it. */
const CURVE = [0, 0, 3, 3, 6, 6, 3.3, 6];

/** What the stages read. */
async function inputsOf(bench: Bench): Promise<Record<string, Input>> {
  const policy: Artifact = { kind: "policy", digest: "base", directory: base };
  const problems = bench.problems(
    Array.from({ length: 4 }, (_, i) => {
      const problem = `${10234 + 5071 * i}a`.slice(-6);
      return { id: `${i}`, problem, answer: solve(problem)! };
    }).concat({ id: "half", problem: "12345ar", answer: solve("12345a")! }),
  );
  const posed = await bench.run("sample_problems", { task: "listprog", datasets: 2, size: 2 }, {
    policy,
  });
  const reference = await bench.run("train_student", {
    task: "listprog",
    steps: 1,
    batch: 4,
    learning_rate: 1e-3,
  }, {
    policy,
    problems,
  });
  const evaluation = (accuracy: number) =>
    bench.json("evaluation", {
      problems: 2,
      sampling: { temperature: 1, max_completion_length: 8, samples: 10, greedy: false },
      accuracy,
      interval: [0, 1],
      pass_at: { "1": accuracy },
      results: ["g", "h"].map((id) => ({ id, correct: 10 * accuracy, samples: 10, answers: [] })),
    });
  const rewards = bench.json("rewards", { rewards: [0.5, 0.1], repeats: [[0.5], [0.1]] });
  const optimizer = await bench.run("update_teacher", {}, {
    policy,
    datasets: posed.items.datasets,
    rewards,
  });
  return {
    policy,
    problems,
    rewards,
    datasets: [...posed.items.datasets!],
    reference: reference.outputs.policy!,
    promotion: bench.json("promotion", { count: 2 }),
    previous: bench.json("promotion", { count: 1, history: [0.2], questions: [] }),
    baseline: policy,
    students: [policy, reference.outputs.policy!],
    before: evaluation(0.1),
    after: [evaluation(0.2), evaluation(0.3)],
    evaluations: { base: evaluation(0.1), student: evaluation(0.2) },
    arms: { mixed: [evaluation(0.2)] },
    rollouts: bench.artifact("rollouts", (to) => {
      const lines = CURVE.map((reward) => JSON.stringify({ reward }) + "\n").join("");
      Deno.writeTextFileSync(`${to}/steps.jsonl`, lines);
      const steps = CURVE.map((_, i) => i + 1);
      Deno.writeTextFileSync(`${to}/checkpoints.json`, JSON.stringify({ steps }));
    }),
    reports: CURVE.map((_, i) => evaluation(i / 10)),
    optimizer: optimizer.outputs.optimizer!,
  };
}

const library = new ProjectLibrary();

/** Every setting of a schema, with those of the definitions that the usual ones name. */
function declaredIn(schema: ObjectSchema, usual: Settings): string[] {
  const within = (key: string, names: readonly string[]) => names.map((name) => `${key}.${name}`);
  return Object.entries(schema.properties).flatMap(([key, property]) => {
    if ("properties" in property) return [key, ...within(key, declaredIn(property, {}))];
    if ("additionalProperties" in property) {
      const { additionalProperties: values } = property;
      return [
        key,
        ...within(key, "properties" in values ? within("NAME", declaredIn(values, {})) : []),
      ];
    }
    if ("components" in property) {
      const names = ["uses", ...Object.keys(property.each.properties)];
      return [key, ...within(key, [...names, ...library.names(property.components)])];
    }
    if (!("component" in property)) return [key];
    const name = usual[key] ?? property.default;
    if (name === undefined) return [key];
    const { definition } = library.definition(property.component, String(name))!;
    return [key, ...within(key, within(String(name), declaredIn(definition.config, {})))];
  });
}
Deno.test("every stage has its settings tested", () => {
  assert.deepEqual(
    [...Object.keys(SUBJECTS), ...OTHERS].toSorted(),
    Object.keys(STAGES).toSorted(),
  );
});

for (const [name, { usual, cases, same }] of Object.entries(SUBJECTS)) {
  Deno.test(`every setting of ${name} changes what comes out`, async () => {
    using bench = new Bench();
    const inputs = await inputsOf(bench);
    const stage = STAGES[name]!;
    const made = new Map<string, string>();
    const result = async (config: Settings, extra: readonly string[]) => {
      const key = JSON.stringify([config, extra]);
      if (!made.has(key)) {
        const ports = Object.keys(stage.inputs).filter((port) =>
          !stage.inputs[port]!.endsWith("?") || extra.includes(port)
        );
        const { outputs } = await bench.run(
          name,
          config,
          Object.fromEntries(ports.map((port) => [port, inputs[port]])),
        );
        made.set(key, Object.values(outputs).map(({ directory }) => contents(directory)).join());
      }
      return made.get(key)!;
    };
    for (
      const [setting, { other, and = {}, with: needed = {}, inputs: extra = [], refused }] of Object
        .entries(
          cases,
        )
    ) {
      const key = setting.split(".")[0]!;
      const known = await result({ ...usual, ...needed }, extra);
      if (refused !== undefined) {
        await assert.rejects(result({ ...usual, [key]: other }, extra), refused, setting);
        continue;
      }
      const changed = await result({ ...usual, ...needed, ...and, [key]: other }, extra);
      if (same.includes(key)) assert.equal(changed, known, setting);
      else assert.notEqual(changed, known, setting);
    }
    // What a task of the user's may be set to is the task's own test.
    const declared = declaredIn(stage.config, usual).filter((key) =>
      !key.startsWith("task.questions")
    );
    assert.deepEqual(declared.toSorted(), Object.keys(cases).toSorted());
  });
}

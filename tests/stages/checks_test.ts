/** What schemas cannot say: settings that need others, or an input, and what will not be there to be read. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { Document, makePlan } from "../../src/core/mod.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

/** A pipeline whose teacher is updated as `teach` says, and its student trained as `train` says. */
const pipeline = (teach: string, train = "") =>
  `name: t
with: { task: listprog }
steps:
  base: { uses: load_policy, with: { path: ${JSON.stringify(MODEL)} } }
  pool: { uses: make_problems, with: { depth: 1, count: 4 } }
  meta:
    loop: { times: 2, carry: { teacher: base.policy, optimizer: null, promotion: null } }
    steps:
      propose: { uses: sample_problems, in: { policy: prev.teacher } }
      student:
        uses: train_student
        in: { policy: base.policy, problems: pool.problems${train}
      after: { uses: evaluate, in: { policy: student.policy, problems: pool.problems } }
      reward:
        uses: reward_grounded
        in: { policy: base.policy, datasets: propose.datasets, before: after.report, after: after.report }
      teach:
        uses: update_teacher
        in: { policy: prev.teacher, datasets: propose.datasets, rewards: reward.rewards${teach}
    yield: { teacher: teach.policy, optimizer: teach.optimizer, promotion: null }
`;

const REFUSED: readonly (readonly [teach: string, train: string, message: RegExp])[] = [
  [
    " }\n        with: { lr_scheduler_type: cosine }",
    " }",
    /lr_scheduler_type: cosine needs schedule_steps/,
  ],
  [
    " }\n        with: { lr_scheduler_type: cosine, schedule_steps: 9 }",
    " }",
    /the schedule runs over outer steps, which nothing counts here[^]*optimizer: prev\.optimizer/,
  ],
  [" }\n        with: { warmup_steps: 3 }", " }", /which nothing counts here/],
  [
    ", optimizer: prev.optimizer }\n        with: { schedule_steps: 9 }",
    " }",
    /schedule_steps does nothing with lr_scheduler_type: constant/,
  ],
  [
    " }\n        with: { beta: 0.001 }",
    " }",
    /beta: 0\.001 has no policy[^]*reference: base\.policy/,
  ],
  [", reference: base.policy }", " }", /input reference does nothing with beta: 0/],
  [
    " }",
    " }\n        with: { extra_steps: 5 }",
    /extra_steps has no promotions[^]*promotion: prev/,
  ],
  [
    " }",
    ", promotion: prev.promotion }\n        with: { extra_promotions: 1 }",
    /extra_promotions does nothing without extra_steps/,
  ],
  [
    " }",
    " }\n        with: { steps: 9, checkpoint_every: 10 }",
    /checkpoint_every: 10 is more than/,
  ],
  [
    " }",
    " }\n        with: { steps: 9, lr_scheduler_type: linear, schedule_steps: 8 }",
    /schedule_steps: 8 is over before 9 steps are/,
  ],
  [
    " }",
    " }\n        with: { lr_scheduler_type: cosine, schedule_steps: 20, warmup_steps: 20 }",
    /schedule_steps: 20 leaves nothing after warmup_steps: 20/,
  ],
  [" }", " }\n        with: { warmup_from: fraction }", /does nothing with warmup_steps: 0/],
  [" }\n        with: { decay_on: all }", " }", /decay_on: all does nothing with weight_decay: 0/],
  [" }\n        with: { keep_optimizer: false }", " }", /teach\.optimizer will be empty[^]*true/],
];

const OTHERS: readonly (readonly [steps: string, message: RegExp])[] = [
  [
    "  e: { uses: evaluate, in: { policy: 'more.checkpoints[0]', problems: pool.problems } }\n",
    /more\.checkpoints\[0\] will be empty[^]*set checkpoint_every/,
  ],
  [
    "  goes_on: { uses: train_student, in: { policy: more.policy, problems: pool.problems, " +
    "optimizer: more.optimizer } }\n",
    /more\.optimizer will be empty[^]*set keep_optimizer: true/,
  ],
  [
    "  t: { uses: train_student, with: { steps: 7, checkpoint_every: 3 }, " +
    "in: { policy: base.policy, problems: pool.problems } }\n" +
    "  e: { uses: evaluate, in: { policy: 't.checkpoints[2]', problems: pool.problems } }\n",
    /t\.checkpoints\[2\]: there will be 2 items[^]*steps: 7 with checkpoint_every: 3 give 2/,
  ],
  [
    "  p: { uses: sample_problems, in: { policy: base.policy }, with: { datasets: 2 } }\n" +
    "  u: { uses: train_student, in: { policy: base.policy, problems: 'p.datasets[2]' } }\n",
    /p\.datasets\[2\]: there will be 2 items/,
  ],
  [
    "  p: { uses: sample_problems, in: { policy: base.policy }, with: { limit: 5 } }\n",
    /limit: 5 is less than 4 datasets of 32 problems need[^]*write 128 or more/,
  ],
  ["  c: { uses: compare_arms }\n", /input arms of stage compare_arms is not connected/],
  [
    "  p: { uses: pretrain, with: { model: { num_attention_heads: 6 } } }\n",
    /hidden_size: 64 cannot be split among 6 heads/,
  ],
  [
    "  l: { uses: load_problems }\n",
    /nothing says where the problems are[^]*write path: FILE, or repo/,
  ],
  [
    "  l: { uses: load_problems, with: { path: deno.json, paths: [deno.json] } }\n",
    /path and paths both name files/,
  ],
  [
    "  l: { uses: load_problems, with: { repo: a/b, choices: c } }\n",
    /choices does nothing with answer_kind: bare/,
  ],
  [
    "  l: { uses: load_problems, with: { repo: a/b, limit: 5, expect: 6 } }\n",
    /expect: 6 is more than limit: 5 leaves/,
  ],
  [
    "  l: { uses: load_problems, with: { repo: a/b, where: { n: { min: 2, max: 1 } } } }\n",
    /no number is 2 or more and 1 or less \(n\)/,
  ],
  [
    "  l: { uses: load_problems, with: { path: examples/own/problems.jsonl, problem: question } }\n",
    /line 1 of .*problems\.jsonl has no answer[^]*it has question, solution; write answer: and one/,
  ],
  [
    "  s: { uses: split_problems, in: { problems: pool.problems }, with: { train: 0.6, test: 0.5 } }\n",
    /train: 0\.6 and test: 0\.5 are more than all/,
  ],
  [
    "  s: { uses: split_problems, in: { problems: pool.problems }, with: { test: 1.5 } }\n",
    /test: 1\.5 is neither a whole number nor a share below 1[^]*write 2, or a share such as 0\.5/,
  ],
  [
    "  s: { uses: split_problems, in: { problems: pool.problems } }\n" +
    "  e: { uses: evaluate, in: { policy: base.policy, problems: s.validation } }\n",
    /s\.validation will be empty[^]*set validation/,
  ],
  [
    "  h: { uses: select_hard, in: { policy: base.policy, problems: pool.problems }, " +
    "with: { samples: 2, max_correct: 2 } }\n",
    /max_correct: 2 of samples: 2 takes every problem/,
  ],
  [
    `  l: { uses: load_policy, with: { path: ${JSON.stringify(MODEL)}, pretokenizer: gpt-2 } }\n`,
    /pretokenizer is gpt-2, but .* is no GGUF file/,
  ],
];

Deno.test("settings that need others, or an input, are refused before anything runs, with their place", () => {
  const text = (teach: string, train: string) => pipeline(teach, train);
  const plan = (text: string) =>
    makePlan(Document.parse("test.yaml", text), new ProjectLibrary(), Deno.cwd());
  plan(text(" }", " }"));
  plan(text(
    ", optimizer: prev.optimizer, reference: base.policy }\n" +
      "        with: { lr_scheduler_type: cosine, schedule_steps: 200, warmup_steps: 20, beta: 0.001 }",
    ", promotion: prev.promotion }\n        with: { extra_steps: 5, extra_promotions: 1 }",
  ));
  // Of other steps: what is not there to be read, and what cannot be.
  const steps =
    "  more: { uses: train_student, in: { policy: base.policy, problems: pool.problems } }\n";
  for (const [lines, message] of OTHERS) {
    assert.throws(() => plan(text(" }", " }") + steps + lines), {
      message: new RegExp(`test\\.yaml:\\d+:\\d+: error: .*${message.source}`),
    });
  }
  for (const [teach, train, message] of REFUSED) {
    assert.throws(() => plan(text(teach, train)), {
      name: "DiagnosticError",
      message: new RegExp(`test\\.yaml:\\d+:\\d+: error: .*${message.source}`),
    });
  }
});

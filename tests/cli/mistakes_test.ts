/** Typical mistakes on the command line and in files, with all that is told of them. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Document } from "../../src/core/mod.ts";
import { soar } from "./program.ts";

const GOOD = `name: good
device: cpu
params: { count: 2 }
steps:
  a: { uses: make_problems, with: { task: listprog, depth: 1, count: "\${params.count}" } }
`;

/** Arguments, and the whole message. */
const COMMANDS: Readonly<Record<string, string>> = {
  "rn good.yaml":
    "error: there is no command rn, and no pipeline of that name\n  help: did you mean run?\n",
  "valdate good.yaml":
    "error: there is no command valdate, and no pipeline of that name\n  help: did you mean validate?\n",
  "good.yaml --dry-run":
    "error: unknown option '--dry-run'\n  help: soar plan PIPELINE tells what a run would do\n",
  "good.yaml --watch":
    "error: unknown option '--watch'\n  help: soar logs -f follows a run, and soar ui shows it live\n",
  "good.yaml --device cuda":
    "error: unknown option '--device'\n  help: values are set as path=value: device=…\n",
  "good.yaml --max-steps 3":
    "error: unknown option '--max-steps'\n  help: values are set as path=value: max_steps=…\n",
  "good.yaml --lr 3":
    "error: unknown option '--lr'\n  help: settings are set as path=value: steps.STEP.with.learning_rate=…\n",
  "good.yaml --num-generations 4":
    "error: unknown option '--num-generations'\n  help: settings are set as path=value: steps.STEP.with.num_generations=…\n",
  "good.yaml --per_device_train_batch_size 4":
    "error: unknown option '--per_device_train_batch_size'\n  help: settings are set as path=value: steps.STEP.with.batch=…\n",
  "good.yaml --output_dir x":
    "error: unknown option '--output_dir'\n  help: --store DIR says where results are kept; soar export copies one out\n",
  "good.yaml --store": "error: option '--store <dir>' argument missing\n",
  "good.yaml --threads 0":
    "error: option '--threads <n>' argument '0' is invalid. Give an integer from 1 on.\n",
  "show nothing": "error: .soar has no runs\n  help: run a pipeline first\n",
  "good.yaml params.cuont=3":
    "error: override params.cuont=3: there is no params.cuont\n  help: did you mean count?\n",
  "good.yaml steps.b.with.count=3":
    "error: override steps.b.with.count=3: there is no steps.b\n  help: did you mean a?\n",
  "good.yaml params.count=abc":
    `override params.count:1:1: error: count: expected integer, got string "abc"
  1 | abc
    | ^^^
  help: write a whole number
good.yaml:5:70: note: it is used here
  5 |   a: { uses: make_problems, with: { task: listprog, depth: 1, count: "\${params.count}" } }
    |                                                                      ^^^^^^^^^^^^^^^^^
`,
  "good.yaml seed=x": `override seed:1:1: error: seed: expected integer, got string "x"
  1 | x
    | ^
  help: write a whole number
`,
  "good.yaml steps.a.with.depth=deep":
    `override steps.a.with.depth:1:1: error: depth: expected integer, got string "deep"
  1 | deep
    | ^^^^
  help: write a whole number
`,
  "good.yaml params.count": "error: override params.count has no value\n  help: write path=value\n",
};

/** Texts of pipelines, and the whole message. */
const FILES: Readonly<Record<string, readonly [text: string, told: string]>> = {
  "device gpu": [
    GOOD.replace("device: cpu", "device: gpu"),
    `p.yaml:2:9: error: device: "gpu" is none of auto, cpu, webgpu, cuda
  2 | device: gpu
    |         ^^^
  help: write cuda or webgpu, or auto, which takes what works
`,
  ],
  "lines indented by tabs": [
    "name: t\nsteps:\n\ta: {}\n\tb: {}\n\tc: {}\n",
    `p.yaml:3:1: error: YAML syntax: Tabs are not allowed as indentation (and on 2 more lines)
  3 |  a: {}
    | ^
  help: indent by spaces
`,
  ],
  "an item that there will not be": [
    GOOD + `  base: { uses: load_policy, with: { path: "." } }
  p: { uses: sample_problems, in: { policy: base.policy }, with: { task: listprog, datasets: 2, size: 2 } }
  b: { uses: evaluate, in: { policy: base.policy, problems: "p.datasets[2]" }, with: { task: listprog } }
`,
    `p.yaml:8:61: error: p.datasets[2]: there will be 2 items, counted from 0
  8 |   b: { uses: evaluate, in: { policy: base.policy, problems: "p.datasets[2]" }, with: { task: listprog } }
    |                                                             ^^^^^^^^^^^^^^^
  help: the step that they come from has datasets: 2
`,
  ],
  "a setting of TRL's": [
    GOOD.replace("depth: 1", "depth: 1, max_steps: 3"),
    `p.yaml:5:63: error: unknown key max_steps
  5 |   a: { uses: make_problems, with: { task: listprog, depth: 1, max_steps: 3, count: "\${params.count}" } }
    |                                                               ^^^^^^^^^
  help: known: task, count, depth
`,
  ],
};

Deno.test("mistakes on the command line are told with what to write instead", async (t) => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    Deno.writeTextFileSync(join(cwd, "good.yaml"), GOOD);
    for (const [args, told] of Object.entries(COMMANDS)) {
      await t.step(args, async () => {
        const { code, out, err } = await soar(args.split(" "), { cwd });
        assert.deepEqual({ code, out, err }, { code: 2, out: "", err: told });
      });
    }
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

/** The table beside this file. */
function tableOfMistakes(): [string, readonly [text: string, told: string]][] {
  const path = new URL("./mistakes.yaml", import.meta.url);
  const { value } = Document.parse("mistakes.yaml", Deno.readTextFileSync(path));
  return (value as unknown as Record<"mistake" | "text" | "told", string>[])
    .map(({ mistake, text, told }) => [mistake, [text, told]]);
}

Deno.test("mistakes in a file are told with their place and what to write instead", async (t) => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const all = [...Object.entries(FILES), ...tableOfMistakes()];
    assert.ok(all.length + Object.keys(COMMANDS).length >= 60);
    for (const [what, [text, told]] of all) {
      await t.step(what, async () => {
        Deno.writeTextFileSync(join(cwd, "p.yaml"), text);
        const { code, out, err } = await soar(["validate", "p.yaml"], { cwd });
        assert.deepEqual({ code, out, err }, { code: 2, out: "", err: told });
      });
    }
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

/** The main job, shortened, as a user runs it: in processes of its own. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Event } from "../../src/core/mod.ts";
import { loadPolicy } from "../../src/policy/mod.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** soar.yaml with everything small. */
const SHORT = [
  "params.outer_steps=2",
  "params.datasets=2",
  "params.problems=4",
  "params.inner_steps=2",
  "params.probe_samples=2",
  "params.test_samples=2",
  "steps.pool.with.count=16",
  "steps.hard.with.samples=4",
  "steps.hard.with.train=4",
  "steps.hard.with.test=4",
  "steps.meta.students.with.batch=2",
  "steps.meta.students.with.num_generations=4",
];

function soar(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "mod.ts", ...args],
    cwd: ROOT,
    env: { npm_command: "" }, // the lines that it prints do not depend on who started the tests
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function text(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await soar(args).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** Runs to the end, or kills the process with SIGKILL after a number of events. */
async function run(
  store: string,
  extra: readonly string[] = [],
  killAfter = Infinity,
): Promise<Event[]> {
  const child = soar(["pipelines/soar.yaml", "--store", store, "--json", ...SHORT, ...extra]);
  const stderr = new Response(child.stderr).text();
  const events: Event[] = [];
  let rest = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    events.push(...lines.map((line) => JSON.parse(line) as Event));
    if (events.length >= killAfter) {
      child.kill("SIGKILL");
      break;
    }
  }
  const { code } = await child.status;
  const problem = await stderr;
  if (killAfter === Infinity) assert.equal(code, 0, problem);
  return events;
}

const finished = (events: readonly Event[]) =>
  events.filter((event) => event.kind === "step-finished");
const ran = (events: readonly Event[]) =>
  finished(events).filter(({ cached }) => !cached).map(({ step }) => step);
const digests = (events: readonly Event[]) =>
  Object.fromEntries(finished(events).map(({ step, outputs }) => [step, outputs]));

Deno.test("the shortened main job: whole, again, changed, swapped, killed", async (t) => {
  const directory = Deno.makeTempDirSync({ prefix: "soar-e2e-" });
  try {
    const store = `${directory}/a`;
    const first = await run(store);

    await t.step("runs every step and ends with a report", () => {
      // A student never promoted and a teacher never moved are the base model: their tests are one computation.
      const keys = new Set(finished(first).map(({ key }) => key));
      assert.equal(ran(first).length, keys.size);
      const cached = finished(first).filter((event) => event.cached).map(({ step }) => step);
      assert.deepEqual(cached.filter((step) => !/^(student|teacher)_test$/.test(step)), []);
      const report = finished(first).at(-1)!;
      assert.equal(report.step, "report");
      assert.match(String(report.metrics.report), /\| base .*\n\| student .*\n\| teacher /);
      assert.ok(
        first.some((event) => event.kind === "step-progress" && event.step.includes("students")),
      );
    });

    await t.step("run again: every step is a hit", async () => {
      const again = await run(store);
      assert.deepEqual(ran(again), []);
      assert.deepEqual(digests(again), digests(first));
    });

    await t.step("another τ runs only what depends on promote", async () => {
      const steps = ran(await run(store, ["params.tau=0.5"]));
      const upstream = /base|pool|hard|propose|students|baseline|progress|reward|teach$/;
      assert.equal(steps[0], "meta[0].promote");
      assert.deepEqual(
        steps.filter((step) => step.startsWith("meta[0]") && upstream.test(step)),
        [],
      );
    });

    await t.step("another reward runs nothing before it", async () => {
      const steps = ran(await run(store, ["steps.meta.reward.uses=reward_learnability"]));
      assert.equal(steps[0], "meta[0].reward");
      assert.ok(
        !steps.some((step) =>
          /^(base|pool|hard|meta\[0\]\.(propose|students|progress))/.test(step)
        ),
      );
    });

    await t.step("plan and explain tell why", async () => {
      const args = ["pipelines/soar.yaml", "--store", store, ...SHORT];
      const plan = await text(["plan", ...args, "steps.meta.students.with.learning_rate=0.5"]);
      assert.match(plan.out, /hit +hard /);
      assert.match(
        plan.out,
        /miss +meta\[0\]\.students@dataset=0,repeat=0 .*config\.learning_rate: [\d.]+ → 0\.5/,
      );
      assert.match(
        plan.out,
        /unknown +meta\[1\]\.reward .*depends on a step that has to run first/,
      );
      assert.match(plan.out, /stored \(.*\), \d+ to run, about/);
      const explain = await text([
        "explain",
        "pipelines/soar.yaml",
        "hard",
        "--store",
        store,
        ...SHORT,
        "steps.hard.with.samples=8",
      ]);
      assert.match(explain.out, /hard: miss, key [0-9a-f]{64}/);
      assert.match(
        explain.out,
        /since the last time, in soar-[0-9a-f]{4}:\n {2}hard:\n {4}config\.samples: 4 → 8 \(/,
      );
    });

    await t.step(
      "export copies a result that can be loaded, and tells what there is not",
      async () => {
        const target = `${directory}/exported`;
        const command = (output: string) => [
          ...["export", "pipelines/soar.yaml", output, target, "--store", store],
          ...SHORT.flatMap((override) => ["--set", override]),
        ];
        const done = await text(command("meta[1].promote.policy"));
        assert.match(done.out, /^meta\[1\]\.promote\.policy \(policy [0-9a-f]{12}\) copied to /);
        using policy = loadPolicy(target);
        assert.ok(policy.weights.tensors.size > 0);
        const wrong = await text(command("meta[1].promote.polcy"));
        assert.equal(
          wrong.err,
          "error: meta[1].promote has no output polcy\n" +
            "  help: outputs: policy, promotion, questions\n",
        );
        const item = await text(command("meta[0].propose.datasets[1]"));
        assert.match(item.out, /^meta\[0\]\.propose\.datasets\[1\] \(problems [0-9a-f]{12}\) /);
        const list = `${directory}/list`;
        const whole = ["export", "pipelines/soar.yaml", "meta[0].propose.datasets", list, ...SHORT];
        const copied = await text([...whole, "--store", store]);
        assert.equal(
          copied.out.match(/datasets\[\d\] \(problems \w+\) copied to \S+\/00000\d\n/g)?.length,
          2,
        );
        assert.deepEqual([...Deno.readDirSync(list)].map(({ name }) => name).toSorted(), [
          "000000",
          "000001",
        ]);
        assert.deepEqual(
          Deno.readFileSync(`${list}/000001/problems.jsonl`),
          Deno.readFileSync(`${target}/problems.jsonl`),
        );
        Deno.mkdirSync(`${list}/000002`);
        assert.match(
          (await text([...whole, "--store", store])).err,
          /^error: \S+ has 000002 already, and meta\[0\]\.propose\.datasets no more than 2 items\n {2}help: name an empty folder\n$/,
        );
        const onnx = `${directory}/onnx`;
        const model = (output: string, ...more: string[]) =>
          text([
            "export",
            "pipelines/soar.yaml",
            output,
            onnx,
            ...SHORT,
            "--store",
            store,
            ...more,
          ]);
        const written = await model("meta[1].promote.policy", "--onnx");
        assert.match(
          written.out,
          /^meta\[1\]\.promote\.policy \(policy \w{12}\) written to \S+ as an ONNX model\n$/,
        );
        assert.deepEqual([...Deno.readDirSync(onnx)].map(({ name }) => name).toSorted(), [
          "config.json",
          "genai_config.json",
          "generation_config.json",
          "onnx",
          "tokenizer.json",
          "tokenizer_config.json",
        ]);
        assert.deepEqual([...Deno.readDirSync(`${onnx}/onnx`)].map(({ name }) => name), [
          "model.onnx",
        ]);
        const half = await model("meta[1].promote.policy", "--onnx", "--precision", "float16");
        assert.equal(half.code, 0, half.err);
        const genai = JSON.parse(Deno.readTextFileSync(`${onnx}/genai_config.json`));
        assert.equal(genai.model.decoder.filename, "onnx/model_fp16.onnx");
        assert.match(
          (await model("meta[0].propose.datasets", "--onnx")).err,
          /^error: .*datasets\[0\] \(problems \w+\) is no policy\n {2}help: leave out --onnx/,
        );
        assert.match(
          (await model("meta[1].promote.policy", "--precision", "float16")).err,
          /^error: --precision is that of an ONNX model\n {2}help: add --onnx/,
        );
        assert.match(
          (await model("meta[1].promote.policy", "--onnx", "--precision", "int4")).err,
          /Allowed choices are float32, float16/,
        );
        for (
          const [output, told] of [
            [
              "meta[0].propose.datasets[2]",
              /is a list of 2, counted from 0\n {2}help: write (.*)\[0\], or \1 for all\n/,
            ],
            ["meta[0].propose.summary[0]", /is one output\n {2}help: leave out \[0\]\n/],
            [
              "meta[0].propose.constructor",
              /has no output constructor\n {2}help: outputs: datasets/,
            ],
            [
              "meta[0].porpose.datasets",
              /no step .*\n {2}help: did you mean meta\[0\]\.propose\?/,
            ],
          ] as const
        ) {
          const { code, err } = await text(command(output));
          assert.equal(code, 2);
          assert.match(err, told);
        }
      },
    );

    await t.step(
      "killed at several moments and run again, it ends in the same digests",
      async () => {
        const killed = `${directory}/b`;
        const total = first.length;
        for (const part of [0.1, 0.35, 0.6, 0.85]) {
          await run(killed, [], Math.floor(part * total));
        }
        const last = await run(killed);
        assert.ok(ran(last).length < finished(first).length, "nothing was kept");
        assert.deepEqual(digests(last), digests(first));
      },
    );
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("Ctrl-C stops cleanly, says how to go on, and the same command goes on", async () => {
  const store = Deno.makeTempDirSync({ prefix: "soar-stop-" });
  try {
    const child = soar(["pipelines/soar.yaml", "--store", store, ...SHORT]);
    let out = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      if (!out.includes("meta[0].propose") && (out + chunk).includes("meta[0].propose")) {
        child.kill("SIGINT");
      }
      out += chunk;
    }
    await child.stderr.cancel();
    assert.equal((await child.status).code, 130);
    assert.match(
      out,
      /stopped: \d+ run, 0 cached, .*; go on with\n {2}deno run -A mod\.ts pipelines\/soar\.yaml/,
    );
    const { code, out: rest } = await text(["pipelines/soar.yaml", "--store", store, ...SHORT]);
    assert.equal(code, 0);
    assert.match(rest, /done: \d+ run, [1-9]\d* cached/);
  } finally {
    Deno.removeSync(store, { recursive: true });
  }
});

Deno.test("mistakes on the command line are told with exit code 2", async () => {
  const missing = await text(["validate", "pipelines/saor.yaml"]);
  assert.equal(missing.code, 2);
  assert.match(
    missing.err,
    /^error: cannot read pipeline pipelines\/saor\.yaml: it is not there\n {2}help: did you mean pipelines\/soar\.yaml\?/,
  );
  const override = await text(["validate", "pipelines/soar.yaml", "params.tua=1"]);
  assert.equal(override.code, 2);
  assert.equal(
    override.err,
    "override: error: there is no params.tua\n   | params.tua=1\n   |        ^^^\n  help: did you mean tau?\n",
  );
  const step = await text(["explain", "pipelines/soar.yaml", "hrad"]);
  assert.equal(
    step.err,
    "error: there is no step hrad in pipelines/soar.yaml\n  help: did you mean hard?\n",
  );
});

Deno.test("an unreadable checkpoint fails its step with file and reason, and exit code 1", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "soar-broken-" });
  try {
    const model = `${directory}/model`;
    Deno.mkdirSync(model);
    Deno.writeTextFileSync(`${model}/config.json`, '{"model_type": "llama"');
    const { code, out } = await text([
      "pipelines/soar.yaml",
      "--on",
      "inline",
      "--store",
      `${directory}/store`,
      `steps.base.with.path=${model}`,
    ]);
    assert.equal(code, 1);
    const [, failed, where, summary] = out.split("\n");
    assert.equal(
      failed,
      `base failed: Cannot read ${model}/config.json: Expected ',' or '}' after property value in ` +
        "JSON at position 22 (line 1 column 23)",
    );
    assert.match(where!, /^ {2}where in the program is told in .*store\/runs\//);
    assert.match(summary!, /^failed: 0 run, 0 cached, .*; what is done is kept, go on with$/);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

for (const name of ["soar", "hard_only", "intrinsic", "base_model"]) {
  Deno.test(`pipelines/${name}.yaml is valid, and its graph can be drawn`, async () => {
    const { code, out, err } = await text(["graph", `pipelines/${name}.yaml`]);
    assert.equal(code, 0, err);
    assert.match(out, /^flowchart TD\n {2}\w+\["/);
  });
}

Deno.test("without arguments the help is shown", async () => {
  const { code, out } = await text([]);
  assert.equal(code, 0);
  assert.match(out, /^Usage: soar/);
  assert.match(out, /explain \[options\] <pipeline> <step>/);
});

/** A student whose processes are killed ends in the digests of one that was left alone. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MODULE, soar } from "./program.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const PIPELINE = `name: killed
device: cpu
checkpoints: { every_updates: 2 }
with: { task: listprog }
steps:
  base: { uses: load_policy, with: { path: ${MODEL} } }
  problems: { uses: make_problems, with: { depth: 2, count: 8 } }
  student:
    uses: train_student
    in: { policy: base.policy, problems: problems.problems }
    with: { steps: 40, batch: 4, num_generations: 4, max_completion_length: 12, learning_rate: 1.0e-3 }
`;

interface Told {
  readonly kind: string;
  readonly step?: string;
  readonly message?: string;
  readonly outputs?: Readonly<Record<string, string>>;
}

Deno.test("kill -9 at any moment costs what follows the last checkpoint, and no digest", async () => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    Deno.writeTextFileSync(join(cwd, "killed.yaml"), PIPELINE);
    const run = async (store: string) => {
      const { code, out } = await soar([
        "killed.yaml",
        "--on",
        "inline",
        "--json",
        "--store",
        store,
      ], { cwd });
      assert.equal(code, 0, out);
      const events = out.trimEnd().split("\n").map((line) => JSON.parse(line) as Told);
      const end = events.find(({ kind, step }) => kind === "step-finished" && step === "student")!;
      const goesOn = events.flatMap(({ message }) =>
        /goes on after (\d+)/.exec(message ?? "")?.[1] ?? []
      );
      return { outputs: end.outputs, goesOn };
    };
    const expected = await run("alone");
    assert.deepEqual(expected.goesOn, []);
    for (const after of [3, 9, 17]) await killAfter(cwd, after);
    const { outputs, goesOn } = await run("killed");
    assert.deepEqual(outputs, expected.outputs);
    assert.ok(Number(goesOn[0]) >= 16, `it went on after ${goesOn}`);
    assert.deepEqual([...Deno.readDirSync(join(cwd, "killed/checkpoints"))], []);
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

/** Runs the pipeline until its student has taken some steps, and kills it then. */
async function killAfter(cwd: string, steps: number): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MODULE, "killed.yaml", "--on", "inline", "--json", "--store", "killed"],
    cwd,
    stdout: "piped",
  }).spawn();
  let told = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    told += text;
    const done = [...told.matchAll(/"step":"student","done":(\d+)/g)].map(([, n]) => Number(n));
    if (done.some((n) => n >= steps)) child.kill("SIGKILL");
  }
  assert.equal((await child.status).success, false);
}

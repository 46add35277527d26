/** A judge behind an address in a pipeline: what is asked once is not asked again, and the key is written nowhere. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { JudgeServer } from "../graders/judge_server.ts";
import { type Ended, soar } from "./program.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const KEY = "sk-test-4f9a0b7c1d", VARIABLE = "SOAR_TEST_JUDGE_KEY";
const PROBLEMS = [["12345r", "54321"], ["67890r", "09876"], ["13579r", "97531"]] as const;

/** A project whose pipeline asks a judge. */
class Project implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "soar-judge-" });
  readonly #pipeline = join(this.path, "pipeline.yaml");

  /** @param variable what stands where the variable is named */
  constructor(url: string, variable = VARIABLE) {
    const lines = PROBLEMS.map(([problem, answer]) => JSON.stringify({ problem, answer }));
    Deno.writeTextFileSync(join(this.path, "data.jsonl"), `${lines.join("\n")}\n`);
    Deno.writeTextFileSync(
      this.#pipeline,
      `name: judged
device: cpu
with:
  task:
    uses: questions
    prompt: "Q{{ problem }}:"
    grader: { uses: endpoint, base_url: "${url}", model: judge, api_key_env: ${variable}, backoff: 0 }
steps:
  base: { uses: load_policy, with: { path: ${MODEL} } }
  problems: { uses: load_problems, with: { path: data.jsonl } }
  test:
    uses: evaluate
    in: { policy: base.policy, problems: problems.problems }
    with: { samples: 2, max_completion_length: 12 }
`,
    );
  }

  /** Runs a command on the pipeline. */
  async soar(command: string, key: string | undefined, ...overrides: string[]): Promise<Ended> {
    const env: Record<string, string> = key === undefined ? {} : { [VARIABLE]: key };
    const store = ["--store", join(this.path, "store")];
    const where = command === "validate" ? [] : store;
    return await soar([command, this.#pipeline, ...overrides, ...where], { env });
  }

  /** Everything that was written, by file. */
  *files(directory = this.path): Generator<readonly [path: string, text: string]> {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(directory)) {
      const path = join(directory, name);
      if (isDirectory) yield* this.files(path);
      else if (isFile) yield [path, new TextDecoder("latin1").decode(Deno.readFileSync(path))];
    }
  }

  /** Fails where the key stands in a file or in what was told. */
  refuseKey(...ended: readonly Ended[]): void {
    let read = 0;
    for (const [path, text] of this.files()) {
      if (path === this.#pipeline) continue;
      assert.ok(!text.includes(KEY), path);
      read++;
    }
    assert.ok(read >= 1);
    for (const { out, err } of ended) assert.ok(!`${out}${err}`.includes(KEY), out + err);
  }

  /** Forgets which steps ran. */
  forget(): void {
    Deno.removeSync(join(this.path, "store", "actions"), { recursive: true });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

Deno.test("a judge is asked once, whatever changes how; its key is nowhere but in the header", async () => {
  await using server = new JudgeServer(({ text }) =>
    text.includes("54321\n-----") ? `{"answer": "${KEY}", "correct": true}` : '{"correct": false}'
  );
  using project = new Project(server.url);
  for (const command of ["validate", "plan"]) {
    const { code, err } = await project.soar(command, undefined);
    assert.equal(code, 0, err);
  }
  const without = await project.soar("run", undefined);
  assert.notEqual(without.code, 0);
  assert.match(without.out + without.err, new RegExp(`${VARIABLE} is not set; set it to the key`));
  assert.equal(server.asked.length, 0);

  const ran = await project.soar("run", KEY);
  assert.equal(ran.code, 0, ran.out + ran.err);
  const asked = server.asked.length;
  assert.ok(asked > 0 && asked <= 2 * PROBLEMS.length, String(asked));
  assert.deepEqual(
    new Set(server.asked.map((one) => one.authorization)),
    new Set([`Bearer ${KEY}`]),
  );
  assert.ok(!JSON.stringify(server.asked.map(({ body }) => body)).includes(KEY));
  project.refuseKey(without, ran);

  // What only changes how it is asked is in no key.
  const grader = "with.task.grader";
  const limits = [
    "timeout=5",
    "max_retries=1",
    "backoff=1",
    "concurrency=2",
    "requests_per_minute=1e6",
  ];
  const other = await project.soar(
    "run",
    undefined,
    ...limits.map((limit) => `${grader}.${limit}`),
    `${grader}.api_key_env=SOAR_TEST_OTHER_KEY`,
  );
  assert.equal(other.code, 0, other.out + other.err);
  // A step that runs again asks for nothing that is recorded, and needs no key.
  project.forget();
  const again = await project.soar("run", undefined);
  assert.equal(again.code, 0, again.out + again.err);
  assert.equal(server.asked.length, asked);
  const explained = await project.soar("run", KEY, `${grader}.model=other`, "--json");
  assert.equal(explained.code, 0, explained.err);
  assert.equal(server.asked.length, 2 * asked);
  assert.deepEqual(
    new Set(server.asked.map(({ body }) => body.model)),
    new Set(["judge", "other"]),
  );
  project.refuseKey(other, again, explained);
});

Deno.test("a judge that refuses, and tells the key, ends the run without telling it", async () => {
  await using server = new JudgeServer(() =>
    new Response(JSON.stringify({ error: { message: `${KEY} is no key` } }), { status: 401 })
  );
  using project = new Project(server.url);
  const refused = await project.soar("run", KEY);
  assert.notEqual(refused.code, 0);
  assert.match(refused.out + refused.err, /status 401, "\(the key\) is no key"; is api_key_env/);
  project.refuseKey(refused);
});

Deno.test("a key that is written into a pipeline is not repeated", async () => {
  for (
    const [url, variable] of [
      ["https://api.example/v1", KEY],
      [`https://api.example/v1?key=${KEY}`, VARIABLE],
      [`https://${KEY}@api.example/v1`, VARIABLE],
    ] as const
  ) {
    using project = new Project(url, variable);
    for (const command of ["validate", "plan", "run"]) {
      const ended = await project.soar(command, undefined);
      assert.notEqual(ended.code, 0);
      assert.match(
        ended.out + ended.err,
        /pipeline\.yaml:\d+:\d+: .* never write (the|a) key itself/,
      );
      project.refuseKey(ended);
    }
  }
});

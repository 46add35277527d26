import { join } from "node:path";
import { DiagnosticError, withReason } from "../core/mod.ts";
import { commandLine } from "./command_line.ts";
import { print } from "./output.ts";

/** The embedded model, from wherever the program is. */
const MODEL = new URL("../../examples/models/listprog/", import.meta.url);
const MODEL_FILES = [
  ...["config.json", "generation_config.json", "model.safetensors"],
  ...["tokenizer.json", "tokenizer_config.json"],
];

/** What `init` writes besides the model, by file name. */
const FILES: Readonly<Record<string, string>> = {
  "pipeline.yaml": `# A student learns your problems by RL. Run it with: soar pipeline.yaml
name: mine
seed: 7
device: cpu # auto takes a GPU where there is one
with:
  # How problems are asked and graded. {{ problem }} is the question; the answer stands after "#".
  task: { uses: questions, prompt: "Q{{ problem }}:", grader: { uses: exact, after: "#" } }
steps:
  # Any Llama or Qwen in Hugging Face layout or GGUF; download_policy fetches one by its name.
  base: { uses: load_policy, with: { path: model } }
  problems: { uses: load_problems, with: { path: problems.jsonl } }
  student:
    uses: train_student
    in: { policy: base.policy, problems: problems.problems }
    with:
      steps: 30
      batch: 8 # problems in a step
      num_generations: 16 # tries at each: where some are right and some wrong, it learns
      learning_rate: 4.0e-4
      rewards: { correct: 1 } # more of these: soar stages
  before: { uses: evaluate, in: { policy: base.policy, problems: problems.problems } }
  after: { uses: evaluate, in: { policy: student.policy, problems: problems.problems } }
  report:
    uses: report
    in: { evaluations: { before: before.report, after: after.report } }
    with: { title: Mine }
`,
  "problems.jsonl": [
    ["02299a", "20599"],
    ["59494c", "57273"],
    ["99620b", "90854"],
    ["16008a", "61308"],
    ["60250d", "25060"],
    ["19342c", "37927"],
    ["94773c", "72110"],
    ["21644c", "63823"],
    ["59573c", "57510"],
    ["93026a", "39326"],
    ["53121c", "59364"],
    ["01812d", "81201"],
    ["37048c", "91025"],
    ["06003d", "00306"],
    ["86530c", "48591"],
    ["61474a", "16774"],
  ].map(([problem, answer]) => JSON.stringify({ problem, answer }) + "\n").join(""),
};

/**
 * Writes a small pipeline with comments, which runs as it is.
 *
 * @throws {DiagnosticError} when something of the name is there, or it cannot be written
 */
export async function init(
  directory: string,
  options: { readonly json?: true } = {},
): Promise<number> {
  if (directory === "") {
    const hint = "name a folder, or . for this one";
    throw new DiagnosticError([{ message: "the directory has an empty name", hint }]);
  }
  const names = Object.keys(FILES);
  const there = [...names, "model"].filter((name) => exists(join(directory, name)));
  if (there.length > 0) {
    const message = `${directory} has ${there.join(" and ")}`;
    throw new DiagnosticError([{ message, hint: "name another folder: nothing was written" }]);
  }
  const model: [name: string, bytes: Uint8Array<ArrayBuffer>][] = [];
  for (const name of MODEL_FILES) model.push([name, await fetchFile(new URL(name, MODEL))]);
  withReason(`cannot write to ${directory}`, () => {
    Deno.mkdirSync(join(directory, "model"), { recursive: true });
    for (const [name, bytes] of model) Deno.writeFileSync(join(directory, "model", name), bytes);
    for (const name of names) {
      Deno.writeTextFileSync(join(directory, name), FILES[name]!, { createNew: true });
    }
  });
  const next = commandLine([join(directory, names[0]!)]);
  if (options.json === true) {
    const files = [...names, ...MODEL_FILES.map((name) => join("model", name))];
    print(JSON.stringify({ files: files.map((name) => join(directory, name)), next }));
    return 0;
  }
  print(`${names.map((name) => join(directory, name)).join("\n")}\n`);
  print(`next: ${next}`);
  return 0;
}

async function fetchFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const fail = (reason: string): never => {
    const hint = "nothing was written: try again where it can be reached";
    throw new DiagnosticError([{ message: `cannot read ${url}: ${reason}`, hint }]);
  };
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    return fail((error as Error).message);
  }
  if (response.ok) return await response.bytes();
  await response.body?.cancel();
  return fail(`${response.status} ${response.statusText}`);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

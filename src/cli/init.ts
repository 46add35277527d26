import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DiagnosticError } from "../core/mod.ts";
import { print } from "./output.ts";

/** What `init` writes, by file name. */
function files(model: string): Readonly<Record<string, string>> {
  return {
    "pipeline.yaml": `# A student learns your problems by RL. Run it with: soar pipeline.yaml
name: mine
seed: 7
device: cpu # auto takes a GPU where there is one
with:
  # How problems are asked and graded. {{ problem }} is the question; the answer stands after "#".
  task: { uses: questions, prompt: "Q{{ problem }}:", grader: { uses: exact, after: "#" } }
steps:
  # Any Llama or Qwen in Hugging Face layout or GGUF; download_policy fetches one by its name.
  base: { uses: load_policy, with: { path: ${JSON.stringify(model)} } }
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
  report: { uses: report, in: { base: before.report, student: after.report }, with: { title: Mine } }
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
}

/**
 * Writes a small pipeline with comments, which runs as it is.
 *
 * @throws {DiagnosticError} when something of the name is there
 */
export function init(directory: string): number {
  const model = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
  const made = files(relative(resolve(directory), model)), names = Object.keys(made);
  const there = names.filter((name) => exists(join(directory, name)));
  if (there.length > 0) {
    const message = `${directory} has ${there.join(" and ")}`;
    throw new DiagnosticError([{ message, hint: "name another folder: nothing was written" }]);
  }
  Deno.mkdirSync(directory, { recursive: true });
  for (const name of names) {
    Deno.writeTextFileSync(join(directory, name), made[name]!, { createNew: true });
  }
  print(
    `${names.map((name) => join(directory, name)).join("\n")}\n\nrun ${join(directory, names[0]!)}`,
  );
  return 0;
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

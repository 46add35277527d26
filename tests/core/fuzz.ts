/** Broken pipelines, made from sound ones by a few changes. @module */
import { openFile } from "../../src/cli/pipeline_file.ts";
import assert from "node:assert/strict";
import { applyOverrides, DiagnosticError, Document, makePlan } from "../../src/core/mod.ts";
import { Random } from "../../src/random/random.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";

/** Pipelines may read files that somebody fetches first: whether these are there is nothing to be broken here. */
export const anyFile = (): void => {};

/** What is put in: each once broke something, here or elsewhere. */
const PIECES = [
  ...[
    "*a",
    "&a ",
    "<<: *a",
    "!env X",
    "!!binary ",
    "? ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "# ",
    "---\n",
  ],
  ...[
    "|\n",
    ">\n",
    "\t",
    "\r",
    "\0",
    "\ufeff",
    "\ud7ff",
    '"\\ud800"',
    "'",
    '"',
    "%YAML 1.1\n",
    "null",
    "~",
  ],
  ...[
    "${",
    "${params.x}",
    "${matrix.x}",
    "${loop.index}",
    "${seed}",
    "${params.depth}",
    "$",
    "1e400",
    ".inf",
  ],
  ...[
    "9007199254740993",
    "-1",
    "0",
    "010",
    "0x10",
    "1e9",
    "0..100000000",
    "0..0",
    "[1, 1]",
    "[{}, {}]",
  ],
  ...[
    "prev",
    "prev.x",
    "meta[*].x.y",
    "base.policy[0]",
    "__proto__",
    "constructor",
    "toString",
    "steps",
  ],
  ...[
    "loop",
    "yield",
    "carry",
    "matrix",
    "uses",
    "with",
    "in",
    "times",
    "seed: x",
    "max_steps: 1",
    "\n",
  ],
] as const;

/** A text with one to four changes. */
export function mutate(text: string, random: Random): string {
  let lines = text.split("\n");
  for (let change = random.int(4); change >= 0; change--) {
    const at = random.int(lines.length), line = lines[at]!, cut = random.int(line.length + 1);
    const piece = PIECES[random.int(PIECES.length)]!;
    switch (random.int(8)) {
      case 0:
        lines = lines.toSpliced(at, 1);
        break;
      case 1:
        lines = lines.toSpliced(at, 0, lines[random.int(lines.length)]!);
        break;
      case 2:
        lines[at] = " ".repeat(random.int(8)) + line.trimStart();
        break;
      case 3:
        lines[at] = line.slice(0, cut) + line.slice(cut + 1 + random.int(6));
        break;
      case 4:
        lines[at] = line.replace(/: .*/, `: ${piece}`);
        break;
      case 5:
        lines[at] = line.replace(/[a-z_]+/, piece);
        break;
      default:
        lines[at] = line.slice(0, cut) + piece + line.slice(cut);
    }
    if (lines.length === 0) lines = [""];
  }
  return lines.join("\n");
}

/**
 * Plans broken pipelines. Each is a plan whose steps have names of their own, or is told with places.
 *
 * @returns how many were plans, and how many were refused
 */
export function fuzz(
  texts: readonly string[],
  count: number,
  seed: string,
): { readonly planned: number; readonly refused: number } {
  const random = new Random(seed);
  let planned = 0, refused = 0;
  for (let i = 0; i < count; i++) {
    const text = mutate(texts[i % texts.length]!, random);
    const overrides = random.int(4) === 0
      ? [
        `${["seed", "params.depth", "steps.pool.with", "steps.meta.loop.times"][random.int(4)]}=${
          PIECES[random.int(PIECES.length)]
        }`,
      ]
      : [];
    try {
      const document = read(text);
      const problems = applyOverrides(document, overrides);
      if (problems.length > 0) throw new DiagnosticError(problems);
      const planning = makePlan(document, library, FOLDER, anyFile);
      if (planning.kind === "modules") {
        assert.ok(planning.modules.every(({ specifier }) => specifier !== ""));
        planned++;
        continue;
      }
      const { steps } = planning.plan;
      assert.equal(new Set(steps.map(({ id }) => id)).size, steps.length);
      planned++;
    } catch (error) {
      const given = () => JSON.stringify([text, overrides]);
      if (!(error instanceof DiagnosticError)) throw new Error(given(), { cause: error });
      assert.ok(error.message.length < 50_000, given());
      for (const { message, location } of error.diagnostics) {
        // An override that names nothing stands in no file.
        assert.ok(location !== undefined || message.startsWith("override "), given());
      }
      refused++;
    }
  }
  return { planned, refused };
}

/** Where the pipelines are that others extend. */
export const FOLDER: string = new URL("../../pipelines/", import.meta.url).pathname;

/** A pipeline of this text, as if it lay among the others. */
export function read(text: string): Document {
  return Document.read(
    "t.yaml",
    (file, directory) =>
      directory === undefined
        ? { id: file, file, text, directory: FOLDER }
        : openFile(file, directory),
  );
}

const library = new ProjectLibrary();

/** The pipelines of the project, and one with what they do not use. */
export function soundPipelines(): string[] {
  const folder = new URL("../../pipelines/", import.meta.url);
  const texts = [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted()
    .filter((name) => name.endsWith(".yaml")).map((name) =>
      Deno.readTextFileSync(new URL(name, folder))
    );
  return [...texts, EVERYTHING];
}

const EVERYTHING = `name: everything
with: { task: { uses: listprog, corpus: { solver_share: 0.5 } }, temperature: 0.5 }
params: { depth: 2, sizes: [3, 4], more: "\${params.depth}" }
max_steps: 1000
steps:
  base: &base { uses: load_policy, with: { path: ../examples/models/listprog } }
  pool:
    uses: make_problems
    seed: 3
    matrix: { size: "\${params.sizes}", cfg: [{ d: 1 }, { d: 2 }] }
    with: { depth: "\${matrix.cfg.d}", count: "\${matrix.size}" }
  student:
    uses: train_student
    in: { policy: base.policy, problems: "pool.problems[0]" }
    with: { rewards: { correct: 1, short: { uses: formatted, weight: 0.5 } } }
  outer:
    loop: { times: 2, carry: { policy: base.policy, none: null } }
    with: { samples: 3 }
    steps:
      inner:
        loop: { times: "\${params.more}", carry: { policy: prev.policy } }
        steps:
          again: *base
          check: { uses: evaluate, in: { policy: prev.policy, problems: "pool.problems[1]" } }
        yield: { policy: again.policy }
    yield: { policy: inner.policy, none: inner.policy }
  all: { uses: evaluate, matrix: { size: [3] }, in: { policy: outer.policy, problems: "pool.problems[0]" } }
`;

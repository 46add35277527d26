import { join, relative } from "node:path";
import { subsetsOf } from "../src/data/card.ts";
import { type Choice, chooseFiles } from "../src/data/choose.ts";
import { Collector, reportOf } from "../src/data/collect.ts";
import { type DataFile, rowsOfAll, type Source } from "../src/data/mod.ts";
import { columnsFor, type Mapping, type Template } from "../src/data/problems.ts";
import { COLUMNS, SELECTION, SOURCE } from "../src/data/settings.ts";
import { filterOf } from "../src/data/where.ts";
import { downloadDataSet } from "../src/hub/data_set.ts";
import { Random } from "../src/random/random.ts";
import { readProblems, writeProblems } from "../src/stage/artifact_files.ts";
import { checkLoading } from "../src/stage/checks/check_loading.ts";
import { defineStage } from "../src/stage/define_stage.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { PromptTemplate } from "../src/text/prompt_template.ts";

/** Reads problems from files of the user's, or a data set of the hub. */
export const load_problems = defineStage({
  name: "load_problems",
  version: 1,
  summary:
    "Reads problems from files (JSONL, JSON, CSV, Parquet) or a data set of the Hugging Face hub.",
  config: {
    type: "object",
    properties: {
      ...SOURCE,
      ...COLUMNS,
      ...SELECTION,
      task: { ...TASK, description: "Whose grader is to be able to use every answer." },
    },
    additionalProperties: false,
  },
  inputs: { others: "problems[]?" },
  outputs: { problems: "problems" },
  check: checkLoading,
  async run({ config, inputs, outputs, seed, services, signal, progress, log }) {
    const { task, where = {}, shuffle, limit = Infinity, expect } = config;
    const check = task === undefined ? undefined : (await services.library.task(task)).grade.check;
    const mapping = mappingOf(config), filter = await filterOf(where);
    const collector = new Collector({
      ...config,
      mapping,
      filter,
      most: shuffle ? Infinity : limit,
      others: (inputs.others ?? []).flatMap((set) => readProblems(set)),
      ...(check === undefined ? {} : { check }),
    });
    const { collected } = collector, files = await filesOf(config, signal, progress);
    const read: string[] = [];
    const rows = rowsOfAll(files, {
      ...sourceOf(config),
      wanted: (names) => columnsFor(names, mapping, where),
      tell: (file) => read.push(file),
    });
    for await (const row of rows) {
      if (collected.rows % 1024 === 0) signal.throwIfAborted();
      if (!collector.take(row)) break;
    }
    const names = files.map(({ name }) => name).join(", ");
    log(
      `read ${read.slice(0, 3).join(", ")}${read.length > 3 ? ` and ${read.length - 3} more` : ""}`,
    );
    for (const line of reportOf(collected, config, names)) log(line);
    const all = shuffle ? new Random(seed).shuffle(collected.problems) : collected.problems;
    const problems = all.slice(0, limit);
    if (expect !== undefined && problems.length !== expect) {
      throw new Error(
        `Cannot use ${names}: it has ${problems.length} problems, and expect is ${expect}`,
      );
    }
    writeProblems(outputs.problems, problems);
    const { bad, twice, elsewhere } = collected;
    return {
      problems: problems.length,
      rows: collected.rows,
      bad: bad.count,
      duplicates: twice.count,
      in_others: elsewhere.count,
    };
  },
});

type Config = Parameters<typeof load_problems.run>[0]["config"];

function mappingOf({ template, answer_template, ...config }: Config): Mapping {
  const read = <K extends string>(name: K, source: string | undefined) =>
    source === undefined
      ? {}
      : { [name]: { source, template: new PromptTemplate(source, name) } } as Record<K, Template>;
  return {
    ...config,
    ...read("template", template),
    ...read("answer_template", answer_template),
  };
}

function sourceOf({ format, ...config }: Config): Choice & Pick<Source, "rows" | "format"> {
  return { ...config, ...(format === "auto" ? {} : { format }) };
}

/** A path from the working directory, where it leads into that. */
function shortest(path: string): string {
  const inside = relative(Deno.cwd(), path);
  return inside === "" || inside.startsWith("..") ? path : inside;
}

/** The files that settings name; those of the hub are fetched. */
async function filesOf(
  config: Config,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<DataFile[]> {
  const { path, paths = path === undefined ? undefined : [path], repo, revision } = config;
  if (paths !== undefined) return paths.map((path) => ({ path, name: shortest(path) }));
  const download = { repo: repo!, revision, signal, progress };
  const { directory, files } = await downloadDataSet(
    download,
    (paths, card) => chooseFiles(paths, config, subsetsOf(card)),
  );
  return files.map((file) => ({
    path: join(directory, file),
    name: `${repo}/${file}`,
    chosen: true,
  }));
}

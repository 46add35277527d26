import { join } from "node:path";
import { DiagnosticError, isOsError, osReason, Store } from "../core/mod.ts";
import { findRuns, variedIn } from "../records/find_runs.ts";
import { readRecord, type RunRecord, runsDirectory } from "../records/mod.ts";
import { complain, print } from "./output.ts";

/** A run's own report, in its folder. */
export const REPORT_FILE = "report.html";

/** What the command takes. */
export interface ReportOptions {
  readonly store: string;
  /** Where to; a Markdown report is printed where nothing is said. */
  readonly out?: string;
  readonly markdown?: true;
  readonly json?: true;
}

/** Writes a report of runs, the last unless others are named. @returns the exit code */
export async function report(wanted: readonly string[], options: ReportOptions): Promise<number> {
  const store = new Store(options.store);
  const records = (wanted.length === 0 ? ["last"] : wanted)
    .flatMap((run) => findRuns(store, run));
  const runs = [...new Map(records.map((record) => [record.id, record])).values()];
  const [path] = variedIn(runs);
  if (path !== undefined) {
    const value = runs[0]!.sweep!.overrides.find((one) => one.startsWith(`${path}=`));
    const group = `"${runs[0]!.sweep!.name ?? runs[0]!.sweep!.id}:${value}"`;
    complain(`warning: means are over runs that differ in ${path}; ${group} is one group`);
  }
  const text = await reportText(store, runs, options.markdown === true);
  if (options.out === "-" || options.markdown === true && options.out === undefined) {
    const { json, markdown } = options, ids = runs.map(({ id }) => id);
    const told = { runs: ids, [markdown === true ? "markdown" : "html"]: text };
    print(json === true ? JSON.stringify(told) : text.trimEnd());
    return 0;
  }
  const name = runs.length === 1
    ? join(runsDirectory(store), runs[0]!.id, REPORT_FILE)
    : "report.html";
  const file = options.out ?? name;
  try {
    Deno.writeTextFileSync(file, text);
  } catch (error) {
    if (!isOsError(error)) throw error;
    const hint = "write --out FILE, with a file in a folder that is there";
    throw new DiagnosticError([{ message: `cannot write ${file}: ${osReason(error)}`, hint }]);
  }
  const told = { runs: runs.map(({ id }) => id), path: file };
  print(options.json === true ? JSON.stringify(told) : file);
  return 0;
}

/**
 * Writes a run's own report. Whatever keeps it from being written is told, and costs the run nothing.
 *
 * @returns where it is
 */
export async function writeRunReport(
  store: Store,
  id: string,
  warn: (message: string) => void,
): Promise<string | undefined> {
  const record = readRecord(store, id);
  if (record === undefined) return undefined; // which was told
  const path = join(runsDirectory(store), id, REPORT_FILE);
  try {
    Deno.writeTextFileSync(path, await reportText(store, [record]));
    return path;
  } catch (error) {
    warn(`no report of this run was written: ${isOsError(error) ? osReason(error) : error}`);
    return undefined;
  }
}

/** A report of runs: what draws it is loaded when there is something to draw. */
export async function reportText(
  store: Store,
  records: readonly RunRecord[],
  markdown = false,
): Promise<string> {
  const { drawChart, emptyDocument, gatherRun, makeReport, reportMarkdown, reportPage } =
    await import(
      "../report/mod.ts"
    );
  const runs = [];
  for (const record of records) runs.push(await gatherRun(store, record));
  const made = makeReport(runs);
  if (markdown) return reportMarkdown(made);
  const canvas = emptyDocument();
  return reportPage(made, (chart) => drawChart(chart, canvas));
}

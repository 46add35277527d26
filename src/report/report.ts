/** Makes a report of runs: what is told, in its order. Where there are no data there is no section. @module */
import { counted } from "../core/mod.ts";
import type { Report } from "./blocks.ts";
import { formatSeconds } from "../records/numbers.ts";
import { differencesOf, runName } from "./run_names.ts";
import type { RunView } from "./run_view.ts";
import { curvesSection, numbersSection } from "./sections/curves.ts";
import { examplesSection } from "./sections/examples.ts";
import { loopsSection } from "./sections/loops.ts";
import { proposalsSection } from "./sections/proposals.ts";
import { answersOf, resultsSection } from "./sections/results.ts";
import { provenanceSection, stepsSection } from "./sections/steps.ts";

const SECTIONS = [
  resultsSection,
  loopsSection,
  proposalsSection,
  curvesSection,
  numbersSection,
  examplesSection,
  stepsSection,
  provenanceSection,
] as const;

/** Characters of a summary that are shown. */
const SUMMARY = 2000;

/** @param runs one at least; several are seeds of one question, or what is to be compared */
export function makeReport(runs: readonly RunView[]): Report {
  const { record, summary } = runs[0]!;
  const pipelines = [...new Set(runs.map(({ record }) => record.pipeline))].join(", ");
  const name = record.name ?? record.id;
  return {
    title: runs.length === 1 ? `${pipelines}: ${name}` : `${pipelines}: ${runs.length} runs`,
    question: summary?.slice(0, SUMMARY) ?? `What does ${pipelines} give?`,
    answer: [...answersOf(runs), ...unlike(runs), ...runs.map((run) => howItEnded(run, runs))],
    sections: SECTIONS.flatMap((section) => section(runs) ?? []),
  };
}

/** A mean over runs that are not seeds of one question is told to be one. */
function unlike(runs: readonly RunView[]): string[] {
  const paths = differencesOf(runs).slice(0, 8).join(", ");
  return paths === "" ? [] : [`The runs differ in more than their seeds: ${paths}.`];
}

function howItEnded(run: RunView, runs: readonly RunView[]): string {
  const { record, steps } = run, id = runs.length > 1 ? runName(run, runs) : record.id;
  const { status, ran, cached, failed } = record, took = record.seconds;
  const was = cached === 1 ? "was" : "were";
  const counts = [`${counted(ran, "step")} ran`, `${cached} ${was} in the store`];
  if (failed > 0) counts.push(`${failed} failed`);
  const time = took === undefined ? "" : `, in ${formatSeconds(took)}`;
  const begun = `${steps.length} of ${counted(record.steps, "step")}`;
  const have = steps.length === 1 ? "has" : "have";
  switch (status) {
    case "done":
      return `Run ${id} is done: ${counts.join(", ")}${time}.`;
    case "running":
      return `Run ${id} is not done yet: ${begun} ${have} begun.`;
    case "failed":
    case "stopped":
      return `Run ${id} ${status === "failed" ? "failed" : "was stopped"}: ${
        counts.join(", ")
      }${time}. ` +
        "What is told here is what it did before.";
    case "killed":
      return `Run ${id} was killed: ${begun} had begun. ` +
        "What is told here is what it did before.";
    default:
      return status satisfies never;
  }
}

import { join } from "node:path";
import { answeredShare, differenceOf, type Evaluation, gainOver } from "../src/rl/mod.ts";
import { readJson, writeJson } from "../src/stage/artifact_files.ts";
import type { Promotion } from "./promote.ts";
import type { Rewards } from "../src/stage/reward_ports.ts";
import { checkReport } from "../src/stage/checks/check_report.ts";
import { defineStage } from "../src/stage/define_stage.ts";
import { percent, table } from "../src/stage/tables.ts";

/** Sums a run up. */
export const report = defineStage({
  name: "report",
  version: 1,
  summary: "Sums up a run: policies on problems, rewards and proposals by iteration.",
  config: {
    type: "object",
    properties: {
      title: { type: "string", default: "Report", description: "The heading." },
      baseline: {
        type: "string",
        description: "Name of the evaluation that others are compared with; the first unless said.",
      },
    },
    additionalProperties: false,
  },
  resources: { cpu: 0 },
  inputs: {
    evaluations: "evaluation{}?",
    series: "evaluation[]{}?",
    rewards: "rewards[]?",
    promotions: "promotion[]?",
    proposals: "proposals[]?",
  },
  outputs: { report: "report" },
  check: checkReport,
  run({ config, inputs, outputs }) {
    const evaluations = Object.entries(inputs.evaluations ?? {})
      .map(([name, artifact]) => ({ name, ...readJson<Evaluation>(artifact, "evaluation") }));
    const series = Object.entries(inputs.series ?? {}).map(([name, artifacts]) => ({
      name,
      evaluations: artifacts.map((artifact) => readJson<Evaluation>(artifact, "evaluation")),
    }));
    const iterations = (inputs.rewards ?? []).map((artifact, t) => ({
      iteration: t,
      ...readJson<Rewards>(artifact, "rewards"),
      ...optional(
        inputs.promotions?.[t],
        (a) => promotionSummary(readJson<Promotion>(a, "promotion")),
      ),
      ...optional(inputs.proposals?.[t], (a) => readJson<ProposalSummary>(a, "proposals")),
    }));
    const text = [
      [`# ${config.title}`],
      ...comparable(evaluations).map((alike) => policyTable(alike, config.baseline)),
      ...series.length === 0 ? [] : [seriesTable(series)],
      ...iterations.length === 0 ? [] : [iterationTable(iterations)],
    ].map((part) => part.join("\n")).join("\n\n");
    Deno.writeTextFileSync(join(outputs.report.directory, "report.md"), text + "\n");
    writeJson(outputs.report, "report", { evaluations, series, iterations });
    return { report: text };
  },
});

interface ProposalSummary {
  readonly well_formed?: number;
  readonly correct?: number;
  readonly distinct?: number;
}

interface Iteration extends Rewards, ProposalSummary {
  readonly iteration: number;
  readonly average?: number;
  readonly promoted?: boolean;
}

function promotionSummary({ promoted, average }: Promotion) {
  return { promoted, average };
}

function optional<A, T>(
  artifact: A | undefined,
  read: (artifact: A) => T,
): T | Record<never, never> {
  return artifact === undefined ? {} : read(artifact);
}

type NamedEvaluation = Evaluation & { readonly name: string };

/** Columns of the table of policies; those that are empty in all rows are left out. */
const COLUMNS: Readonly<
  Record<string, (evaluation: NamedEvaluation, base: NamedEvaluation) => string>
> = {
  "policy": ({ name }) => name,
  "pass@1": ({ accuracy }) => percent(accuracy),
  "95 % interval": ({ interval }) => range(interval),
  "gain, 95 %": (evaluation, base) => {
    const gain = evaluation === base ? undefined : gainOver(base, evaluation);
    return gain === undefined ? "" : `${percent(gain.mean)}, ${range(gain.interval)}`;
  },
  "pass@32": ({ pass_at }) => pass_at["32"] === undefined ? "" : percent(pass_at["32"]),
  "answered": (evaluation) => percent(answeredShare(evaluation)),
  "well-formed": ({ well_formed }) => well_formed === undefined ? "" : percent(well_formed),
  "samples each": ({ sampling }) => String(sampling.samples),
};

/** Evaluations with those that they can be compared with, in their order: each group is a table. */
function comparable(evaluations: readonly NamedEvaluation[]): NamedEvaluation[][] {
  const groups: NamedEvaluation[][] = [];
  for (const evaluation of evaluations) {
    const alike = groups.find(([first]) => differenceOf(first!, evaluation) === undefined);
    if (alike === undefined) groups.push([evaluation]);
    else alike.push(evaluation);
  }
  return groups;
}

function policyTable(evaluations: readonly NamedEvaluation[], baseline?: string): string[] {
  const base = evaluations.find(({ name }) => name === baseline) ?? evaluations[0]!;
  const { problems, sampling } = base;
  const columns = Object.entries(COLUMNS)
    .map(([title, cell]) => ({
      title: title.replace("gain", `gain over ${base.name}`),
      cells: evaluations.map((evaluation) => cell(evaluation, base)),
    }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
  const rows = evaluations.map((_, row) => columns.map(({ cells }) => cells[row]!));
  return [
    `On ${problems} problems, temperature ${sampling.temperature}:`,
    "",
    ...table(columns.map(({ title }) => title), rows),
  ];
}

function range([low, high]: readonly [number, number]): string {
  return `${percent(low)} – ${percent(high)}`;
}

function seriesTable(
  series: readonly { readonly name: string; readonly evaluations: readonly Evaluation[] }[],
): string[] {
  const rows = Math.max(...series.map(({ evaluations }) => evaluations.length));
  const cell = (evaluation?: Evaluation) =>
    evaluation === undefined ? "" : percent(evaluation.accuracy);
  return [
    "pass@1 in turn:",
    "",
    ...table(
      ["", ...series.map(({ name }) => name)],
      Array.from({ length: rows }, (_, i) => [
        String(i),
        ...series.map(({ evaluations }) => cell(evaluations[i])),
      ]),
    ),
  ];
}

function iterationTable(iterations: readonly Iteration[]): string[] {
  const rows = iterations.map(({ iteration, rewards, average, promoted, well_formed, correct }) => [
    String(iteration),
    rewards.map((reward) => reward.toFixed(4)).join(" "),
    average === undefined ? "" : average.toFixed(4) + (promoted === true ? ", promoted" : ""),
    well_formed === undefined ? "" : percent(well_formed),
    correct === undefined ? "" : percent(correct),
  ]);
  return table(["iteration", "rewards", "window mean", "well-formed", "correct"], rows);
}

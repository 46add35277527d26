import { join } from "node:path";
import { answeredShare, type Evaluation, gainOver } from "../src/rl/mod.ts";
import { readJson, writeJson } from "../src/stage/artifact_files.ts";
import type { Promotion } from "./promote.ts";
import type { Rewards } from "../src/stage/reward_ports.ts";
import { defineStage } from "../src/stage/define_stage.ts";
import { checkComparable, percent, table } from "../src/stage/tables.ts";

/** Sums a run up. */
export const report = defineStage({
  name: "report",
  version: 1,
  summary: "Sums up a run: policies on problems, rewards and proposals by iteration.",
  config: {
    type: "object",
    properties: {
      title: { type: "string", default: "Report", description: "The heading." },
    },
    additionalProperties: false,
  },
  inputs: {
    base: "evaluation",
    student: "evaluation",
    teacher: "evaluation?",
    rewards: "rewards[]?",
    promotions: "promotion[]?",
    proposals: "proposals[]?",
  },
  outputs: { report: "report" },
  run({ config, inputs, outputs }) {
    const evaluations = (["base", "student", "teacher"] as const).flatMap((name) => {
      const artifact = inputs[name];
      return artifact === undefined
        ? []
        : [{ name, ...readJson<Evaluation>(artifact, "evaluation") }];
    });
    checkComparable(evaluations.map((evaluation) => [evaluation.name, evaluation]));
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
      `# ${config.title}`,
      "",
      ...policyTable(evaluations),
      ...iterations.length === 0 ? [] : ["", ...iterationTable(iterations)],
    ].join("\n");
    Deno.writeTextFileSync(join(outputs.report.directory, "report.md"), text + "\n");
    writeJson(outputs.report, "report", { evaluations, iterations });
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
  "gain over base, 95 %": (evaluation, base) => {
    const gain = evaluation === base ? undefined : gainOver(base, evaluation);
    return gain === undefined ? "" : `${percent(gain.mean)}, ${range(gain.interval)}`;
  },
  "pass@32": ({ pass_at }) => pass_at["32"] === undefined ? "" : percent(pass_at["32"]),
  "answered": (evaluation) => percent(answeredShare(evaluation)),
  "well-formed": ({ well_formed }) => well_formed === undefined ? "" : percent(well_formed),
  "samples each": ({ sampling }) => String(sampling.samples),
};

function policyTable(evaluations: readonly NamedEvaluation[]): string[] {
  const base = evaluations[0]!, { problems, sampling } = base;
  const columns = Object.entries(COLUMNS)
    .map(([title, cell]) => ({
      title,
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

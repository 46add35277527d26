import { join } from "node:path";
import type { Evaluation } from "../src/rl/mod.ts";
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

function policyTable(evaluations: readonly (Evaluation & { readonly name: string })[]): string[] {
  const { problems, sampling } = evaluations[0]!;
  const rows = evaluations.map(({ name, accuracy, interval, pass_at, sampling }) => [
    name,
    percent(accuracy),
    `${percent(interval[0])} – ${percent(interval[1])}`,
    pass_at["32"] === undefined ? "" : percent(pass_at["32"]),
    String(sampling.samples),
  ]);
  return [
    `On ${problems} problems, temperature ${sampling.temperature}:`,
    "",
    ...table(["policy", "pass@1", "95 % interval", "pass@32", "samples each"], rows),
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

import { join } from "node:path";
import { deviation, type Evaluation, mean } from "../src/rl/mod.ts";
import { readJson, writeJson } from "../src/stage/artifact_files.ts";
import { checkArms } from "../src/stage/checks/check_arms.ts";
import { defineStage } from "../src/stage/define_stage.ts";
import { checkComparable, percent, table } from "../src/stage/tables.ts";

/** The arms of the paper's evaluation (SOAR, arXiv 2601.18778), in the table's order. */
const ARMS = {
  /** The model as it was. */
  base: "evaluation[]?",
  /** RL on the hard problems alone. */
  hard_only: "evaluation[]?",
  /** First on promotion questions, then on the hard problems. */
  curriculum: "evaluation[]?",
  /** On both throughout. */
  mixed: "evaluation[]?",
  /** On questions that the trained teacher writes, and the hard problems. */
  teacher: "evaluation[]?",
  /** The student that the loop has promoted. */
  promoted: "evaluation[]?",
} as const;

/** Compares ways of training over several students each. */
export const compare_arms = defineStage({
  name: "compare_arms",
  version: 1,
  summary: "A table of arms: mean and standard deviation over students of pass@1 and pass@32.",
  config: {
    type: "object",
    properties: {
      title: { type: "string", default: "Arms", description: "The heading." },
    },
    additionalProperties: false,
  },
  inputs: ARMS,
  outputs: { report: "report" },
  check: checkArms,
  run({ config, inputs, outputs }) {
    const given = (Object.keys(ARMS) as (keyof typeof ARMS)[]).flatMap((arm) => {
      const evaluations = inputs[arm]?.map((a) => readJson<Evaluation>(a, "evaluation"));
      return evaluations === undefined ? [] : [{ arm, evaluations }];
    });
    checkComparable(
      given.flatMap(({ arm, evaluations }) => evaluations.map((one) => [arm, one] as const)),
    );
    const arms = given.map(({ arm, evaluations }) => ({ arm, ...summarize(evaluations) }));
    const rows = arms.map(({ arm, students, pass_at }) => [
      arm.replace("_", "-"),
      String(students),
      ...["1", "32"].map((k) => spread(pass_at[k])),
    ]);
    const text = [
      `# ${config.title}`,
      "",
      ...table(["arm", "students", "pass@1", "pass@32"], rows),
    ].join("\n");
    Deno.writeTextFileSync(join(outputs.report.directory, "report.md"), text + "\n");
    writeJson(outputs.report, "report", { arms });
    return { report: text };
  },
});

interface Spread {
  readonly mean: number;
  /** Over students, Bessel-corrected; null for one. */
  readonly deviation: number | null;
}

function summarize(evaluations: readonly Evaluation[]) {
  const pass_at = Object.fromEntries(
    Object.keys(evaluations[0]?.pass_at ?? {}).map((k): [string, Spread] => {
      const values = evaluations.map((evaluation) => evaluation.pass_at[k]!);
      const sd = values.length < 2 ? null : deviation(values);
      return [k, { mean: mean(values), deviation: sd }];
    }),
  );
  return { students: evaluations.length, pass_at };
}

function spread(value: Spread | undefined): string {
  if (value === undefined) return "";
  const { mean, deviation } = value;
  return deviation === null ? percent(mean) : `${percent(mean)} ± ${percent(deviation)}`;
}

import { join } from "node:path";
import { deviation, type Evaluation, mean } from "../src/rl/mod.ts";
import { readJson, writeJson } from "../src/stage/artifact_files.ts";
import { defineStage } from "../src/stage/define_stage.ts";
import { checkComparable, percent, table } from "../src/stage/tables.ts";

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
  resources: { cpu: 0 },
  inputs: { arms: "evaluation[]{}" },
  outputs: { report: "report" },
  run({ config, inputs, outputs }) {
    const given = Object.entries(inputs.arms).map(([arm, artifacts]) => ({
      arm,
      evaluations: artifacts.map((artifact) => readJson<Evaluation>(artifact, "evaluation")),
    }));
    checkComparable(
      given.flatMap(({ arm, evaluations }) => evaluations.map((one) => [arm, one] as const)),
    );
    const arms = given.map(({ arm, evaluations }) => ({ arm, ...summarize(evaluations) }));
    const rows = arms.map(({ arm, students, pass_at }) => [
      arm,
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

/** Runs as reports see them, made up. @module */
import type { JsonObject } from "../../src/core/mod.ts";
import { drawChart, emptyDocument, makeReport, reportPage } from "../../src/report/mod.ts";
import type { Findings, RunView, StepView } from "../../src/report/run_view.ts";
import { parseStepName } from "../../src/records/step_names.ts";
import type { RunRecord } from "../../src/records/mod.ts";
import type { Evaluation } from "../../src/rl/evaluation.ts";

/** What a model may write. */
export const HOSTILE: readonly string[] = [
  "<script>document.title = 'taken'</script>",
  `</textarea></pre><img src=x onerror="document.title = 'taken'">`,
  "```\n</details>\n```` | $& ${x} \0\x1b[31m \ud800",
  "-->]]></style></script><svg onload=alert(1)>",
];

/** The record of a run that is done. */
export function recordOf(change: Partial<RunRecord> = {}): RunRecord {
  return {
    id: "mine-00aa",
    pipeline: "mine",
    file: "/somewhere/mine.yaml",
    command: "deno run -A mod.ts mine.yaml 'params.name=<b>'",
    folder: "/somewhere",
    overrides: [],
    seed: 1,
    versions: { soar: "1" },
    started: "2026-01-01T00:00:00Z",
    finished: "2026-01-01T00:01:00Z",
    status: "done",
    ...{ steps: 1, ran: 1, cached: 0, skipped: 0, failed: 0 },
    device: "cpu",
    machine: {},
    seconds: 60,
    ...change,
  };
}

/** A step that ran. */
export function stepOf(
  step: string,
  found:
    & { findings?: Findings; curves?: JsonObject[]; rollouts?: JsonObject[] }
    & Partial<StepView> = {},
): StepView {
  return {
    step,
    stage: "stage",
    key: `key of ${step}`,
    state: "ran",
    seconds: 1,
    metrics: {},
    outputs: { out: "0123456789abcdef" },
    parts: parseStepName(step)!,
    findings: {},
    curves: [],
    rollouts: [],
    ...found,
  };
}

/** An evaluation of four problems. */
export function evaluationOf(right: readonly number[], asked = "set"): Evaluation {
  const accuracy = right.reduce((a, b) => a + b, 0) / (4 * right.length);
  return {
    problems: right.length,
    asked,
    sampling: { temperature: 1, max_completion_length: 8, samples: 4, greedy: false },
    accuracy,
    interval: [Math.max(0, accuracy - 0.1), Math.min(1, accuracy + 0.1)],
    pass_at: { "1": accuracy, "4": Math.min(1, 2 * accuracy) },
    results: right.map((correct, i) => ({ id: `p${i}`, correct, samples: 4, answers: ["7"] })),
  };
}

/** A row of what a model wrote. */
export function rolloutOf(text: string, change: JsonObject = {}): JsonObject {
  return {
    ...{ step: 0, group: 0, problem_id: text, prompt: text, completion: text, expected: text },
    ...{ extracted: text, verdict: "wrong", reason: text, score: null, rewards: {}, reward: 0.5 },
    ...{ advantage: 0, logp: -1, logps: null, tokens: 3, finished: false },
    ...change,
  };
}

/** A run of the meta-loop, with everything that a report can show. */
export function wholeRun(id: string, shift = 0): RunView {
  const iterations = [0, 1, 2, 3], curve = [0, 1, 2, 3, 4];
  return {
    record: recordOf({ id, pipeline: "soar", steps: 20, ran: 20 }),
    summary: "Does <em>it</em> work?",
    steps: [
      ...iterations.flatMap((t) => [
        stepOf(`meta[${t}].propose`, {
          findings: {
            proposals: {
              ...{ drawn: 8, well_formed: 0.5 + t / 10, correct: 0.75, distinct: 1 },
              rejected: { [HOSTILE[0]!]: 2, "it was cut off": t },
            },
          },
          rollouts: HOSTILE.map((text) => rolloutOf(text, { verdict: "accepted" })),
        }),
        ...[0, 1].map((dataset) =>
          stepOf(`meta[${t}].students@dataset=${dataset}`, {
            curves: curve.map((step) => ({
              step,
              reward: step / 10 + shift,
              correct: step / 8,
              loss: -1e-8,
            })),
            rollouts: dataset === 0 ? HOSTILE.map((text) => rolloutOf(text)) : [],
          })
        ),
        stepOf(`meta[${t}].progress`, {
          findings: { evaluation: evaluationOf([t, 0, 1, 0]) },
        }),
        stepOf(`meta[${t}].reward`, { findings: { rewards: { rewards: [t / 10, shift] } } }),
        stepOf(`meta[${t}].promote`, {
          findings: { promotion: { promoted: t === 2, average: t / 20 + shift } },
        }),
      ]),
      stepOf("report", {
        findings: {
          report: {
            evaluations: [
              { name: "base", ...evaluationOf([0, 1, 1, 0]) },
              { name: "student", ...evaluationOf([2, 3, 3, 3]) },
              { name: "elsewhere", ...evaluationOf([4, 4, 3, 3], "other") },
            ],
          },
        },
      }),
    ],
  };
}

/** The page of runs. */
export function pageOf(runs: readonly RunView[]): string {
  const canvas = emptyDocument();
  return reportPage(makeReport(runs), (chart) => drawChart(chart, canvas));
}

/** What ran, how long it took, and how to do it again. @module */
import { counted } from "../../core/mod.ts";
import type { Block, Section } from "../blocks.ts";
import { clip } from "../clip.ts";
import { formatNumber, formatSeconds } from "../../records/numbers.ts";
import { memoryText, processorText } from "../../records/usage_text.ts";
import { runName } from "../run_names.ts";
import { type RunView, stepsByName, type StepView } from "../run_view.ts";

/** Failures that are told, and characters of each: the log has all. */
const FAILED = 20, MOST = 10_000;

/** Steps by name, with what they took and the numbers that they gave back. */
export function stepsSection(runs: readonly RunView[]): Section | undefined {
  const names = [...stepsByName(runs)];
  if (names.length === 0) return undefined;
  const rows = names.map(([name, steps]) => {
    const took = steps.flatMap(({ seconds }) => seconds ?? []);
    const count = (is: StepView["state"]) => steps.filter(({ state }) => state === is).length;
    const states = (["ran", "cached", "failed", "unfinished", "running", "waiting"] as const)
      .flatMap((state) => count(state) === 0 ? [] : [`${count(state)} ${STATES[state]}`]);
    return [
      name,
      steps.find(({ stage }) => stage !== undefined)?.stage ?? "",
      states.join(", "),
      took.length === 0 ? "" : formatSeconds(took.reduce((a, b) => a + b)),
      steps.length === 1 ? metricsOf(steps[0]!) : "",
    ];
  });
  const failed = runs.flatMap((run) =>
    run.steps.flatMap(({ step, message }) => {
      const where = runs.length > 1 ? `${step} of ${runName(run, runs)}` : step;
      return message === undefined ? [] : [{ step: where, message }];
    })
  );
  return {
    id: "steps",
    title: "Steps",
    blocks: [
      ...failed.slice(0, FAILED).flatMap(({ step, message }): Block[] => [
        { kind: "text", text: `${step} failed:` },
        { kind: "code", text: clip(message, MOST) },
      ]),
      ...failed.length <= FAILED ? [] : [
        {
          kind: "text",
          text: `${counted(failed.length - FAILED, "other step")} failed too.`,
        } as const,
      ],
      { kind: "table", head: ["step", "stage", "how often", "time in all", "numbers"], rows },
    ],
  };
}

const STATES = {
  ran: "ran",
  cached: "from the store",
  failed: "failed",
  unfinished: "unfinished",
  running: "running",
  waiting: "waiting",
} as const;

function metricsOf({ metrics }: StepView): string {
  return Object.entries(metrics).flatMap(([name, value]) => {
    if (typeof value === "number") return [`${name} ${formatNumber(value)}`];
    if (typeof value === "string" && value.length <= 40 && !value.includes("\n")) {
      return [`${name} ${value}`];
    }
    return typeof value === "boolean" ? [`${name} ${value}`] : [];
  }).slice(0, 8).join(", ");
}

/** Rows of digests, of all runs. */
const ROWS = 400;

/** Command, version control, machine, versions, and the digests of results. */
export function provenanceSection(runs: readonly RunView[]): Section {
  const most = Math.ceil(ROWS / runs.length);
  const blocks = runs.flatMap((run): Block[] => {
    const { record, steps } = run, title = runName(run, runs);
    const { command, git, machine, versions } = record;
    const facts: (readonly [string, string | undefined])[] = [
      ["run", record.name === undefined ? record.id : `${record.id} (${record.name})`],
      ["pipeline", record.file],
      ["folder", record.folder],
      ["started", record.started],
      ["finished", record.finished],
      ["status", record.status],
      ["seed", String(record.seed)],
      ["device", record.device],
      ["commit", git && `${git.commit}${git.dirty ? ", with changes" : ""}`],
      ["processor time", processorText(record)],
      ["most memory", memoryText(record)],
      ...Object.entries(machine).map(([name, value]) => [name, String(value)] as const),
      ...Object.entries(versions).map(([name, value]) => [name, value] as const),
    ];
    return [
      ...command === undefined ? [] : [{ kind: "code", text: command } as const],
      {
        kind: "table",
        head: ["", record.id],
        rows: facts.flatMap(([name, value]) =>
          value === undefined || value === "" ? [] : [[name, value]]
        ),
        folded: `What ${title} ran on`,
      },
      {
        kind: "table",
        head: ["step", "key", "results"],
        rows: steps.slice(0, most).map(({ step, key, outputs }) => [
          step,
          (key ?? "").slice(0, 16),
          Object.entries(outputs).map(([port, digests]) =>
            `${port} ${[digests].flat().slice(0, 8).map((digest) => digest.slice(0, 16)).join(" ")}`
          ).join("; "),
        ]),
        folded: `Digests of ${title}${steps.length > most ? ` (the first ${most} steps)` : ""}`,
      },
    ];
  });
  return { id: "again", title: "The same again", blocks };
}

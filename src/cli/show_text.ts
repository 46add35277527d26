/** Runs, steps and artifacts in words. @module */
import { counted } from "../core/mod.ts";
import type { Json, KeyParts, Machine } from "../core/mod.ts";
import type { Beginning, Maker } from "../records/artifacts.ts";
import type { RunRecord } from "../records/mod.ts";
import type { RunStep } from "../records/steps.ts";
import { formatBytes, formatColumns, formatMetrics, formatSeconds, formatValue } from "./format.ts";
import { durationOf, formatMoment } from "./record_text.ts";
import { memoryText, processorText } from "../records/usage_text.ts";
import { safeText } from "./safe_text.ts";
import { formatTable } from "./table.ts";

/** An artifact at a port of a step; without kind and bytes where it is gone. */
interface PortArtifact {
  readonly port: string;
  readonly digest: string;
  readonly kind?: string;
  readonly bytes?: number;
}

/** What is known of a run. */
export interface RunFacts extends Omit<RunRecord, "steps"> {
  readonly steps: readonly RunStep[];
  /** Steps that it has not begun, or never came to. */
  readonly planned: readonly string[];
}

/** A step of a run, which may not have begun it. */
export interface SeenStep extends Omit<RunStep, "state"> {
  readonly state: RunStep["state"] | "planned";
}

/** What is known of a step. */
export interface StepFacts extends Omit<SeenStep, "outputs"> {
  readonly run: string;
  /** Its settings: those in its key, or, where it has no result, as they were resolved. */
  readonly config?: Json;
  /** What its key is made of, where the step has a result. */
  readonly parts?: KeyParts;
  /** What its result was made on. */
  readonly machine?: Machine;
  readonly inputs: readonly PortArtifact[];
  readonly outputs: readonly PortArtifact[];
  readonly tables: readonly {
    readonly name: string;
    readonly rows: number;
    readonly bytes: number;
    /** Rows that had no room. */
    readonly leftOut?: number;
    /** What is wrong with it; `rows` are those before that. */
    readonly damage?: string;
  }[];
}

/** What is known of an artifact. */
export interface ArtifactFacts {
  readonly digest: string;
  readonly kind: string;
  readonly bytes: number;
  readonly directory: string;
  readonly files: readonly {
    readonly name: string;
    readonly size: number;
    readonly sha256: string;
  }[];
  readonly made: readonly Maker[];
  readonly beginnings: readonly Beginning[];
}

/** Steps that made an artifact that are named. */
const MAKERS = 10;

/** Steps that are named of those that a run has not begun. */
const PLANNED = 8;

/** A run with its steps. */
export function runText(run: RunFacts): string[] {
  const { id, name, status, git, sweep, steps, planned } = run;
  const took = durationOf({ ...run, steps: steps.length }, Date.now());
  const facts: [string, string][] = [
    ["pipeline", `${run.pipeline}${run.file === "" ? "" : ` (${run.file})`}`],
    ["started", `${formatMoment(run.started, "seconds")}${took === "" ? "" : `, took ${took}`}`],
    ["command", run.command ?? ""],
    ["folder", run.folder],
    ["overrides", run.overrides.join(" ")],
    [
      "sweep",
      sweep === undefined
        ? ""
        : [sweep.id, ...sweep.name === undefined ? [] : [`(${sweep.name})`], ...sweep.overrides]
          .join(" "),
    ],
    ["seed", String(run.seed)],
    ["git", git === undefined ? "" : `${git.commit}${git.dirty ? " with changes" : ""}`],
    ["device", run.device],
    ["machine", pairs(run.machine)],
    ["processor", processorText(run)],
    ["memory", memoryText(run)],
    ["versions", versionsText(run.versions)],
  ];
  const rows = steps.map((step) => [
    step.step,
    step.state,
    step.seconds === undefined ? "" : formatSeconds(step.seconds),
    step.key?.slice(0, 12) ?? "",
    formatMetrics(step.metrics),
  ]);
  const failures = steps.filter(({ state }) => state === "failed");
  const more = planned.length - PLANNED, rest = more > 0 ? ` and ${more} more` : "";
  return [
    `${id}${name === undefined ? "" : ` (${name})`}: ${status}`,
    ...listed(facts),
    ...rows.length === 0 ? [] : ["", ...formatTable(STEP_HEADS, rows)],
    ...planned.length === 0
      ? []
      : ["", `not begun: ${planned.slice(0, PLANNED).join(", ")}${rest}`],
    ...failures.flatMap(failureText),
  ];
}

const STEP_HEADS = ["step", "state", "took", "key", "numbers"];

/** A step. */
export function stepText(step: StepFacts): string[] {
  const { parts, tables, machine } = step;
  const facts: [string, string][] = [
    ["stage", step.stage === undefined ? "" : `${step.stage} ${parts?.version ?? ""}`.trim()],
    ["key", step.key ?? ""],
    ["started", step.started === undefined ? "" : formatMoment(step.started, "seconds")],
    ["attempt", step.attempt === undefined ? "" : String(step.attempt)],
    ["took", step.seconds === undefined ? "" : formatSeconds(step.seconds)],
    ["processor", processorText(step)],
    ["machine", machine === undefined ? "" : pairs(machine)],
    ["code", parts?.code.slice(0, 12) ?? ""],
    ["seed", parts === undefined ? "" : JSON.stringify(parts.seed)],
  ];
  return [
    `${step.step} of ${step.run}: ${step.state === "planned" ? "not begun" : step.state}` +
    (step.state === "blocked" ? `, ${step.message}` : ""),
    ...listed(facts),
    ...section("with", settings(step.config ?? {})),
    ...section("in", step.inputs.map(portCells)),
    ...section("out", step.outputs.map(portCells)),
    ...section("numbers", settings(step.metrics)),
    ...section(
      "tables",
      tables.map(({ name, rows, bytes, leftOut, damage }) => [
        name,
        counted(rows, "row"),
        formatBytes(bytes),
        [...leftOut === undefined ? [] : [`${leftOut} more had no room`], damage ?? ""].join(" "),
      ]),
    ),
    ...(step.failures ?? []).flatMap((failure) =>
      failureText({ ...failure, step: `attempt ${failure.attempt}` })
    ),
    ...step.state === "failed" ? failureText(step) : [],
  ];
}

/** An artifact. */
export function artifactText(artifact: ArtifactFacts): string[] {
  const { digest, kind, bytes, directory, files, made } = artifact;
  const makers = made.slice(0, MAKERS).map(({ run, step, port, cached }) => [
    `${step}.${port}`,
    run,
    cached ? "cached" : "ran",
  ]);
  const more = made.length - makers.length;
  return [
    `${kind} ${digest}`,
    ...listed([["size", formatBytes(bytes)], ["folder", directory]]),
    ...section(
      "files",
      files.map(({ name, size, sha256 }) => [name, formatBytes(size), sha256.slice(0, 12)]),
    ),
    ...section("made by", makers),
    ...more > 0 ? [`  and ${more} more`] : [],
    ...artifact.beginnings.flatMap(({ name, lines, more }) => [
      "",
      `${name}:`,
      ...lines.map((line) => `  ${safeText(line)}`),
      ...more ? ["  …"] : [],
    ]),
  ];
}

function failureText({ step, message, stack }: Pick<RunStep, "step" | "message" | "stack">) {
  return ["", `${step} failed: ${message}`, ...stack === undefined ? [] : [stack]].map(safeText);
}

function listed(facts: readonly (readonly [string, string])[]): string[] {
  const told = facts.filter(([, value]) => value !== "");
  return formatColumns(told.map(([name, value]) => [`  ${name}`, safeText(value)]));
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  return [
    "",
    `${title}:`,
    ...formatColumns(
      rows.map(([first, ...rest]) => [`  ${first}`, ...rest].map((cell) => safeText(cell))),
    ),
  ];
}

function settings(config: Json): string[][] {
  if (typeof config !== "object" || config === null) return [];
  return Object.entries(config).map(([name, value]) => [
    name,
    safeText(typeof value === "string" ? JSON.stringify(value) : formatValue(value)),
  ]);
}

function portCells({ port, digest, kind = "gone", bytes }: PortArtifact): string[] {
  return [port, kind, digest.slice(0, 12), bytes === undefined ? "" : formatBytes(bytes)];
}

/** What runs everything; of packages, how many there are. */
const RUNTIMES: readonly string[] = ["soar", "deno", "v8", "onnxruntime"];

function versionsText(versions: RunRecord["versions"]): string {
  const told = Object.entries(versions).filter(([name]) => RUNTIMES.includes(name));
  const packages = Object.keys(versions).length - told.length;
  const rest = packages > 0 ? `, and ${packages} packages, which --json tells` : "";
  return `${pairs(Object.fromEntries(told))}${rest}`;
}

function pairs(all: Readonly<Record<string, string | number>>): string {
  return Object.entries(all).map(([name, value]) => `${name} ${value}`).join(", ");
}

import {
  applyOverrides,
  counted,
  DiagnosticError,
  Document,
  type Json,
  type JsonObject,
  type PlannedStep,
  Store,
} from "../core/mod.ts";
import { findRun } from "../records/mod.ts";
import {
  hasMoved,
  type Movement,
  MovementCount,
  regrade,
  type Regraded,
} from "../records/rescore.ts";
import { rolloutsOf } from "../records/rollouts.ts";
import { parseStepName } from "../records/step_names.ts";
import type { Used } from "../../schemas/infer.ts";
import type { Problem } from "../graders/grader.ts";
import { readProblems } from "../stage/artifact_files.ts";
import type { Services } from "../stage/define_stage.ts";
import type { Definitions } from "../stage/definitions.ts";
import { formatColumns, formatNumber } from "./format.ts";
import { print } from "./output.ts";
import { openPipeline, trustOf } from "./project.ts";
import { rolloutCard } from "./rollout_cards.ts";
import { type RolloutOptions, type Sampled, sampledSteps } from "./rollouts_command.ts";
import { safeText } from "./safe_text.ts";

/** Settings of a step that say how its rollouts are graded and paid. */
const SETTINGS = ["task", "rewards", "truncated"] as const;

/** Grades the rollouts of steps again with other settings, and shows how verdicts and rewards move. @returns the exit code */
export async function rescore(
  wanted: string,
  changes: readonly string[],
  options: RolloutOptions & {
    readonly rewards?: string;
    readonly grader?: string;
    readonly limit: number;
    readonly json?: true;
    readonly trust?: true;
  },
): Promise<number> {
  const store = new Store(options.store);
  const { run, steps } = sampledSteps(store, wanted, options);
  const all = [
    ...options.rewards === undefined ? [] : [`rewards=${options.rewards}`],
    ...options.grader === undefined ? [] : [`task.grader=${options.grader}`],
    ...changes,
  ];
  const { planned, definitions } = await openChanged(store, run, steps, all, options);
  const count = new MovementCount(), examples: { of: string; regraded: Regraded }[] = [];
  for (const step of steps) {
    const { config } = planned.get(step.step)!;
    const grading = {
      ...await regradingOf(config, definitions),
      problems: problemsOf(store, step),
      context: { records: store.records, measuring: config.rewards === undefined },
    };
    for await (const regraded of regrade(rolloutsOf(store, step.key), grading)) {
      count.add(step.step, regraded);
      const isShown = examples.length < options.limit && hasMoved(regraded);
      if (isShown) examples.push({ of: step.step, regraded });
    }
  }
  const { movement } = count;
  if (options.json === true) {
    const shown = examples.map(({ of, regraded: { row, verdict, earned } }) => ({
      of,
      ...row,
      now: { ...verdict, ...earned },
    }));
    print(JSON.stringify({ run, step: wanted, ...movement, examples: shown }));
    return 0;
  }
  print(`${wanted} of ${run}: ${counted(movement.rollouts, "rollout")} graded again`);
  print(describe(movement).join("\n"));
  for (const { of, regraded } of examples) print(`\n${cardOf(of, regraded)}`);
  const more = movement.moved - examples.length;
  if (more > 0) {
    print(
      `\n${
        counted(more, "more is", "more are")
      } graded or paid otherwise; --limit ${movement.moved} shows them`,
    );
  }
  return 0;
}

/** How a step's settings say that rollouts are graded and paid. */
async function regradingOf(config: JsonObject, definitions: Definitions) {
  // As the planner has checked them.
  const { task, rewards, truncated } = config as unknown as {
    readonly task: Used;
    readonly rewards?: Parameters<Definitions["rewards"]>[0];
    readonly truncated?: string;
  };
  return {
    task: await definitions.task(task),
    ...rewards === undefined ? {} : { rewards: await definitions.rewards(rewards) },
    cutOffEarnsNothing: truncated === "zero",
  };
}

/**
 * The steps of a run's pipeline with changes to their settings.
 *
 * @param changes `path=value`, below `with` of the step
 * @throws {DiagnosticError} when a step does not grade, the pipeline is another one by now, or a change is a mistake
 */
async function openChanged(
  store: Store,
  run: string,
  steps: readonly Sampled[],
  changes: readonly string[],
  options: { readonly store: string; readonly trust?: true },
) {
  const { file, overrides } = findRun(store, run);
  const open = async (more: readonly string[]) => {
    const project = await openPipeline(file, [...overrides, ...more], trustOf(options));
    const planned = new Map<string, PlannedStep<Services>>();
    for (const step of project.plan.steps) planned.set(step.id, step);
    const other = steps.find(({ step }) => !planned.has(step));
    if (other === undefined) return { ...project, planned };
    const hint = "it has changed since; rescore steps of a later run";
    throw new DiagnosticError([{ message: `${file} has no step ${other.step}`, hint }]);
  };
  const before = await open([]), id = steps[0]!.step, { config } = before.planned.get(id)!;
  const grades = Object.hasOwn(config, "task") &&
    Object.hasOwn(before.planned.get(id)!.inputs, "problems");
  if (!grades) {
    const hint = "name one that trains a student or evaluates";
    throw new DiagnosticError([{ message: `${id} grades no completions`, hint }]);
  }
  const { name = id } = parseStepName(id) ?? {};
  const after = changes.length === 0 ? before : await open(changesOf(name, config, changes));
  await after.check();
  return after;
}

/** Changes of a step's settings as overrides of a pipeline. @throws {DiagnosticError} for a mistake in one */
function changesOf(name: string, config: JsonObject, changes: readonly string[]): string[] {
  const document = Document.parse(`settings of ${name}`, JSON.stringify(config));
  // Settings of another task or grader are not those of the one before.
  const whole = changes.map((change) =>
    change.replace(/^(task(?:\.grader)?)\.uses=(.*)$/s, "$1={ uses: $2 }")
  );
  const mistakes = applyOverrides(document, whole);
  if (mistakes.length > 0) throw new DiagnosticError(mistakes);
  const changed = Object.entries(document.value as JsonObject)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(config[key]));
  const other = changed.find(([key]) => !SETTINGS.some((one) => one === key));
  if (other !== undefined) {
    const message = `${other[0]} says nothing of how completions are graded`;
    throw new DiagnosticError([{ message, hint: `change one of ${SETTINGS.join(", ")}` }]);
  }
  return changed.map(([key, value]) => `steps.${name}.with.${key}=${escaped(value)}`);
}

/** What is written is not read as a reference. */
function escaped(value: Json): string {
  return JSON.stringify(value).replaceAll("${", () => "$${");
}

/** The problems that a step asked. @throws {DiagnosticError} when it is not done, or they are gone */
function problemsOf(store: Store, { step, key, state }: Sampled): ReadonlyMap<string, Problem> {
  const digest = store.readAction(key)?.parts.inputs.problems;
  if (typeof digest !== "string") {
    const hint = state === "running" ? "wait until it is done" : "run the pipeline again";
    throw new DiagnosticError([{ message: `${step} has no result in the store`, hint }]);
  }
  const { problem } = store.examine(digest);
  if (problem !== undefined) {
    const message = `the problems that ${step} asked are not sound: ${problem}`;
    throw new DiagnosticError([{ message, hint: "run the pipeline again" }]);
  }
  return new Map(readProblems(store.artifact(digest)).map((one) => [one.id, one]));
}

const ORDER = ["correct", "wrong", "no_answer", "timed_out"];

/** A table of verdicts before (rows) and now (columns), and of what is paid. */
function describe({ rollouts, moved, verdicts, rewards }: Movement): string[] {
  const named = (which: "before" | "after") =>
    [...new Set(verdicts.map((one) => one[which]))]
      .toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const rows = named("before"), columns = named("after");
  const countOf = (before: string, after: string) =>
    verdicts.find((one) => one.before === before && one.after === after)?.rollouts ?? 0;
  const table = [
    ["before ↓ now →", ...columns],
    ...rows.map((row) => [row, ...columns.map((column) => String(countOf(row, column)))]),
  ];
  const share = (which: "before" | "after") =>
    verdicts.reduce((sum, one) => sum + (one[which] === "correct" ? one.rollouts : 0), 0) /
    Math.max(1, rollouts);
  const move = (before: number, after: number) =>
    `${formatNumber(before)} → ${formatNumber(after)}`;
  return [
    ...formatColumns(table),
    "",
    `correct      ${move(share("before"), share("after"))}`,
    ...rewards === undefined ? [] : [
      `reward       ${move(rewards.before, rewards.after)}, the mean`,
      `flat groups  ${rewards.flatBefore} → ${rewards.flatAfter} of ${rewards.groups}`,
    ],
    `${moved} of ${rollouts} are graded or paid otherwise`,
  ];
}

function cardOf(of: string, { row, verdict, earned }: Regraded): string {
  const { outcome, answer, reason } = verdict;
  const now = [
    outcome,
    ...earned === undefined
      ? []
      : [`reward ${earned.reward === null ? "none" : formatNumber(earned.reward)}`],
    ...answer === null ? [] : [`extracted ${safeText(answer)}`],
    ...reason === undefined ? [] : [safeText(reason)],
  ];
  return `${rolloutCard(of, row)}\n  now         ${now.join(" · ")}`;
}

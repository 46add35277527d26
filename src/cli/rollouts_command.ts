import { readSteps } from "../records/run_steps.ts";
import { counted, DiagnosticError, Store, withReason, writeAll } from "../core/mod.ts";
import { findRun } from "../records/mod.ts";
import {
  checkVerdicts,
  type Group,
  groupsOf,
  hasRollouts,
  isWanted,
  parseCondition,
  parseSearch,
  type RolloutFilter,
  rolloutsOf,
} from "../records/rollouts.ts";
import { chooseSteps, parseStepName } from "../records/step_names.ts";
import type { RunStep } from "../records/steps.ts";
import type { RolloutRow } from "../rl/rollout_rows.ts";
import { print } from "./output.ts";
import { rolloutCard } from "./rollout_cards.ts";
import { safeText } from "./safe_text.ts";

/** So many are shown unless somebody wants more. */
const SHOWN = 10;

/** Options of the commands that read rollouts. */
export interface RolloutOptions {
  readonly store: string;
  readonly run?: string;
  readonly iteration?: number;
}

/** A step that has recorded rollouts. */
export type Sampled = RunStep & { readonly key: string };

/**
 * The steps of a run that are meant and have rollouts.
 *
 * @param wanted a name as `plan` lists it, or without iterations and values, for all of them
 * @throws {DiagnosticError} when there are none
 */
export function sampledSteps(
  store: Store,
  wanted: string,
  { run: which, iteration }: Pick<RolloutOptions, "run" | "iteration">,
): { readonly run: string; readonly steps: readonly Sampled[] } {
  const run = findRun(store, which);
  const all = readSteps(store, run);
  const names = chooseSteps(all.map(({ step }) => step), [wanted], `run ${run.id}`);
  const iterationOf = (id: string) => Object.values(parseStepName(id)?.loops ?? {}).at(-1);
  const isIn = (id: string) => iteration === undefined || iterationOf(id) === iteration;
  const meant = all.filter(({ step }) => names.includes(step) && isIn(step));
  const fail = (message: string, hint: string): never => {
    throw new DiagnosticError([{ message, hint }]);
  };
  if (meant.length === 0) {
    const there = [...new Set(names.flatMap((id) => iterationOf(id) ?? []))];
    const hint = there.length === 0
      ? "it is in no loop: leave --iteration out"
      : there.length === 1
      ? `there is ${there[0]}`
      : `there are ${there.slice(0, -1).join(", ")} and ${there.at(-1)}`;
    return fail(`run ${run.id} has no ${wanted} in iteration ${iteration}`, hint);
  }
  const steps = meant.flatMap((step) =>
    step.key === undefined || !hasRollouts(store, step.key) ? [] : [{ ...step, key: step.key }]
  );
  if (steps.length > 0) return { run: run.id, steps };
  const out = meant.reduce(
    (sum, { key }) => sum + (key === undefined ? 0 : leftOut(store, key)),
    0,
  );
  if (out > 0) {
    const hint = "records: { max_mib: … } of the pipeline gives more, where the step is made again";
    return fail(`none of the ${counted(out, "rollout")} of ${wanted} had room`, hint);
  }
  const others = all.filter(({ key }) => key !== undefined && hasRollouts(store, key))
    .map(({ step }) => parseStepName(step)?.name ?? step);
  return fail(
    `${wanted} has no rollouts`,
    others.length === 0
      ? `no step of run ${run.id} has any: stages that sample from a model record them`
      : `these have: ${[...new Set(others)].join(", ")}`,
  );
}

/** Shows what models wrote in the steps of a run. @returns the exit code */
export async function rollouts(
  wanted: string,
  options: RolloutOptions & {
    readonly verdict: readonly string[];
    readonly reward?: string;
    readonly step?: number;
    readonly problem?: string;
    readonly text?: string;
    readonly limit?: number;
    readonly why?: true;
    readonly json?: true;
    readonly jsonl?: string;
  },
): Promise<number> {
  const store = new Store(options.store);
  const filter = filterOf(options);
  const { run, steps } = sampledSteps(store, wanted, options);
  if (options.why === true) return await why(store, run, steps, filter, options);
  const { jsonl } = options, machine = jsonl !== undefined || options.json === true;
  using file = jsonl === undefined ? undefined : openFile(jsonl);
  const limit = options.limit ?? (machine ? 0 : SHOWN);
  let count = 0, before: RolloutRow | undefined;
  for (const { step: of, key } of steps) {
    for await (const row of rolloutsOf(store, key)) {
      if (!isWanted(row, filter)) continue;
      count++;
      if (limit > 0 && count > limit) continue;
      if (!machine) print(`${rolloutCard(of, row, before)}\n`);
      else if (file === undefined) print(JSON.stringify({ run, of, ...row }));
      else file.write(JSON.stringify({ run, of, ...row }) + "\n");
      before = row;
    }
    const out = leftOut(store, key);
    if (out > 0 && !machine) print(`${of}: ${out} more had no room; records.max_mib gives more`);
  }
  if (jsonl !== undefined) {
    print(`${counted(limit > 0 ? Math.min(count, limit) : count, "rollout")} written to ${jsonl}`);
  } else if (!machine) print(summary(count, limit));
  return 0;
}

/** How many rollouts of a step had no room. */
function leftOut(store: Store, key: string): number {
  const { rollouts = 0, proposals = 0 } = store.tables.leftOut(key);
  return rollouts + proposals;
}

function filterOf(
  { verdict, reward, step, problem, text }: Omit<Parameters<typeof rollouts>[1], "store">,
): RolloutFilter {
  checkVerdicts(verdict);
  return {
    ...verdict.length === 0 ? {} : { verdicts: verdict },
    ...reward === undefined ? {} : { reward: parseCondition(reward) },
    ...step === undefined ? {} : { step },
    ...problem === undefined ? {} : { problem },
    ...text === undefined ? {} : { text: parseSearch(text) },
  };
}

function summary(count: number, limit: number): string {
  const shown = limit > 0 ? Math.min(count, limit) : count;
  if (count === 0) return "no rollout is like that";
  return shown === count
    ? counted(count, "rollout")
    : `${shown} of ${count} rollouts; --limit 0 shows all, --jsonl FILE writes them`;
}

/** Shows the groups that nothing is learned from, and why. A group is shown where one of its rollouts is meant. */
async function why(
  store: Store,
  run: string,
  steps: readonly Sampled[],
  filter: RolloutFilter,
  { limit: given, json, jsonl }: Pick<Parameters<typeof rollouts>[1], "limit" | "json" | "jsonl">,
): Promise<number> {
  const machine = json === true || jsonl !== undefined, limit = given ?? (machine ? 0 : SHOWN);
  using file = jsonl === undefined ? undefined : openFile(jsonl);
  const tell = (value: unknown) => {
    const line = JSON.stringify(value);
    if (file === undefined) print(line);
    else file.write(`${line}\n`);
  };
  const reasons = new Map<string, number>();
  let all = 0, flat = 0, penalized = 0;
  for (const { step: of, key } of steps) {
    const groups = groupsOf(await Array.fromAsync(rolloutsOf(store, key)))
      .filter(({ rows }) => rows.some((row) => isWanted(row, filter)));
    all += groups.length;
    for (const group of groups) {
      if (group.flat === undefined) continue;
      flat++;
      if (group.rows.some(({ advantage }) => advantage !== null && advantage !== 0)) penalized++;
      const reason = group.flat.split(":", 1)[0]!;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (limit > 0 && flat > limit) continue;
      if (machine) tell({ run, of, ...groupFacts(group) });
      else print(groupCard(of, group) + "\n");
    }
  }
  const counts = [...reasons].toSorted(([, a], [, b]) => b - a);
  if (machine) {
    if (json === true && file === undefined) {
      print(JSON.stringify({ groups: all, flat, penalized, reasons: Object.fromEntries(counts) }));
    } else print(`${limit > 0 ? Math.min(flat, limit) : flat} groups written to ${jsonl}`);
    return 0;
  }
  if (all === 0) {
    print("no group was trained on: rollouts of evaluations and proposals have no reward");
    return 0;
  }
  print(`${flat} of ${all} groups have no gradient: all their rewards are equal`);
  if (penalized > 0) print(`  (but that of the KL penalty, which ${penalized} of them have)`);
  for (const [reason, count] of counts) print(`  ${String(count).padStart(5)}  ${reason}`);
  if (limit > 0 && flat > limit) print(`${limit} of them are shown; --limit 0 shows all`);
  return 0;
}

/** A group as programs are told it; the rollouts themselves are told without `--why`. */
function groupFacts({ step, group, rows, flat }: Group) {
  const { problem_id, prompt, expected, reward } = rows[0]!;
  const completions = rows.map(({ completion }) => completion);
  return { step, group, problem_id, prompt, expected, reward, why: flat, completions };
}

function groupCard(of: string, { step, group, rows, flat }: Group): string {
  const first = rows[0]!,
    id = first.problem_id === null ? "" : ` · problem ${safeText(first.problem_id)}`;
  const head = `${of}  step ${step} · group ${group}${id} · ${counted(rows.length, "rollout")} · ` +
    `reward ${first.reward ?? "none"}: ${safeText(flat!)}`;
  return [head, ...rolloutCard("", first).split("\n").slice(1)].join("\n");
}

/** @throws {DiagnosticError} when it cannot be written to */
function openFile(path: string): Disposable & { write(text: string): void } {
  const doing = `cannot write to ${path}`, encoder = new TextEncoder();
  const file = withReason(doing, () => Deno.createSync(path));
  return {
    write: (text) => withReason(doing, () => writeAll(file, encoder.encode(text))),
    [Symbol.dispose]: () => file.close(),
  };
}

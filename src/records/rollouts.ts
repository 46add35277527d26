/** What models wrote, found again in the tables of steps. @module */
import { DiagnosticError, type Store, suggest } from "../core/mod.ts";
import { isFlat } from "../rl/advantages.ts";
import type { RolloutRow } from "../rl/rollout_rows.ts";

/** Tables that have {@linkcode RolloutRow}s; a step has one of them. */
export const ROLLOUT_TABLES = ["rollouts", "proposals"] as const;

/** Whether a step has recorded what a model wrote. */
export function hasRollouts(store: Store, key: string): boolean {
  return ROLLOUT_TABLES.some((table) => store.tables.size(key, table) > 0);
}

/** What models wrote in a step, in the order in which it was recorded; so far, where the step runs. */
export async function* rolloutsOf(store: Store, key: string): AsyncGenerator<RolloutRow> {
  for (const table of ROLLOUT_TABLES) {
    // As this program recorded them.
    for await (const row of store.tables.read(key, table)) yield row as unknown as RolloutRow;
  }
}

/** What a rollout can be graded as; those of a step that grades nothing are `none`. */
const VERDICTS = ["correct", "wrong", "no_answer", "timed_out", "accepted", "rejected", "none"];

/** @throws {DiagnosticError} for a verdict that no rollout has */
export function checkVerdicts(verdicts: readonly string[]): void {
  const other = verdicts.find((verdict) => !VERDICTS.includes(verdict));
  if (other === undefined) return;
  const hint = suggest(other, VERDICTS);
  throw new DiagnosticError([{ message: `there is no verdict ${other}`, hint }]);
}

/** Which rollouts are meant; what is not there means all. */
export interface RolloutFilter {
  readonly verdicts?: readonly string[];
  readonly reward?: (value: number) => boolean;
  /** Within the stage; see {@linkcode RolloutRow.step}. */
  readonly step?: number;
  readonly problem?: string;
  /** Of prompt or completion. */
  readonly text?: (text: string) => boolean;
}

/** Whether a rollout is meant. */
export function isWanted(row: RolloutRow, filter: RolloutFilter): boolean {
  const { verdicts, reward, step, problem, text } = filter;
  return (verdicts === undefined || verdicts.includes(row.verdict ?? "none")) &&
    (reward === undefined || row.reward !== null && reward(row.reward)) &&
    (step === undefined || row.step === step) &&
    (problem === undefined || row.problem_id === problem) &&
    (text === undefined || text(row.completion) || text(row.prompt));
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

/** Reads a condition such as `<0.5`; a number alone is what is equal. @throws {DiagnosticError} when it is none */
export function parseCondition(text: string): (value: number) => boolean {
  const [, operator = "=", number] = /^\s*(<=?|>=?|!=|==?)?\s*(\S+)\s*$/.exec(text) ?? [];
  const bound = Number(number), compare = OPERATORS[operator === "==" ? "=" : operator];
  if (number !== undefined && !Number.isNaN(bound) && compare !== undefined) {
    return (value) => compare(value, bound);
  }
  const hint = `write ${Object.keys(OPERATORS).join(", ")} and a number, such as '<0.5'`;
  throw new DiagnosticError([{ message: `${text} is no condition on a number`, hint }]);
}

/** Reads `/pattern/flags`, or a text that is looked for as it is. @throws {DiagnosticError} for a pattern that is none */
export function parseSearch(text: string): (text: string) => boolean {
  const [, pattern, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  if (pattern === undefined) return (where) => where.includes(text);
  try {
    const expression = new RegExp(pattern, flags!.replaceAll(/[gy]/g, ""));
    return (where) => expression.test(where);
  } catch (error) {
    const message = `${text} is no pattern: ${(error as Error).message}`;
    throw new DiagnosticError([{ message, hint: "leave the slashes out to look for a text" }]);
  }
}

/** Rollouts that are compared with each other. */
export interface Group {
  readonly step: number;
  readonly group: number;
  readonly rows: readonly RolloutRow[];
  /** Why nothing is learned from it; undefined where something is. */
  readonly flat: string | undefined;
}

/** Rollouts by group, in their order, which is that of the rows. Those without a reward are of no group. */
export function groupsOf(rows: readonly RolloutRow[]): Group[] {
  const paid = rows.filter(({ advantage, reward }) => advantage !== null || reward !== null);
  const groups = Map.groupBy(paid, ({ step, group }) => `${step} ${group}`);
  return [...groups.values()].map((rows) => {
    const { step, group } = rows[0]!;
    const flat = isFlat(rows.map(({ reward }) => reward)) ? whyFlat(rows) : undefined;
    return { step, group, rows, flat };
  });
}

const ALL: Readonly<Record<string, string>> = {
  correct: "all are right: the problem is too easy",
  wrong: "all are wrong: the problem is too hard, or its answer is",
  no_answer: "nothing could be extracted from any",
  timed_out: "all timed out",
};

/** Why the rewards of a group agree. */
function whyFlat(rows: readonly RolloutRow[]): string {
  if (rows.length === 1) return "it is alone: there is nothing to compare it with";
  const scored = rows.filter(({ reward }) => reward !== null);
  if (scored.length < 2) return `a reward applies to ${scored.length} of ${rows.length}`;
  const first = rows[0]!;
  if (rows.every(({ completion }) => completion === first.completion)) {
    return `all wrote the same, which is ${first.verdict ?? "paid alike"}`;
  }
  if (rows.every(({ finished }) => !finished)) return "all were cut off";
  const alike = rows.every(({ verdict }) => verdict === first.verdict);
  const known = first.verdict === null ? undefined : ALL[first.verdict];
  if (alike && known !== undefined) return known;
  return alike ? "all earn the same" : "all earn the same, though they were graded differently";
}

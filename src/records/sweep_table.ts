/** What a sweep came to: numbers of its groups over their seeds. @module */
import type { Json, JsonObject } from "../core/mod.ts";
import { flatten } from "./metric_rows.ts";
import { isMeant } from "./step_names.ts";
import type { Member } from "./sweep_axes.ts";

/** A member that ran to its end. */
export interface MemberResult {
  readonly member: Member;
  /** What its steps gave back, by step. */
  readonly metrics: Readonly<Record<string, JsonObject>>;
}

/** How numbers are spread, as far as there are enough of them. */
export interface Spread {
  readonly mean: number;
  readonly n: number;
  /** Bessel-corrected. */
  readonly sd?: number;
  /** 95 % of the mean. */
  readonly interval?: readonly [number, number];
}

/** What numbers come from: `src/rl/statistics.ts`, which knows nothing of runs. */
export interface Statistics {
  spread(values: readonly number[]): Spread;
}

/** A number of a group. */
export interface SweepRow {
  /** Values by path; empty where only seeds were swept. */
  readonly group: Readonly<Record<string, string>>;
  /** `step.metric`. */
  readonly metric: string;
  readonly spread: Spread;
  /** Of seeds that the first group has too: this one less that one. */
  readonly difference?: Spread;
}

/**
 * The table of a sweep: for each number of each group its spread over seeds, and the paired difference to the first group.
 *
 * @param wanted which numbers, `step.metric`, where a step may be named by less (see `isMeant`); unless given, those of steps outside of loops that are not the same everywhere
 */
export function sweepTable(
  results: readonly MemberResult[],
  { spread }: Statistics,
  wanted: readonly string[] = [],
): SweepRow[] {
  const numbers = results.map(({ member, metrics }) => ({ member, numbers: numbersOf(metrics) }));
  const known = [...new Set(numbers.flatMap(({ numbers }) => [...numbers.keys()]))];
  const names = wanted.length > 0
    ? wanted.flatMap((one) => known.filter((name) => isNumberNamed(one, name)))
    : changing(numbers.map(({ numbers }) => numbers));
  const groups = [...Map.groupBy(numbers, ({ member }) => JSON.stringify(member.group)).values()];
  return names.flatMap((metric) =>
    groups.flatMap((members, g): SweepRow[] => {
      const own = bySeed(members, metric), first = bySeed(groups[0]!, metric);
      if (own.size === 0) return [];
      const pairs = [...own].flatMap(([seed, value]) =>
        first.has(seed) ? [value - first.get(seed)!] : []
      );
      const { group } = members[0]!.member;
      const difference = g === 0 || pairs.length === 0 ? {} : { difference: spread(pairs) };
      return [{ group, metric, spread: spread([...own.values()]), ...difference }];
    })
  );
}

/** Names of all numbers that members have, `step.metric`. */
export function numberNames(results: readonly MemberResult[]): string[] {
  return [...new Set(results.flatMap(({ metrics }) => [...numbersOf(metrics).keys()]))];
}

/** Whether `step.metric` may be a number of a step, which may be named by less than its whole name. */
export function isNumberOf(wanted: string, step: string): boolean {
  return beginnings(wanted).some(([word]) => isMeant(word, step));
}

/** Whether a number is meant: by its name, or with less of its step's name than all of it. */
export function isNumberNamed(wanted: string, name: string): boolean {
  if (wanted === name) return true;
  return beginnings(wanted).some(([word, metric]) =>
    name.endsWith(`.${metric}`) && isMeant(word, name.slice(0, -metric.length - 1))
  );
}

/** Steps and metrics that a name may be of: either may have points in it. */
function beginnings(name: string): [step: string, metric: string][] {
  return [...name.matchAll(/\./g)].map((
    { index },
  ) => [name.slice(0, index), name.slice(index + 1)]);
}

type Numbers = ReadonlyMap<string, number>;

/** A number of members by their seeds. */
function bySeed(
  members: readonly { readonly member: Member; readonly numbers: Numbers }[],
  metric: string,
): Map<string, number> {
  return new Map(
    members.flatMap(({ member, numbers }) => {
      const value = numbers.get(metric);
      return value === undefined ? [] : [[JSON.stringify(member.replicate), value]];
    }),
  );
}

function numbersOf(metrics: Readonly<Record<string, JsonObject>>): Map<string, number> {
  return new Map(
    Object.entries(metrics).flatMap(([step, given]) =>
      Object.entries(flatten(given)).flatMap(([name, value]: [string, Json]) =>
        typeof value === "number" ? [[`${step}.${name}`, value] as const] : []
      )
    ),
  );
}

/** Numbers of steps outside of loops that some members have otherwise; all, where there are none. */
function changing(members: readonly Numbers[]): string[] {
  const names = [...new Set(members.flatMap((numbers) => [...numbers.keys()]))]
    .filter((name) => !/^\w+\[/.test(name));
  const differing = names.filter((name) =>
    new Set(members.map((numbers) => numbers.get(name))).size > 1
  );
  return differing.length > 0 ? differing : names;
}

/** Which steps of a plan a run goes through, and which it makes again. @module */
import { closest, type Diagnostic, DiagnosticError } from "./diagnostic.ts";
import type { Prospect } from "./forecast.ts";
import { withDependents, withNeeds } from "./needs.ts";
import type { Plan, PlannedStep } from "./planned.ts";

/** What a run is told to do; steps by their names, see {@linkcode stepsNamed}. */
export interface Wanted {
  /** Steps that are made, and what they need; nothing else. */
  readonly until?: readonly string[];
  /** Steps that are made; what they need is taken from the store. */
  readonly only?: readonly string[];
  /** Steps that are made again, and all that depend on them. */
  readonly from?: readonly string[];
  /** Steps that are made again. */
  readonly force?: readonly string[];
}

/** What a run does of a plan. */
export interface Selection<S> {
  /** The steps that it goes through. */
  readonly plan: Plan<S>;
  /** How many steps it leaves out. */
  readonly left: number;
  /** Steps that are made again though they are stored. */
  readonly remade: ReadonlySet<string>;
  /** Steps that are taken from the store, and not made. */
  readonly kept: ReadonlySet<string>;
}

/** Picks steps of a plan. @throws {DiagnosticError} for names of no step, and for wishes that contradict each other */
export function select<S>(plan: Plan<S>, wanted: Wanted): Selection<S> {
  const { until = [], only = [], from = [], force = [] } = wanted, { steps } = plan;
  if (until.length > 0 && only.length > 0) {
    const message = "until and only contradict each other: one makes what steps need, one does not";
    throw new DiagnosticError([{ message, hint: "leave one of them out" }]);
  }
  const [whole, made] = [stepsNamed(steps, until, "until"), stepsNamed(steps, only, "only")];
  const again = stepsNamed(steps, force, "force"), first = stepsNamed(steps, from, "from");
  const taken = whole.size + made.size === 0
    ? undefined
    : withNeeds(steps, made.size > 0 ? made : whole);
  const kept = taken === undefined || made.size === 0 ? new Set<string>() : taken.difference(made);
  const mayBeMade = made.size > 0 ? made : taken;
  const remade = new Set([
    ...within(again, mayBeMade, "force"),
    ...within(first, mayBeMade, "from", withDependents(steps, first)),
  ]);
  const chosen = taken === undefined ? steps : steps.filter(({ id }) => taken.has(id));
  return { plan: { ...plan, steps: chosen }, left: steps.length - chosen.length, remade, kept };
}

/** Those of some steps that a run makes. @throws {DiagnosticError} when it makes none of those that were named */
function within(
  named: ReadonlySet<string>,
  made: ReadonlySet<string> | undefined,
  option: string,
  all: ReadonlySet<string> = named,
): ReadonlySet<string> {
  if (made === undefined || named.size === 0) return all;
  if (named.isDisjointFrom(made)) {
    const message = `${option} names ${
      [...named][0]
    }, which this run does not go as far as to make`;
    throw new DiagnosticError([{ message, hint: "name a step that it makes" }]);
  }
  return all.intersection(made);
}

/**
 * Steps by their names: as a plan lists them (`meta[3].students@dataset=1`), or what these begin with, with or without
 * iterations and values (`meta[3]`, `meta.students`, `meta.students@dataset=1`, `meta`).
 *
 * @throws {DiagnosticError} for names of no step
 */
export function stepsNamed<S>(
  steps: readonly PlannedStep<S>[],
  names: readonly string[],
  option: string,
): Set<string> {
  const found = new Set<string>(), mistakes: Diagnostic[] = [];
  for (const name of names) {
    const exact = steps.find(({ id }) => id === name);
    const meant = exact === undefined ? steps.filter((step) => isNamed(step, name)) : [exact];
    for (const { id } of meant) found.add(id);
    if (meant.length > 0) continue;
    const known = new Set(steps.flatMap(({ id, name }) => [name, id, ...around(name)]));
    const near = nearestStep(name, known);
    const hint = near === undefined ? "soar plan lists the steps" : `did you mean ${near}?`;
    mistakes.push({ message: `${option} names ${name}, and there is no such step`, hint });
  }
  if (mistakes.length > 0) throw new DiagnosticError(mistakes);
  return found;
}

/** The step that is most likely meant by a name of none, which may lack the loops around it. */
export function nearestStep(name: string, known: Iterable<string>): string | undefined {
  const all = [...known], last = (step: string) => /(?:^|\.)([a-z_]\w*)$/i.exec(step)?.[1] ?? "";
  const near = closest(name, all);
  if (near !== undefined) return near;
  const inside = closest(name, all.map(last).filter((one) => one !== ""));
  return inside === undefined ? undefined : all.find((step) => last(step) === inside);
}

/** Names of the loops around a step. */
function around(name: string): string[] {
  return name.split(".").slice(0, -1).map((_, i, parts) => parts.slice(0, i + 1).join("."));
}

function isNamed<S>({ id, name }: PlannedStep<S>, wanted: string): boolean {
  const withoutIterations = id.replaceAll(/\[\d+\](?=\.)/g, "");
  return [id, withoutIterations, name].some((one) => begins(one, wanted));
}

/** Whether a name begins with whole parts. */
function begins(name: string, part: string): boolean {
  if (part === "" || !name.startsWith(part)) return false;
  const next = name[part.length];
  // After a value on an axis, a point may be part of it: rate=0 is not rate=0.1.
  if (next === ".") return !part.slice(part.lastIndexOf(".") + 1).includes("@");
  return next === undefined || next === "[" || next === "@" || next === ",";
}

/** What is not in the store of the steps that a run is to take from there. */
export function missingSteps<S>(
  { plan, kept }: Selection<S>,
  forecasts: ReadonlyMap<string, Prospect>,
): string[] {
  const isMissing = (id: string) => ["miss", "damaged"].includes(forecasts.get(id)!.lookup.kind);
  return plan.steps.flatMap(({ id }) => kept.has(id) && isMissing(id) ? [id] : []);
}

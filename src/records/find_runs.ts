/** Several runs by what people call them: with commas, or a sweep. @module */
import { DiagnosticError, type Store, suggest } from "../core/mod.ts";
import type { RunRecord } from "./run_record.ts";
import { findRun, listRuns } from "./runs.ts";
import { isSeed } from "./sweep_axes.ts";

/** The runs that somebody means: one, several with commas, or all of a sweep. @throws {DiagnosticError} for what is none */
export function findRuns(store: Store, wanted: string): RunRecord[] {
  const runs = listRuns(store);
  // A name may have commas in it.
  const isName = runs.some(({ id, name }) => id === wanted || name === wanted);
  const words = isName ? [wanted] : wanted.split(",").map((one) => one.trim());
  if (words.length > 1 && words.includes("")) {
    const hint = "write run,run without an empty one between";
    throw new DiagnosticError([{ message: `${wanted} has an empty name between commas`, hint }]);
  }
  const found = words.flatMap((word) => {
    const members = membersOf(runs, word);
    return members.length > 0 ? members : [findRun(store, word)];
  });
  return [...new Map(found.map((record) => [record.id, record])).values()];
}

/**
 * The runs of a sweep, by its id, or the latest of its name; with `:path=value` after it, those of that value. A sweep that
 * went on after it was stopped has several of a member: the latest that is done, or else the latest, stands for it.
 *
 * @throws {DiagnosticError} where it has no such value
 */
function membersOf(runs: readonly RunRecord[], word: string): RunRecord[] {
  const [wanted = "", ...values] = word.split(":");
  const isRun = runs.some(({ id, name }) => id === wanted || name === wanted);
  const named = runs.find(({ sweep }) => sweep?.name === wanted && !isRun)?.sweep?.id;
  const all = runs.filter(({ sweep }) => sweep !== undefined && sweep.id === (named ?? wanted));
  const overrides = all.flatMap(({ sweep }) => sweep?.overrides ?? []);
  const other = all.length === 0 ? undefined : values.find((one) => !overrides.includes(one));
  if (other !== undefined) {
    const message = `${wanted} has no member with ${other}`;
    throw new DiagnosticError([{ message, hint: suggest(other, [...new Set(overrides)]) }]);
  }
  const meant = all.filter(({ sweep }) => values.every((one) => sweep?.overrides.includes(one)));
  const members = Map.groupBy(meant, ({ sweep }) => JSON.stringify(sweep?.overrides));
  return [...members.values()].map((same) =>
    same.find(({ status }) => status === "done") ?? same[0]!
  );
}

/** What runs of a sweep differ in besides their seeds; nothing where they are replicates. */
export function variedIn(runs: readonly RunRecord[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const { sweep } of runs) {
    for (const override of sweep?.overrides ?? []) {
      const path = override.slice(0, override.indexOf("="));
      values.set(path, (values.get(path) ?? new Set()).add(override));
    }
  }
  return [...values].flatMap(([path, all]) => all.size > 1 && !isSeed(path) ? [path] : []);
}

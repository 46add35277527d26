/** Several runs by what people call them: with commas, or a sweep. @module */
import { DiagnosticError, type Store } from "../core/mod.ts";
import type { RunRecord } from "./run_record.ts";
import { findRun, listRuns } from "./runs.ts";

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
 * The runs of a sweep, by its id, or the latest of its name. A sweep that went on after it was stopped has several of a
 * member: the latest that is done, or else the latest, stands for it.
 */
function membersOf(runs: readonly RunRecord[], wanted: string): RunRecord[] {
  const isRun = runs.some(({ id, name }) => id === wanted || name === wanted);
  const named = runs.find(({ sweep }) => sweep?.name === wanted && !isRun)?.sweep?.id;
  const all = runs.filter(({ sweep }) => sweep !== undefined && sweep.id === (named ?? wanted));
  const members = Map.groupBy(all, ({ sweep }) => JSON.stringify(sweep?.overrides));
  return [...members.values()].map((same) =>
    same.find(({ status }) => status === "done") ?? same[0]!
  );
}

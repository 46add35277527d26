import { describeDifference, type KeyParts, type Store } from "../core/mod.ts";
import { listRuns, readEvents } from "../records/mod.ts";
import type { ExplainView } from "./views.ts";

/** Why a step of a run has its key; undefined where it has none. @param other the run to compare with, else the last of the same pipeline before it that has the step */
export function explainStep(
  store: Store,
  run: string,
  step: string,
  other?: string,
): ExplainView | undefined {
  const key = keyIn(store, run, step);
  if (key === undefined) return undefined;
  const parts = store.readAction(key)?.parts;
  const before = other === undefined ? lastBefore(store, run, step) : keyed(store, other, step);
  return {
    key,
    ...parts === undefined ? {} : { parts },
    ...before === undefined ? {} : { before: { ...before, ...linesOf(store, before.key, parts) } },
  };
}

/** The key of a step, be it done or not. */
function keyIn(store: Store, run: string, step: string): string | undefined {
  const events = readEvents(store, run, (line) => line.includes('"key"'));
  const keys = events.flatMap((event) => "key" in event && event.step === step ? [event.key] : []);
  return keys.at(-1);
}

function keyed(store: Store, run: string, step: string) {
  const key = keyIn(store, run, step);
  return key === undefined ? undefined : { run, key };
}

function lastBefore(store: Store, id: string, step: string) {
  const runs = listRuns(store), run = runs.find((one) => one.id === id);
  for (const one of runs) {
    if (run === undefined || one.pipeline !== run.pipeline || one.started >= run.started) continue;
    const found = keyed(store, one.id, step);
    if (found !== undefined) return found;
  }
  return undefined;
}

function linesOf(store: Store, key: string, parts: KeyParts | undefined) {
  const before = store.readAction(key)?.parts;
  if (before === undefined || parts === undefined) return {};
  return { lines: describeDifference(before, parts) };
}

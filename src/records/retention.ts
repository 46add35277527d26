/** Which runs keep what is in a store, and what nothing keeps. @module */
import type { Holdings, Store, Things } from "../core/mod.ts";
import { listRuns, readEvents } from "./runs.ts";
import type { RunRecord } from "./run_record.ts";

/** What keeps a run, besides its being recent: a name, and that it is at work. */
export interface Retention {
  /** How many of the latest runs are kept; all unless given. */
  readonly keep?: number;
  /** Bytes that all that is kept may take; the oldest runs go first. */
  readonly maxBytes?: number;
}

/** A run and what its results consist of. */
export interface HeldRun {
  readonly run: RunRecord;
  readonly things: Things;
}

/** What a clean-up would do. */
export interface Cleaning {
  readonly kept: readonly HeldRun[];
  /** Runs that are forgotten, latest first. */
  readonly dropped: readonly RunRecord[];
  /** What no kept run needs. */
  readonly garbage: Things;
  /** Bytes of what is kept. */
  readonly bytes: number;
}

/** The runs of a store, latest first, with what they hold. */
export function heldRuns(store: Store, holdings: Holdings): HeldRun[] {
  return listRuns(store).map((run) => ({ run, things: holdings.of(keysOf(store, run.id)) }));
}

/** The keys of the steps that a run had to do with. */
export function keysOf(store: Store, run: string): Set<string> {
  const events = readEvents(store, run, (line) => /"kind":"step-(started|finished)"/.test(line));
  return new Set(
    events.flatMap((event) =>
      event.kind === "step-started" || event.kind === "step-finished" ? [event.key] : []
    ),
  );
}

/** Tells what is kept, and what goes. Runs with a name, and those at work, stay in any case. */
export function planCleaning(
  store: Store,
  holdings: Holdings,
  { keep = Infinity, maxBytes = Infinity }: Retention,
): Cleaning {
  const runs = heldRuns(store, holdings);
  const stays = ({ run }: HeldRun) => run.name !== undefined || run.status === "running";
  const kept: HeldRun[] = runs.filter(stays), dropped: RunRecord[] = [];
  const needed: Things = new Map(kept.flatMap(({ things }) => [...things]));
  let bytes = total(needed), isFull = false;
  for (const [age, held] of runs.entries()) {
    if (stays(held)) continue;
    const more = [...held.things].filter(([path]) => !needed.has(path));
    const size = more.reduce((sum, [, size]) => sum + size, 0);
    isFull ||= bytes + size > maxBytes; // nothing older is kept in a newer one's place
    if (age >= keep || isFull) dropped.push(held.run);
    else {
      kept.push(held);
      for (const [path, size] of more) needed.set(path, size);
      bytes += size;
    }
  }
  const garbage = new Map([...holdings.all()].filter(([path]) => !needed.has(path)));
  return { kept, dropped, garbage, bytes };
}

/** Removes what a clean-up planned. @returns paths that could not be removed */
export function clean(holdings: Holdings, { dropped, garbage }: Cleaning): string[] {
  return holdings.remove([...dropped.map(({ id }) => `runs/${id}`), ...garbage.keys()]);
}

/** Bytes of things. */
export function total(things: Things): number {
  return things.values().reduce((sum, bytes) => sum + bytes, 0);
}

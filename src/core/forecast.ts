/** What a run would do, as far as the store tells. @module */
import { existsSync } from "node:fs";
import type { Action, Lookup } from "./action.ts";
import { Ends } from "./ends.ts";
import { keyOf, type KeyParts } from "./key.ts";
import { needsOf } from "./needs.ts";
import type { EndingLoop, Plan, PlannedStep } from "./planned.ts";
import { filesOf, inputsOf, keyParts, readyStep } from "./ready.ts";
import type { Store } from "./store.ts";

/** What a plan step would do now. */
export type Forecast =
  | Lookup
  /** It depends on a step that has to run first, for what it reads or whether it runs; or on a file that is not there. */
  | { readonly kind: "unknown"; readonly absent?: string }
  /** It is made again, whatever is stored. */
  | { readonly kind: "forced" }
  /** The loop ended before. */
  | { readonly kind: "skipped"; readonly loop: EndingLoop };

/** What a plan step would do now, and the parts of its key where they are known. */
export interface Prospect {
  readonly lookup: Forecast;
  readonly parts: KeyParts | undefined;
  /** A step that is made again, and this is so where it comes out as before. */
  readonly given?: string;
}

/**
 * Tells for each step whether its result is in the store, without running anything. Steps that are made again and have a
 * result are taken to come out as before.
 *
 * @param remade steps that are made again
 */
export function forecast<S>(
  plan: Plan<S>,
  store: Store,
  code: (url: string) => string,
  remade: ReadonlySet<string> = new Set(),
): Map<string, Prospect> {
  const done = new Map<string, Action>(), ends = new Ends((step) => done.get(step)?.metrics);
  const prospects = new Map<string, Prospect>();
  for (const step of plan.steps) {
    const { lookup, parts } = prospectOf(step, done, ends, store, code);
    if (remade.has(step.id) && lookup.kind !== "skipped") {
      prospects.set(step.id, { lookup: { kind: "forced" }, parts });
      continue;
    }
    const given = remade.size === 0 || lookup.kind === "unknown"
      ? undefined
      : givenOf(step, prospects);
    prospects.set(step.id, { lookup, parts, ...given === undefined ? {} : { given } });
  }
  return prospects;
}

/** A step that is made again, on whose result it depends what is known of this one. */
function givenOf<S>(
  step: PlannedStep<S>,
  prospects: ReadonlyMap<string, Prospect>,
): string | undefined {
  for (const need of needsOf(step)) {
    const prospect = prospects.get(need), isMade = prospect?.lookup.kind === "forced";
    const given = isMade ? need : prospect?.given;
    if (given !== undefined) return given;
  }
  return undefined;
}

function prospectOf<S>(
  step: PlannedStep<S>,
  done: Map<string, Action>,
  ends: Ends,
  store: Store,
  code: (url: string) => string,
): Prospect {
  const loop = endedBefore(step, ends);
  if (loop !== undefined) return { lookup: { kind: "skipped", loop }, parts: undefined };
  const ready = ends.reaches(step.when) === "yes" ? readyStep(step, ends) : undefined;
  const sources = Object.values(ready?.inputs ?? {}).flatMap((binding) => binding.sources);
  if (ready === undefined || !sources.every((source) => done.has(source.step))) {
    return { lookup: { kind: "unknown" }, parts: undefined };
  }
  const absent = filesOf(step).find((file) => !existsSync(file));
  if (absent !== undefined) return { lookup: { kind: "unknown", absent }, parts: undefined };
  const parts = keyParts(ready, inputsOf(ready, done), code, store);
  const lookup = store.find(keyOf(parts), step.stage.outputs);
  if (lookup.kind === "hit") done.set(step.id, lookup.action);
  return { lookup, parts };
}

/** The loop around a step that ends before it is reached. */
function endedBefore<S>({ when }: PlannedStep<S>, ends: Ends): EndingLoop | undefined {
  return when.find((guard) => ends.reaches([guard]) === "no")?.loop;
}

/** Which steps need which. @module */
import { isChoice, possibleOutputs } from "./choice.ts";
import type { PlannedStep, Source } from "./planned.ts";

/**
 * The steps that a step needs, as far as they are not needed by these in turn: those that it may read, and those that
 * tell whether it is reached and what it reads.
 */
export function needsOf<S>({ inputs, when }: PlannedStep<S>): Set<string> {
  const needs = new Set<string>();
  // Whoever tells whether an iteration is reached needs whoever told of the one before.
  for (const { loop, iteration } of when) needs.add(loop.deciders[iteration - 1]!);
  const seen = new Set<readonly Source[]>();
  const addDeciders = (sources: readonly Source[]) => {
    if (seen.has(sources)) return;
    seen.add(sources);
    for (const source of sources) {
      if (!isChoice(source)) continue;
      needs.add(source.loop.deciders.at(-1)!);
      source.iterations.forEach(addDeciders);
    }
  };
  for (const { sources } of Object.values(inputs)) {
    for (const { step } of possibleOutputs(sources)) needs.add(step);
    addDeciders(sources);
  }
  return needs;
}

/** Steps, and all that they need, directly or not. */
export function withNeeds<S>(
  steps: readonly PlannedStep<S>[],
  wanted: ReadonlySet<string>,
): Set<string> {
  const all = new Set(wanted);
  // Each stands after what it needs.
  for (const step of steps.toReversed()) {
    if (all.has(step.id)) { for (const need of needsOf(step)) all.add(need); }
  }
  return all;
}

/** Steps, and all that need them, directly or not. */
export function withDependents<S>(
  steps: readonly PlannedStep<S>[],
  wanted: ReadonlySet<string>,
): Set<string> {
  const all = new Set(wanted);
  for (const step of steps) {
    if ([...needsOf(step)].some((need) => all.has(need))) all.add(step.id);
  }
  return all;
}

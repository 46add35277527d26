/** Whether two runs of a pipeline came to the same, and where they part. @module */
import type { Stamped } from "../core/mod.ts";

/** What a run made of a step. */
export interface StepOutcome {
  readonly step: string;
  readonly key: string;
  readonly outputs: Readonly<Record<string, string | readonly string[]>>;
}

/** How a step of a run compares with the same step of another. */
export type StepComparison =
  /** Same key, same results. */
  | { readonly step: string; readonly kind: "same" }
  /** Another key, yet the same results. */
  | { readonly step: string; readonly kind: "rekeyed" }
  /** Same key, other results: it is not reproducible here. */
  | { readonly step: string; readonly kind: "differs"; readonly ports: readonly string[] }
  /** Another key, other results: something that it depends on is not the same. */
  | { readonly step: string; readonly kind: "changed"; readonly ports: readonly string[] }
  /** Only one of them has a result. */
  | { readonly step: string; readonly kind: "missing" | "added" };

/** What the steps of a run came to, in the order in which they ended. */
export function outcomesOf(events: readonly Stamped[]): StepOutcome[] {
  return events.flatMap((event) =>
    event.kind === "step-finished"
      ? [{ step: event.step, key: event.key, outputs: event.outputs }]
      : []
  );
}

/** Compares the steps of a run with those of another, in the order of the first, then what only the other has. */
export function compareOutcomes(
  before: readonly StepOutcome[],
  after: readonly StepOutcome[],
): StepComparison[] {
  const others = new Map(after.map((outcome) => [outcome.step, outcome]));
  const known = new Set(before.map(({ step }) => step));
  return [
    ...before.map((outcome): StepComparison => {
      const { step } = outcome, other = others.get(step);
      if (other === undefined) return { step, kind: "missing" };
      const isSame = other.key === outcome.key;
      const ports = Object.keys(outcome.outputs).filter((port) =>
        JSON.stringify(outcome.outputs[port]) !== JSON.stringify(other.outputs[port])
      );
      if (ports.length === 0) return { step, kind: isSame ? "same" : "rekeyed" };
      return { step, kind: isSame ? "differs" : "changed", ports };
    }),
    ...after.filter(({ step }) => !known.has(step))
      .map(({ step }): StepComparison => ({ step, kind: "added" })),
  ];
}

/** A run as reports show it: plain data, so that it can be looked at anywhere. @module */
import type { JsonObject } from "../core/mod.ts";
import type { RunRecord } from "../records/mod.ts";
import type { StepName } from "../records/step_names.ts";
import type { RunStep } from "../records/steps.ts";
import type { Evaluation } from "../rl/evaluation.ts";

/** What is read of a step's results; each is there where the step made one. */
export interface Findings {
  readonly evaluation?: Evaluation;
  readonly rewards?: { readonly rewards: readonly number[] };
  readonly promotion?: { readonly promoted: boolean; readonly average: number };
  readonly proposals?: JsonObject;
  readonly report?: {
    readonly evaluations?: readonly NamedEvaluation[];
    readonly series?: readonly {
      readonly name: string;
      readonly evaluations: readonly Evaluation[];
    }[];
  };
}

/** An evaluation as a report calls it. */
export type NamedEvaluation = Evaluation & { readonly name: string };

/** A step of a run, and what it left. */
export interface StepView extends RunStep {
  /** Its name taken apart. */
  readonly parts: StepName;
  readonly findings: Findings;
  /** Rows of its table `metrics`. */
  readonly curves: readonly JsonObject[];
  /** What models wrote in it, some of it. */
  readonly rollouts: readonly JsonObject[];
}

/** A run, and its steps in their order. */
export interface RunView {
  readonly record: RunRecord;
  /** What the pipeline says of itself. */
  readonly summary?: string;
  readonly steps: readonly StepView[];
  /** Of evaluated sets of problems, by digest: how many of them a policy was trained on; not there where that is not known. */
  readonly seen?: Readonly<Record<string, number>>;
}

/** The iteration of the innermost loop that a step is of. */
export function iterationOf({ parts }: StepView): number | undefined {
  return Object.values(parts.loops).at(-1);
}

/** The evaluations that a run ends with: as its report names them, or those of steps outside of loops. */
export function finalEvaluations({ steps }: RunView): readonly NamedEvaluation[] {
  const named = steps.flatMap(({ findings }) => findings.report?.evaluations ?? []);
  if (named.length > 0) return named;
  return steps.flatMap((step) =>
    step.findings.evaluation === undefined || iterationOf(step) !== undefined
      ? []
      : [{ ...step.findings.evaluation, name: step.step }]
  );
}

/** Steps of all runs that are the same but for iterations and values, by that name. */
export function stepsByName(runs: readonly RunView[]): ReadonlyMap<string, readonly StepView[]> {
  return Map.groupBy(runs.flatMap(({ steps }) => steps), ({ parts }) => parts.name);
}

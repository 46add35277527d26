/** What names stand for while a pipeline is laid out. @module */
import type { JsonObject, Path } from "./document.ts";
import type { OutputRef } from "./planned.ts";
import type { Port } from "./stage.ts";

/** A step's values on its axes, as labels: equal for equal values. */
export type Labels = Readonly<Record<string, string>>;

/** One run of a step in a matrix. */
export interface Instance {
  readonly id: string;
  readonly labels: Labels;
}

/** A step that was laid out. */
export interface StepEntry {
  readonly kind: "step";
  readonly stage: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly axes: readonly string[];
  readonly instances: readonly Instance[];
}

/** What a name in scope stands for. */
export type Entry =
  | StepEntry
  | {
    readonly kind: "loop";
    readonly iterations: readonly Scope[];
    /** What the last iteration yields. */
    readonly yields: Values;
  }
  /** A step with mistakes of its own. */
  | { readonly kind: "broken" };

/** References by name: null is nothing, undefined a mistake that was told. */
export type Values = ReadonlyMap<string, Resolved | null | undefined>;

/** Settings of every step below that has them: the `with` of the pipeline or of a loop. */
export interface Inherited {
  readonly values: JsonObject;
  readonly path: Path;
  /** Those that some step has. */
  readonly taken: Set<string>;
}

/** The names that a step can refer to. */
export interface Scope {
  /** Steps that were laid out. */
  readonly entries: Map<string, Entry>;
  /** All steps of this level as written, later ones included. */
  readonly pending: JsonObject;
  /** What ids start with here. */
  readonly prefix: string;
  /** What steps here are configured with where they do not say otherwise, the outermost first. */
  readonly inherited: readonly Inherited[];
  /** Iterations of the loops around. */
  readonly loops: readonly number[];
  readonly parent?: Scope;
  /** In a loop: what `prev.` refers to. */
  readonly prev?: Values;
  /** What references from here were found to stand for. */
  readonly found: Map<string, Found>;
}

/** What a reference stands for. */
export interface Resolved {
  /** Kind of the artifacts. */
  readonly kind: string;
  /** Whether it may be several outputs: of runs of a matrix, or of iterations. */
  readonly many: boolean;
  /** Whether each output is a list. */
  readonly lists: boolean;
  /** The outputs, in order. */
  readonly sources: readonly OutputRef[];
}

/** A port of a step in one scope or, for `loop[*]`, in each iteration. */
export interface Target {
  readonly entries: readonly StepEntry[];
  readonly name: string;
  readonly port: Port;
  /** Whether it collects over iterations. */
  readonly every: boolean;
  /** What it stands for to steps with the same values on shared axes. */
  readonly chosen: Map<string, Resolved>;
}

/** What a reference leads to, before the reader's matrix is looked at. */
export type Found = { readonly target: Target } | { readonly value: Resolved | null };

/** What names stand for while a pipeline is laid out. @module */
import type { Allowance } from "./allowance.ts";
import type { JsonObject } from "./document.ts";
import type { Inherited } from "./inherited.ts";
import type { EndingLoop, Guard, Source } from "./planned.ts";
import type { Port } from "./stage.ts";

/** Values on axes, as labels: equal for equal values. */
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

/** One run of a loop: all its iterations. */
export interface LoopRun {
  /** Its values on the loop's axes. */
  readonly labels: Labels;
  readonly iterations: readonly Scope[];
  /** What the last iteration yields; where a loop may end early, what each does. */
  readonly yields: readonly [Values, ...Values[]];
  /** Where it may end early. */
  readonly ending?: EndingLoop;
}

/** A loop that was laid out. */
export interface LoopEntry {
  readonly kind: "loop";
  readonly axes: readonly string[];
  readonly runs: readonly LoopRun[];
  /** What its yields were found to stand for. */
  readonly found: Map<string, Found>;
}

/** What a name in scope stands for. */
export type Entry =
  | StepEntry
  | LoopEntry
  /** A step with mistakes of its own. */
  | { readonly kind: "broken" };

/** What names that a loop carries or yields stand for. */
export type Values = ReadonlyMap<string, Meaning>;

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
  /** How often steps here are tried, and how long, where they do not say otherwise. */
  readonly allowance: Allowance;
  /** Iterations of the loops around. */
  readonly loops: readonly number[];
  /** Those of them that may not be reached. */
  readonly when: readonly Guard[];
  /** Values on the axes of the loops around. */
  readonly matrix: JsonObject;
  /** The same, as labels. */
  readonly labels: Labels;
  readonly parent?: Scope;
  /** In a loop: what `prev.` refers to. */
  readonly prev?: Values;
  /** What references from here were found to lead to. */
  readonly found: Map<string, Found>;
}

/** What a reference stands for. */
export type Meaning =
  | Outputs
  /** A carried nothing. */
  | { readonly is: "nothing" }
  /** A mistake, which was told. */
  | { readonly is: "wrong" };

/** Outputs of steps. */
export interface Outputs {
  readonly is: "outputs";
  /** Kind of the artifacts. */
  readonly kind: string;
  /** Whether it may be several outputs: of runs of a matrix, or of iterations. */
  readonly many: boolean;
  /** Whether each output is a list. */
  readonly lists: boolean;
  /** The outputs, in order. */
  readonly sources: readonly Source[];
}

/** See {@linkcode Meaning}. */
export const NOTHING = { is: "nothing" } as const;
/** See {@linkcode Meaning}. */
export const WRONG = { is: "wrong" } as const;

/** What a reference leads to, before the reader's values on axes are looked at. */
export type Found =
  /** A port of a step. */
  | Sharing & {
    readonly leads: "to a port";
    readonly entry: StepEntry;
    readonly name: string;
    readonly port: Port;
  }
  /** What a loop carries or yields. */
  | Sharing & { readonly leads: "to a value"; readonly meaning: Meaning }
  /** The same of each run of a loop's matrix. */
  | Sharing & {
    readonly leads: "to runs";
    /** The loop's own axes. */
    readonly own: readonly string[];
    readonly runs: readonly { readonly labels: Labels; readonly found: Found }[];
  }
  /** The same of iterations of a loop: of all, or of the last where that is not known. */
  | Sharing & {
    readonly leads: "to iterations";
    readonly take: "last" | "every";
    readonly ending: EndingLoop | undefined;
    readonly iterations: readonly Found[];
  };

interface Sharing {
  /** Axes that the reader may share. */
  readonly axes: readonly string[];
  /** What it stands for to readers with the same values on the axes they share. */
  readonly chosen: Map<string, Meaning>;
}

/** What a pipeline becomes: steps in the order they run, every reference resolved. @module */
import type { CheckpointTimes } from "./checkpoints.ts";
import type { Allowance } from "./allowance.ts";
import type { Location } from "./diagnostic.ts";
import type { JsonObject, Path } from "./document.ts";
import type { Seed } from "./key.ts";
import type { Use } from "./library.ts";
import type { Permissions } from "./permissions.ts";
import type { Resources } from "./resources.ts";
import type { Stage } from "./stage.ts";
import type { Until } from "./until.ts";

/** An output of a step; `index` picks an item of a list. */
export interface OutputRef {
  /** Id of the step. */
  readonly step: string;
  /** Name of the output port. */
  readonly port: string;
  /** Item of a list. */
  readonly index?: number;
}

/** What a loop gives whose last iteration is known only at run time. */
export interface Choice {
  /** Which loop. */
  readonly loop: EndingLoop;
  /** Whether what its last iteration gives is meant, or what each gives that ran. */
  readonly take: "last" | "every";
  /** What each iteration would give. */
  readonly iterations: readonly (readonly Source[])[];
  /** Outputs that it is, at least and at most. */
  readonly least: number;
  readonly most: number;
}

/** An output, or what is known to be one at run time. */
export type Source = OutputRef | Choice;

/** What an input port reads. A list may be made of many outputs, or be one list output. */
export interface Binding<R = Source> {
  /** Whether the port takes a list. */
  readonly list: boolean;
  /** Of a port that takes any number by name: the port, and the name. */
  readonly entry?: { readonly port: string; readonly name: string };
  /** The outputs, in order. */
  readonly sources: readonly R[];
}

/** A loop that may end before its last iteration; one run of it, where it has a matrix or is in a loop. */
export interface EndingLoop {
  /** Such as `meta` or `outer[2].inner@x=1`. */
  readonly id: string;
  /** When it ends. */
  readonly until: Until;
  /** For each iteration, the step whose metrics tell whether it is the last. */
  readonly deciders: readonly string[];
}

/** An iteration that may not be reached. */
export interface Guard {
  readonly loop: EndingLoop;
  /** Counted from 0; at least 1, since the first is always reached. */
  readonly iteration: number;
}

/** One run of a stage. `R` is what its inputs read: at run time, outputs alone. */
export interface PlannedStep<S, R = Source> {
  /** Unambiguous name, such as `meta[0].students@dataset=1,repeat=0`; see `label.ts`. */
  readonly id: string;
  /** The name without iterations and values, such as `meta.students`. */
  readonly name: string;
  /** What it runs. */
  readonly stage: Stage<S>;
  /** The stage's module. */
  readonly url: string;
  /** Complete: defaults filled in, paths and modules absolute. */
  readonly config: JsonObject;
  /** Settings that name files, whose contents count in the key instead of their names. */
  readonly files: readonly Path[];
  /** Settings that name definitions, whose code counts in the key. */
  readonly uses: readonly Use[];
  /** Settings that change nothing that comes out, and are left out of the key. */
  readonly unkeyed: readonly Path[];
  /** The pipeline's seed or its own, with its place in loops and matrix. */
  readonly seed: Seed;
  /** What each connected input reads; what stands under a name of one as `port.name`. */
  readonly inputs: Readonly<Record<string, Binding<R>>>;
  /** It runs when all of these iterations are reached. */
  readonly when: readonly Guard[];
  /** How often it is tried, and how long. */
  readonly allowance: Allowance;
  /** What it takes while it runs: outside its key, as it changes no result. */
  readonly resources: Resources;
  /** What its stage may do, where that is narrowed: outside its key too. */
  readonly permissions?: Permissions;
  /** Where it stands in the file. */
  readonly location: Location;
  /**
   * Where a part of it was written: a setting (`with`, its path), its `seed`, or what it `uses`; undefined where it was not,
   * and is as it is by default.
   */
  readonly locate: (part: "with" | "seed" | "uses", path?: Path) => Location | undefined;
}

/** A checked pipeline. */
export interface Plan<S> {
  /** Of the pipeline. */
  readonly name: string;
  /** What it does, where it says so. */
  readonly summary: string | undefined;
  /** Where graphs run, as the pipeline says. */
  readonly device: string;
  /** What every step's seed derives from. */
  readonly seed: number;
  /** Where jobs run, where the pipeline says. */
  readonly executor: string | undefined;
  /** When steps keep checkpoints, where the pipeline says. */
  readonly checkpointTimes: CheckpointTimes | undefined;
  /** Bytes that each table of a step may take, where the pipeline says. */
  readonly tableBytes: number | undefined;
  /** In the order they run. */
  readonly steps: readonly PlannedStep<S>[];
  /** Loops that may end early, in the order they end. */
  readonly loops: readonly EndingLoop[];
}

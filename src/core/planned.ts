/** What a pipeline becomes: steps in the order they run, every reference resolved. @module */
import type { Location } from "./diagnostic.ts";
import type { JsonObject, Path } from "./document.ts";
import type { Seed } from "./key.ts";
import type { Use } from "./library.ts";
import type { Stage } from "./stage.ts";

/** An output of a step; `index` picks an item of a list. */
export interface OutputRef {
  /** Id of the step. */
  readonly step: string;
  /** Name of the output port. */
  readonly port: string;
  /** Item of a list. */
  readonly index?: number;
}

/** What an input port reads. A list may be made of many outputs, or be one list output. */
export interface Binding {
  /** Whether the port takes a list. */
  readonly list: boolean;
  /** The outputs, in order. */
  readonly sources: readonly OutputRef[];
}

/** One run of a stage. */
export interface PlannedStep<S> {
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
  /** The pipeline's seed or its own, with its place in loops and matrix. */
  readonly seed: Seed;
  /** What each connected input reads. */
  readonly inputs: Readonly<Record<string, Binding>>;
  /** Where it stands in the file. */
  readonly location: Location;
}

/** A checked pipeline. */
export interface Plan<S> {
  /** Of the pipeline. */
  readonly name: string;
  /** Where graphs run, as the pipeline says. */
  readonly device: string;
  /** In the order they run. */
  readonly steps: readonly PlannedStep<S>[];
}

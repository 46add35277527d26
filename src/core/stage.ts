import type { Infer, ObjectSchema } from "../../schemas/infer.ts";
import type { Json, JsonObject } from "./document.ts";
import type { Resources } from "./resources.ts";

/**
 * What flows through a port: a kind of artifact, with `[]` for a list of them, `{}` for as many as one likes, each under a
 * name that the pipeline gives it (inputs alone), and `?` where nothing may be connected. `evaluation[]{}` takes lists by name.
 */
export type PortSpec = string;

/** A port specification taken apart. */
export interface Port {
  /** Kind of artifact. */
  readonly kind: string;
  /** Whether it takes or gives many; of one with names, under each. */
  readonly list: boolean;
  /** Whether it takes any number, by name. */
  readonly named: boolean;
  /** Whether it may be left unconnected. */
  readonly optional: boolean;
}

/** Takes `evaluation[]{}?` apart. */
export function parsePort(spec: PortSpec): Port {
  const optional = spec.endsWith("?");
  const required = optional ? spec.slice(0, -1) : spec;
  const named = required.endsWith("{}");
  const each = named ? required.slice(0, -2) : required;
  const list = each.endsWith("[]");
  return { kind: list ? each.slice(0, -2) : each, list, named, optional };
}

/** An artifact that a stage reads. */
export interface Artifact {
  /** Such as `policy`. */
  readonly kind: string;
  /** Digest of its contents; names it in the store. */
  readonly digest: string;
  /** Where its files are; never write there. */
  readonly directory: string;
}

/** Where a stage writes an output. */
export interface Output {
  /** An empty directory for the artifact's files. */
  readonly directory: string;
  /** For a list port: the directory of item `index`. */
  item(index: number): string;
  /**
   * Puts a file that is there under a name in the directory: a link where it is a large one of an artifact, so
   * that artifacts share it; a copy of anything else. Never write to it then.
   */
  place(from: string, to: string): void;
}

/** What an input port reads: of one that takes any number by name, names in the pipeline's order. */
export type Input =
  | Artifact
  | readonly Artifact[]
  | Readonly<Record<string, Artifact | readonly Artifact[]>>;

/** @internal */
type InputOf<P> = string extends P ? Input | undefined
  : P extends `${infer Required}?` ? EachOf<Required> | undefined
  : EachOf<P>;

/** @internal */
type EachOf<P> = P extends `${infer Each}{}` ? Readonly<Record<string, EachOf<Each>>>
  : P extends `${string}[]` ? readonly Artifact[]
  : Artifact;

/** What is wrong with a configuration that fits its schema. */
export interface ConfigProblem {
  /** The setting to point at. */
  readonly key: string;
  /** What is wrong. */
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
}

/** How many items an output will have; a port that is no list has one, or nothing. */
export interface Made {
  /** How many. */
  readonly items: number;
  /** What to write where more are wanted. */
  readonly hint: string;
}

/** What an attempt at a step left that did not come to its end. */
export interface Checkpoint {
  /** The files that it wrote; never write there. */
  readonly directory: string;
  /** How far it had come, as it offered it. */
  readonly done: number;
}

/** Checkpoints of a step: an attempt after a kill goes on there, and must end in the same bytes. */
export interface Checkpointing {
  /** What an attempt before this one left. */
  readonly last: Checkpoint | undefined;
  /**
   * Offers to keep what has been done, after a unit of work; it is kept where it is time.
   *
   * @param done units so far
   * @param write writes files into an empty folder
   */
  offer(done: number, write: (directory: string) => void): void;
}

/** What a stage is given to run. `S` is what the program offers to all stages. */
export interface StageContext<C, I, O, S> {
  /** The step's configuration, defaults filled in. */
  readonly config: C;
  /** What its input ports read. */
  readonly inputs: { readonly [K in keyof I]: InputOf<I[K]> };
  /** Where its output ports write. */
  readonly outputs: { readonly [K in keyof O]: Output };
  /** Root of its randomness: differs where stage, configuration, inputs, seed, iteration or matrix values do. */
  readonly seed: string;
  /** What the program offers to all stages. */
  readonly services: S;
  /** Aborted when the run is stopped: check it between units of work. */
  readonly signal: AbortSignal;
  /** Where it goes on after a kill, if it offers to. */
  readonly checkpoints: Checkpointing;
  /** Tells something worth a line. */
  log(message: string): void;
  /** Tells how far it got, with numbers worth showing. */
  progress(done: number, total: number, numbers?: Readonly<Record<string, number>>): void;
  /**
   * Adds rows to a table beside the result, outside its key, for people to look into: `rollouts`, or another name. Rows of
   * `metrics` are points of curves, told as they come; their `step` counts up.
   */
  record(table: string, rows: readonly JsonObject[]): void;
}

/** A stage as its file declares it. */
export interface StageDefinition<
  C extends ObjectSchema,
  I extends Readonly<Record<string, PortSpec>>,
  O extends Readonly<Record<string, PortSpec>>,
  S,
> {
  /** What it is. */
  readonly kind: "stage";
  /** Same as the file name. */
  readonly name: string;
  /** Raise it when the meaning of the results changes though the code digest cannot tell. */
  readonly version: number;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** Schema of its configuration. */
  readonly config: C;
  /** Input ports: name to kind. */
  readonly inputs: I;
  /** Output ports: name to kind. */
  readonly outputs: O;
  /**
   * Input lists that go with another by their order, each equal part of one with an item of the other: `students: "datasets"`.
   * Where the plan knows that an item was made from another one's, it is a mistake.
   */
  readonly follows?: { readonly [K in keyof I]?: keyof I & string };
  /**
   * What it takes while it runs, by name: `cpu` (1 unless it says), `gpu`, `memory` in bytes, or others. One that takes 0 of
   * `cpu` does next to nothing, without sessions: it runs in the program's own process.
   */
  readonly resources?: Resources;
  /**
   * What a schema cannot say: settings that need others, or a connected input.
   *
   * @param given names of the inputs that are connected; of what stands under a name of one, `port.name` too
   */
  check?(config: Infer<C>, given: ReadonlySet<string>): readonly ConfigProblem[];
  /**
   * How many items outputs will have, as far as the configuration tells: a reference to others is a mistake.
   *
   * @param given names of the inputs that are connected; of what stands under a name of one, `port.name` too
   */
  made?(config: Infer<C>, given: ReadonlySet<string>): Readonly<Record<string, Made>>;
  /** Runs the stage. @returns numbers worth keeping beside the result */
  run(
    context: StageContext<Infer<C>, I, O, S>,
  ): Promise<Readonly<Record<string, Json>> | void> | Readonly<Record<string, Json>> | void;
}

/** Any stage, as the runner sees it: its types were checked where it was defined. */
export interface Stage<S> {
  /** What it is. */
  readonly kind: "stage";
  /** What `uses:` takes. */
  readonly name: string;
  /** Counts in the key. */
  readonly version: number;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** Schema of its configuration. */
  readonly config: ObjectSchema;
  /** Input ports: name to kind. */
  readonly inputs: Readonly<Record<string, PortSpec>>;
  /** Output ports: name to kind. */
  readonly outputs: Readonly<Record<string, PortSpec>>;
  /** See {@linkcode StageDefinition.follows}. */
  readonly follows?: Readonly<Record<string, string>>;
  /** See {@linkcode StageDefinition.resources}. */
  readonly resources?: Resources;
  /** See {@linkcode StageDefinition.check}. */
  // deno-lint-ignore no-explicit-any -- as for run
  check?(config: any, given: ReadonlySet<string>): readonly ConfigProblem[];
  /** See {@linkcode StageDefinition.made}. */
  // deno-lint-ignore no-explicit-any -- as for run
  made?(config: any, given: ReadonlySet<string>): Readonly<Record<string, Made>>;
  /** Runs the stage. */
  run(
    // deno-lint-ignore no-explicit-any -- a method of any stage must be callable; see defineStage
    context: StageContext<any, any, any, S>,
  ): Promise<Readonly<Record<string, Json>> | void> | Readonly<Record<string, Json>> | void;
}

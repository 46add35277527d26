import type { Infer, ObjectSchema } from "../../schemas/infer.ts";
import type { Json } from "./document.ts";

/**
 * What flows through a port: a kind of artifact, with `[]` for a list of them and `?` where nothing may be
 * connected.
 */
export type PortSpec = string;

/** A port specification taken apart. */
export interface Port {
  readonly kind: string;
  readonly list: boolean;
  readonly optional: boolean;
}

/** Takes `evaluation[]?` apart. */
export function parsePort(spec: PortSpec): Port {
  const optional = spec.endsWith("?");
  const rest = optional ? spec.slice(0, -1) : spec;
  const list = rest.endsWith("[]");
  return { kind: list ? rest.slice(0, -2) : rest, list, optional };
}

/** An artifact that a stage reads. */
export interface Artifact {
  readonly kind: string;
  /** Digest of its contents; names it in the store. */
  readonly digest: string;
  readonly directory: string;
}

/** Where a stage writes an output. */
export interface Output {
  /** An empty directory for the artifact's files. */
  readonly directory: string;
  /** For a list port: the directory of item `index`. */
  item(index: number): string;
}

type InputOf<P> = P extends `${string}[]?` ? readonly Artifact[]
  : P extends `${string}[]` ? readonly Artifact[]
  : P extends `${string}?` ? Artifact | undefined
  : Artifact;

/** What a stage is given to run. `S` is what the program offers to all stages. */
export interface StageContext<C, I, O, S> {
  readonly config: C;
  readonly inputs: { readonly [K in keyof I]: InputOf<I[K]> };
  readonly outputs: { readonly [K in keyof O]: Output };
  /** Derives from the pipeline's seed and the step's id. */
  readonly seed: string;
  readonly services: S;
  readonly signal: AbortSignal;
  /** Tells something worth a line. */
  log(message: string): void;
  /** Tells how far it got, with numbers worth showing. */
  progress(done: number, total: number, numbers?: Readonly<Record<string, number>>): void;
}

/** A stage as its file declares it. */
export interface StageDefinition<
  C extends ObjectSchema,
  I extends Readonly<Record<string, PortSpec>>,
  O extends Readonly<Record<string, PortSpec>>,
  S,
> {
  /** Same as the file name. */
  readonly name: string;
  /** Raise it when the meaning of the results changes though the code digest cannot tell. */
  readonly version: number;
  readonly summary: string;
  readonly config: C;
  readonly inputs: I;
  readonly outputs: O;
  /** Runs the stage. @returns numbers worth keeping beside the result */
  run(
    context: StageContext<Infer<C>, I, O, S>,
  ): Promise<Readonly<Record<string, Json>> | void> | Readonly<Record<string, Json>> | void;
}

/** Any stage, as the runner sees it: its types were checked where it was defined. */
export interface Stage<S> {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly config: ObjectSchema;
  readonly inputs: Readonly<Record<string, PortSpec>>;
  readonly outputs: Readonly<Record<string, PortSpec>>;
  run(
    // deno-lint-ignore no-explicit-any -- a method of any stage must be callable; see defineStage
    context: StageContext<any, any, any, S>,
  ): Promise<Readonly<Record<string, Json>> | void> | Readonly<Record<string, Json>> | void;
}

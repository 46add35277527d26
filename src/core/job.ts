/** A step that can be made now: everything that it takes is known, and stands in it. @module */
import type { Action } from "./action.ts";
import type { CheckpointTimes } from "./checkpoints.ts";
import type { JsonObject, Path } from "./document.ts";
import type { KeyParts, Seed } from "./key.ts";
import type { Use } from "./library.ts";
import type { Permissions } from "./permissions.ts";
import type { Stage } from "./stage.ts";

/** An artifact that a step reads, and the step that made it. */
export interface Item {
  readonly digest: string;
  readonly step: string;
}

/** What an input reads. */
export interface JobInput {
  /** Whether the port takes a list. */
  readonly list: boolean;
  /** Of a port that takes any number by name: the port, and the name. */
  readonly entry?: { readonly port: string; readonly name: string };
  /** In their order. */
  readonly items: readonly Item[];
}

/** What each connected input reads; what stands under a name of one as `port.name`. */
export type JobInputs = Readonly<Record<string, JobInput>>;

/** What a step's result depends on, besides what it reads and the code itself. */
export interface Keyed {
  readonly stage: Pick<Stage<never>, "name" | "version">;
  /** The stage's module. */
  readonly url: string;
  /** Complete: defaults filled in, paths and modules absolute. */
  readonly config: JsonObject;
  /** Settings that name files, whose contents count in the key instead of their names. */
  readonly files: readonly Path[];
  /** Settings that name definitions, whose code counts in the key. */
  readonly uses: readonly Pick<Use, "kind" | "path" | "name" | "url">[];
  /** Settings that change nothing that comes out, and are left out of the key. */
  readonly unkeyed: readonly Path[];
  readonly seed: Seed;
}

/** It can be written as JSON, so that any process that sees the store can make its result. */
export interface Job extends Keyed {
  /** Id of the step. */
  readonly step: string;
  /** Under which the result is kept: the digest of its parts. */
  readonly key: string;
  /** What the key is made of, which is known to be the same where the job runs. */
  readonly parts: KeyParts;
  readonly inputs: JobInputs;
  /** Counted from 1, where it may be tried again. */
  readonly attempt?: number;
  /** Whether it is made though it is stored. */
  readonly again?: true;
  /** Whether a result of another kind of machine is made again. */
  readonly sameMachine?: true;
  /** Seconds that an attempt may take. */
  readonly limit?: number;
  /** What its stage may do, where that is narrowed. */
  readonly permissions?: Permissions;
  /** Bytes that each of its tables may take. */
  readonly tableBytes?: number;
  /** When it keeps checkpoints. */
  readonly checkpointTimes?: CheckpointTimes;
}

/** What became of a job. */
export type Outcome =
  | {
    readonly kind: "made";
    readonly action: Action;
    /** Outputs and metrics in which it differs from what was stored under the key. */
    readonly differs?: { readonly what: readonly string[]; readonly elsewhere: boolean };
  }
  /** Another process had made it. */
  | { readonly kind: "found"; readonly action: Action }
  /** Another process is making it. */
  | { readonly kind: "busy" };

import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Json, JsonObject } from "./document.ts";

/** What tells runs of one stage on one input apart. Names are not in it: a renamed step keeps its results. */
export interface Seed {
  /** The step's, or the pipeline's. */
  readonly seed: number;
  /** Iterations of the loops around the step, the outermost first. */
  readonly loops?: readonly number[];
  /** The step's values on its axes. */
  readonly matrix?: JsonObject;
}

/**
 * Everything a step's result depends on, labelled. Its digest is the key; it is stored beside the result, so
 * that "why did this run again" is a difference of two of these.
 */
export interface KeyParts {
  /** Raised when the store's layout or the meaning of a part changes. */
  readonly format: 3;
  /** Name of the stage. */
  readonly stage: string;
  /** Version of the stage. */
  readonly version: number;
  /** Digest of the stage's source and all it imports. */
  readonly code: string;
  /** Resolved, with defaults; a file is there as the digest of its contents, a definition by its name. */
  readonly config: Json;
  /** Digests of the code of the definitions that settings name, by setting; left out where there are none. */
  readonly uses?: Readonly<Record<string, string>>;
  /** Digests of the inputs by port; of a port that takes any number by name, the names, and digests by `port.name`. */
  readonly inputs: Readonly<Record<string, string | readonly string[]>>;
  /** What the step's randomness is keyed by, besides stage, configuration and inputs. */
  readonly seed: Seed;
}

/** The canonical JSON (RFC 8785) of a value: equal for equal values, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("Cannot write undefined as JSON");
  return text;
}

/** SHA-256 of the canonical JSON of a value. */
export function digestJson(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** The key of a step's result. */
export function keyOf(parts: KeyParts): string {
  return digestJson(parts);
}

/**
 * The root of a step's randomness. Steps that compute different things (another stage, configuration or input)
 * draw independently though they share the pipeline's seed; the code is left out, so that an edit which changes
 * no result changes no draw.
 */
export function randomRoot({ stage, config, inputs, seed }: KeyParts): string {
  return digestJson({ stage, config, inputs, seed });
}

/** A part in which two keys differ. */
export interface KeyDifference {
  /** Such as `config`, `tau`. */
  readonly path: readonly string[];
  /** Undefined where there is none. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two keys, a line for each part, such as `config.tau: 0.01 → 0.02`. */
export function describeDifference(before: KeyParts, after: KeyParts): string[] {
  return listDifferences(before, after).map((one) =>
    `${one.path.join(".")}: ${brief(one.before)} → ${brief(one.after)}`
  );
}

/** What differs between two keys, part by part. */
export function listDifferences(before: KeyParts, after: KeyParts): KeyDifference[] {
  return differences([], before, after);
}

function differences(
  path: readonly string[],
  before: unknown,
  after: unknown,
): KeyDifference[] {
  if (canonicalize(before) === canonicalize(after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].toSorted().flatMap((key) =>
      differences([...path, key], before[key], after[key])
    );
  }
  return [{ path, before, after }];
}

/** A part in few characters: of a digest, the first. */
export function brief(value: unknown): string {
  if (value === undefined) return "(none)";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text.slice(0, 80);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

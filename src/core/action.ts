import type { Json } from "./document.ts";
import { canonicalJson, type KeyParts } from "./key.ts";
import { unseal } from "./seal.ts";
import { parsePort, type PortSpec } from "./stage.ts";

/** What a result was made on, such as processor, threads and library: told, and outside the key. */
export type Machine = Readonly<Record<string, string | number>>;

/** The result of a step. */
export interface Action {
  /** Digest of its parts. */
  readonly key: string;
  /** What the result depends on. */
  readonly parts: KeyParts;
  /** Digests by output port. */
  readonly outputs: Readonly<Record<string, string | readonly string[]>>;
  /** Numbers the stage gave back. */
  readonly metrics: Readonly<Record<string, Json>>;
  /** How long it took. */
  readonly seconds: number;
  /** What it was made on. */
  readonly machine: Machine;
}

/** A stored result that cannot be used, and why. */
export interface Damage {
  /** The artifact or action. */
  readonly what: string;
  /** What is wrong with it. */
  readonly problem: string;
}

/** What a look-up gives. */
export type Lookup =
  | { readonly kind: "hit"; readonly action: Action }
  | { readonly kind: "miss" }
  | { readonly kind: "damaged"; readonly damage: Damage };

/** Reads a sealed record; undefined when it is not, byte for byte, what was written for the key. */
export function parseAction(text: string, key: string): Action | undefined {
  const action = unseal(text) as Action | undefined;
  return action?.key === key ? action : undefined;
}

/** How the outputs of a record differ from the ports of its stage; undefined when they do not. */
export function portProblem(
  { outputs }: Action,
  ports: Readonly<Record<string, PortSpec>>,
): string | undefined {
  for (const [port, spec] of Object.entries(ports)) {
    const digests = Object.hasOwn(outputs, port) ? outputs[port] : undefined;
    if (digests === undefined) return `it has no output ${port}`;
    const { list } = parsePort(spec);
    if (Array.isArray(digests) !== list) {
      return `its output ${port} is ${list ? "no" : "a"} list`;
    }
  }
  const extra = Object.keys(outputs).find((port) => !Object.hasOwn(ports, port));
  return extra === undefined ? undefined : `its stage has no output ${extra}`;
}

/** Outputs and metrics in which two results of a key differ; metrics as `metrics.name`. */
export function differingParts(before: Action, after: Action): string[] {
  const names = (a: Readonly<Record<string, Json>>, b: Readonly<Record<string, Json>>) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) =>
      canonicalJson(a[name] ?? null) !== canonicalJson(b[name] ?? null)
    );
  return [
    ...names(before.outputs, after.outputs),
    ...names(before.metrics, after.metrics).map((name) => `metrics.${name}`),
  ];
}

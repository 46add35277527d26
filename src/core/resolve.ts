import { type Diagnostic, type Location, suggest } from "./diagnostic.ts";
import type { Json, JsonObject } from "./document.ts";
import type { OutputRef } from "./plan.ts";
import { parseReference, type Reference } from "./reference.ts";
import { parsePort } from "./stage.ts";

/** One run of a step in a matrix. */
export interface Instance {
  readonly id: string;
  readonly matrix: JsonObject;
}

/** What a name in scope stands for. */
export type Entry =
  | {
    readonly kind: "step";
    readonly stage: string;
    readonly outputs: Readonly<Record<string, string>>;
    readonly axes: readonly string[];
    readonly instances: readonly Instance[];
  }
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

/** The names that a step can refer to. */
export interface Scope {
  /** Steps that were laid out. */
  readonly entries: Map<string, Entry>;
  /** All steps of this level as written, later ones included. */
  readonly pending: JsonObject;
  /** What ids start with here. */
  readonly prefix: string;
  readonly parent?: Scope;
  /** In a loop: what `prev.` refers to. */
  readonly prev?: Values;
}

/** What a reference stands for. */
export interface Resolved {
  readonly kind: string;
  readonly list: boolean;
  readonly sources: readonly OutputRef[];
}

/** Resolves references, telling what is wrong with those that lead nowhere. */
export class Resolver {
  readonly #tell: (diagnostic: Diagnostic) => void;

  constructor(tell: (diagnostic: Diagnostic) => void) {
    this.#tell = tell;
  }

  /**
   * @param matrix the values of the referring step's axes: of a step that shares axes with it, the instances
   *   with the same values are meant
   * @returns undefined when a mistake was told, null for a carried nothing
   */
  resolve(
    text: Json,
    scope: Scope,
    matrix: JsonObject,
    location: Location,
  ): Resolved | null | undefined {
    const reference = typeof text === "string" ? parseReference(text) : undefined;
    if (reference === undefined) {
      const hint = "write step.port, step.port[0], prev.name, or loop[*].step.port";
      this.#tell({ message: `${JSON.stringify(text)} is not a reference`, location, hint });
      return undefined;
    }
    const found = this.#follow(reference, String(text), scope, matrix, location);
    if (found === undefined || found === null || reference.index === undefined) return found;
    return this.#pick(found, reference.index, String(text), location);
  }

  #follow(
    reference: Reference,
    text: string,
    scope: Scope,
    matrix: JsonObject,
    location: Location,
  ): Resolved | null | undefined {
    const [first, ...rest] = reference.names;
    if (first === "prev" && scope.prev !== undefined) {
      return this.#value(scope.prev, rest[0]!, text, location);
    }
    const home = findHome(scope, first!);
    const entry = home?.entries.get(first!);
    if (entry === undefined) {
      this.#tell(unknownStep(first!, text, scope, location));
      return undefined;
    }
    switch (entry.kind) {
      case "broken":
        return undefined;
      case "step":
        return this.#output(entry, rest, text, matrix, location);
      case "loop":
        if (!reference.everyIteration) return this.#value(entry.yields, rest[0]!, text, location);
        return this.#collect(
          entry.iterations,
          { ...reference, everyIteration: false, names: rest },
          {
            text,
            matrix,
            location,
          },
        );
      default:
        return entry satisfies never;
    }
  }

  #collect(
    iterations: readonly Scope[],
    reference: Reference,
    { text, matrix, location }: { text: string; matrix: JsonObject; location: Location },
  ): Resolved | undefined {
    const parts = iterations.map((scope) => this.#follow(reference, text, scope, matrix, location));
    const found = parts.filter((part) => part !== undefined && part !== null);
    if (found.length < parts.length) return undefined;
    return { kind: found[0]!.kind, list: true, sources: found.flatMap(({ sources }) => sources) };
  }

  #value(
    values: Values,
    name: string,
    text: string,
    location: Location,
  ): Resolved | null | undefined {
    if (values.has(name)) return values.get(name);
    const hint = suggest(name, [...values.keys()]);
    this.#tell({ message: `${text} refers to nothing: ${name} is not carried`, location, hint });
    return undefined;
  }

  #output(
    entry: Extract<Entry, { kind: "step" }>,
    names: readonly string[],
    text: string,
    matrix: JsonObject,
    location: Location,
  ): Resolved | undefined {
    const port = names[0]!, spec = entry.outputs[port];
    if (spec === undefined || names.length > 1) {
      const hint = suggest(port, Object.keys(entry.outputs));
      const message = `${text} refers to nothing: stage ${entry.stage} has no output ${port}`;
      this.#tell({ message, location, hint });
      return undefined;
    }
    const { kind, list } = parsePort(spec);
    const shared = entry.axes.filter((axis) => axis in matrix);
    const chosen = entry.instances.filter((instance) =>
      shared.every((axis) => instance.matrix[axis] === matrix[axis])
    );
    if (chosen.length === 0) {
      const hint = "give both steps the same values on the axes they share";
      this.#tell({ message: `${text} has no instance for this step's matrix`, location, hint });
      return undefined;
    }
    const many = shared.length < entry.axes.length;
    return { kind, list: list || many, sources: chosen.map(({ id }) => ({ step: id, port })) };
  }

  #pick(
    found: Resolved,
    index: number,
    text: string,
    location: Location,
  ): Resolved | undefined {
    const { kind, sources } = found;
    if (!found.list) {
      const message = `${text}: there is no item, it is one ${kind}`;
      this.#tell({ message, location, hint: `leave out [${index}]` });
      return undefined;
    }
    if (sources.length === 1) return { kind, list: false, sources: [{ ...sources[0]!, index }] };
    const source = sources[index];
    if (source !== undefined) return { kind, list: false, sources: [source] };
    const message = `${text}: there are ${sources.length} items, counted from 0`;
    this.#tell({ message, location, hint: `use an index up to ${sources.length - 1}` });
    return undefined;
  }
}

function findHome(scope: Scope | undefined, name: string): Scope | undefined {
  for (let at = scope; at !== undefined; at = at.parent) if (at.entries.has(name)) return at;
  return undefined;
}

function unknownStep(name: string, text: string, scope: Scope, location: Location): Diagnostic {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (!(name in at.pending)) continue;
    const from = Object.keys(at.pending)[at.entries.size]!;
    const cycle = findCycle(at.pending, from, name);
    if (cycle !== undefined) {
      return {
        message: `steps refer to each other in a cycle: ${cycle.join(" → ")}`,
        location,
        hint: "inside a loop, refer to the iteration before with prev.name",
      };
    }
    return {
      message: `${text} refers to a later step`,
      location,
      hint: `move ${name} before ${from}`,
    };
  }
  const known: string[] = scope.prev === undefined ? [] : ["prev"];
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    known.push(...at.entries.keys());
  }
  return {
    message: `${text} refers to nothing: there is no step ${name}`,
    location,
    hint: suggest(name, known),
  };
}

/** The way from `from` through `to` back to `from`, if there is one. */
function findCycle(steps: JsonObject, from: string, to: string): string[] | undefined {
  if (from === to) return [from, to];
  const visit = (name: string, seen: readonly string[]): string[] | undefined => {
    if (name === from) return [...seen, name];
    if (seen.includes(name)) return undefined;
    for (const next of mentions(steps[name] ?? null)) {
      const found = next in steps ? visit(next, [...seen, name]) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit(to, [from]);
}

/** Names of the steps that a step, as written, refers to. */
function mentions(step: Json): string[] {
  if (typeof step === "string") {
    const name = parseReference(step)?.names[0];
    return name === undefined ? [] : [name];
  }
  if (step === null || typeof step !== "object") return [];
  return Object.values(step).flatMap((value) => mentions(value as Json));
}

import { findCycle } from "./cycle.ts";
import { clip, type Location, show, suggest } from "./diagnostic.ts";
import type { Json } from "./document.ts";
import type { Mistakes } from "./mistakes.ts";
import { parseReference, type Reference } from "./reference.ts";
import type {
  Entry,
  Found,
  Instance,
  Labels,
  Resolved,
  Scope,
  StepEntry,
  Target,
  Values,
} from "./scope.ts";
import type { OutputRef } from "./planned.ts";
import { type Made, parsePort } from "./stage.ts";

/** Where a reference stands, found only when there is a mistake to tell. */
export type Place = () => Location;

/** Resolves references, telling what is wrong with those that lead nowhere. */
export class Resolver {
  readonly #mistakes: Mistakes;
  /** Instances of a step by their values on some of its axes. */
  readonly #indices = new WeakMap<StepEntry, Map<string, Map<string, Instance[]>>>();
  /** What is known of outputs, by step and port. */
  readonly #made = new Map<string, Readonly<Record<string, Made>>>();
  /** Of sources that were looked at: what they exceed. */
  readonly #exceeded = new WeakMap<readonly OutputRef[], Made | null>();

  constructor(mistakes: Mistakes) {
    this.#mistakes = mistakes;
  }

  /** Tells how many items the outputs of a step will have. */
  expect(step: string, made: Readonly<Record<string, Made>> | undefined): void {
    if (made !== undefined) this.#made.set(step, made);
  }

  /**
   * @param labels the values of the referring step's axes: of a step that shares axes with it, the instances
   *   with the same values are meant
   * @returns undefined when a mistake was told, null for a carried nothing
   */
  resolve(text: Json, scope: Scope, labels: Labels, place: Place): Resolved | null | undefined {
    const reference = typeof text === "string" ? parseReference(text) : undefined;
    if (reference === undefined) {
      const hint = "write step.port, step.port[0], prev.name, or loop[*].step.port";
      return this.#tell(`${show(text)} is not a reference`, place, hint);
    }
    const written = String(text);
    let found = scope.found.get(written);
    if (found === undefined) {
      found = this.#follow(reference, clip(written, 80), scope, place);
      if (found === undefined) return undefined;
      scope.found.set(written, found);
    }
    const resolved = "value" in found
      ? found.value
      : this.#choose(found.target, clip(written, 80), labels, place);
    if (resolved === undefined || resolved === null) return resolved;
    const result = reference.index === undefined
      ? resolved
      : this.#pick(resolved, reference.index, clip(written, 80), place);
    return result && this.#checkMade(result, clip(written, 80), place);
  }

  /** Tells of outputs that will be empty, and of items that will not be there. */
  #checkMade(found: Resolved, text: string, place: Place): Resolved | undefined {
    const { sources } = found;
    let exceeded = this.#exceeded.get(sources);
    if (exceeded === undefined) {
      const parts = sources.map(({ step, port, index = 0 }) => {
        const made = this.#made.get(step)?.[port];
        return made !== undefined && index >= made.items ? made : null;
      });
      exceeded = parts.find((made) => made !== null) ?? null;
      this.#exceeded.set(sources, exceeded);
    }
    if (exceeded === null) return found;
    const { items, hint } = exceeded;
    const message = items === 0
      ? `${text} will be empty`
      : `${text}: there will be ${items} items, counted from 0`;
    return this.#tell(message, place, hint);
  }

  #follow(reference: Reference, text: string, scope: Scope, place: Place): Found | undefined {
    const first = reference.names[0]!;
    const isPrevious = first === "prev" && scope.prev !== undefined;
    const entry = isPrevious ? undefined : findEntry(scope, first);
    if (!isPrevious && entry === undefined) return this.#unknownStep(first, text, scope, place);
    if (!reference.everyIteration) return this.#enter(reference, entry, text, scope, place);
    if (entry?.kind === "broken") return undefined;
    if (entry?.kind !== "loop") {
      const hint = `[*] collects from the iterations of a loop; write ${text.replace("[*]", "")}`;
      return this.#tell(`${text}: ${first} is no loop`, place, hint);
    }
    return this.#collect(entry.iterations, reference.names.slice(1), text, place);
  }

  /** @param entry what the first name stands for; undefined for `prev` */
  #enter(
    { names: [, ...rest] }: Reference,
    entry: Entry | undefined,
    text: string,
    scope: Scope,
    place: Place,
  ): Found | undefined {
    if (entry === undefined) return this.#value(scope.prev!, rest, text, place);
    switch (entry.kind) {
      case "broken":
        return undefined;
      case "loop":
        return this.#value(entry.yields, rest, text, place);
      case "step":
        return this.#target(entry, rest, text, place);
      default:
        return entry satisfies never;
    }
  }

  /** The same name in each iteration of a loop; names outside of it are not looked at. */
  #collect(
    iterations: readonly Scope[],
    names: readonly string[],
    text: string,
    place: Place,
  ): Found | undefined {
    const [first] = names, found: Found[] = [];
    for (const scope of iterations) {
      const entry = scope.entries.get(first!);
      if (entry === undefined && first !== "prev") {
        const known = [...scope.entries.keys()];
        const message = `${text} refers to nothing: there is no step ${first} in the loop`;
        return this.#tell(message, place, suggest(first!, known));
      }
      const inside = this.#enter({ names, everyIteration: false }, entry, text, scope, place);
      if (inside === undefined) return undefined;
      if ("value" in inside && inside.value === null) {
        const message = `${text} is nothing in iteration ${found.length}`;
        return this.#tell(message, place, "collect the output of a step of the loop instead");
      }
      found.push(inside);
    }
    const targets = found.flatMap((part) => "target" in part ? [part.target] : []);
    if (targets.length > 0) {
      const entries = targets.flatMap((target) => target.entries);
      return { target: { ...targets[0]!, entries, every: true, chosen: new Map() } };
    }
    const values = found.flatMap((part) => "value" in part ? [part.value!] : []);
    const { kind, lists } = values[0]!;
    const sources = values.flatMap((value) => value.sources);
    if (values.every((value) => value.kind === kind && value.lists === lists)) {
      return { value: { kind, lists, many: true, sources } };
    }
    const message = `${text} is of different kinds in the iterations`;
    return this.#tell(message, place, "carry and yield the same kind");
  }

  #value(values: Values, names: readonly string[], text: string, place: Place): Found | undefined {
    const name = names[0] ?? "";
    if (values.has(name) && names.length === 1) {
      const value = values.get(name);
      return value === undefined ? undefined : { value };
    }
    if (names.length === 0) {
      return this.#tell(`${text} names no value`, place, `write ${text}.name`);
    }
    const message = `${text} refers to nothing: ${names.join(".")} is not carried`;
    return this.#tell(message, place, suggest(name, [...values.keys()]));
  }

  #target(
    entry: StepEntry,
    names: readonly string[],
    text: string,
    place: Place,
  ): Found | undefined {
    const name = names[0] ?? "";
    if (names.length === 0) {
      return this.#tell(`${text} names no output`, place, `write ${text}.port`);
    }
    if (!Object.hasOwn(entry.outputs, name) || names.length > 1) {
      const message = `${text} refers to nothing: stage ${entry.stage} has no output ${
        names.join(".")
      }`;
      return this.#tell(message, place, suggest(name, Object.keys(entry.outputs)));
    }
    const port = parsePort(entry.outputs[name]!);
    return { target: { entries: [entry], name, port, every: false, chosen: new Map() } };
  }

  /** The outputs of a target that a step with these values on its axes means. */
  #choose(target: Target, text: string, labels: Labels, place: Place): Resolved | undefined {
    const { entries, name, port } = target, { axes } = entries[0]!;
    const shared = axes.filter((axis) => Object.hasOwn(labels, axis));
    const key = shared.map((axis) => labels[axis]!).join();
    let resolved = target.chosen.get(key);
    if (resolved === undefined) {
      const parts = entries.map((entry) => this.#index(entry, shared).get(key) ?? []);
      if (parts.some((instances) => instances.length === 0)) {
        const hint = "give both steps the same values on the axes they share";
        return this.#tell(`${text} has no instance for this step's matrix`, place, hint);
      }
      resolved = {
        kind: port.kind,
        lists: port.list,
        many: target.every || shared.length < axes.length,
        sources: parts.flatMap((part) => part.map(({ id }) => ({ step: id, port: name }))),
      };
      target.chosen.set(key, resolved);
    }
    return resolved;
  }

  #index(entry: StepEntry, axes: readonly string[]): ReadonlyMap<string, readonly Instance[]> {
    let indices = this.#indices.get(entry);
    if (indices === undefined) this.#indices.set(entry, indices = new Map());
    let index = indices.get(axes.join());
    if (index === undefined) {
      index = Map.groupBy(
        entry.instances,
        ({ labels }) => axes.map((axis) => labels[axis]!).join(),
      );
      indices.set(axes.join(), index);
    }
    return index;
  }

  #pick(found: Resolved, index: number, text: string, place: Place): Resolved | undefined {
    const { kind, sources, many, lists } = found;
    if (many && lists) {
      const hint = "share the axis with the step that it comes from, or collect one list";
      const message =
        `${text}: which item is meant cannot be told, each run gives a list of ${kind}`;
      return this.#tell(message, place, hint);
    }
    if (!many && !lists) {
      return this.#tell(
        `${text}: there is no item, it is one ${kind}`,
        place,
        `leave out [${index}]`,
      );
    }
    const one = { kind, many: false, lists: false };
    if (lists) return { ...one, sources: [{ ...sources[0]!, index }] };
    const source = sources[index];
    if (source !== undefined) return { ...one, sources: [source] };
    const message = `${text}: there are ${sources.length} items, counted from 0`;
    return this.#tell(message, place, `use an index up to ${sources.length - 1}`);
  }

  #unknownStep(name: string, text: string, scope: Scope, place: Place): undefined {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      if (!Object.hasOwn(at.pending, name)) continue;
      const from = Object.keys(at.pending)[at.entries.size]!;
      const cycle = findCycle(at.pending, from, name);
      if (cycle !== undefined) {
        const message = `steps refer to each other in a cycle: ${formatCycle(cycle)}`;
        const hint = "inside a loop, refer to the iteration before with prev.name";
        return this.#tell(message, place, hint);
      }
      return this.#tell(`${text} refers to a later step`, place, `move ${name} before ${from}`);
    }
    const known: string[] = scope.prev === undefined ? [] : ["prev"];
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      for (const entry of at.entries.keys()) known.push(entry);
    }
    const message = `${text} refers to nothing: there is no step ${name}`;
    return this.#tell(message, place, suggest(name, known));
  }

  #tell(message: string, place: Place, hint: string): undefined {
    if (!this.#mistakes.full) this.#mistakes.tell(message, place(), hint);
    return undefined;
  }
}

/** The entry of a name, from the inside out; a later step of a level hides an earlier one around it. */
function findEntry(scope: Scope, name: string): Entry | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const entry = at.entries.get(name);
    if (entry !== undefined || Object.hasOwn(at.pending, name)) return entry;
  }
  return undefined;
}

function formatCycle(names: readonly string[]): string {
  if (names.length <= 12) return names.join(" → ");
  return [...names.slice(0, 10), `${names.length - 11} more`, names.at(-1)!].join(" → ");
}

import { Chooser } from "./chooser.ts";
import { findCycle } from "./cycle.ts";
import { clip, show, suggest } from "./diagnostic.ts";
import type { Json } from "./document.ts";
import { Expected } from "./expected.ts";
import type { Mistakes } from "./mistakes.ts";
import { parseReference, type Reference } from "./reference.ts";
import {
  type Entry,
  type Found,
  type Labels,
  type LoopEntry,
  type LoopRun,
  type Meaning,
  type Scope,
  type StepEntry,
  type Values,
  WRONG,
} from "./scope.ts";
import { type Made, parsePort } from "./stage.ts";
import { type Place, Teller } from "./teller.ts";

/** Where a way leads, or a mistake that was told. */
type Way = Found | typeof WRONG;

/** Resolves references, telling what is wrong with those that lead nowhere. */
export class Resolver {
  readonly #teller: Teller;
  readonly #chooser: Chooser;
  readonly #expected: Expected;

  constructor(mistakes: Mistakes) {
    this.#teller = new Teller(mistakes);
    this.#chooser = new Chooser(this.#teller);
    this.#expected = new Expected(this.#teller);
  }

  /** Tells how many items the outputs of a step will have. */
  expect(step: string, made: Readonly<Record<string, Made>> | undefined): void {
    this.#expected.add(step, made);
  }

  /**
   * @param labels the values of the referring step's axes: of a step or loop that shares axes with it, the runs with
   *   the same values are meant
   */
  resolve(text: Json, scope: Scope, labels: Labels, place: Place): Meaning {
    const reference = typeof text === "string" ? parseReference(text) : undefined;
    if (reference === undefined) {
      return this.#teller.tell(`${show(text)} is not a reference`, place, insteadOf(text, scope));
    }
    const written = String(text), shown = clip(written, 80);
    let found = scope.found.get(written);
    if (found === undefined) {
      const way = this.#follow(reference, shown, scope, place);
      if ("is" in way) return way;
      scope.found.set(written, found = way);
    }
    const meaning = this.#chooser.choose(found, labels, shown, place);
    if (meaning.is !== "outputs") return meaning;
    if (reference.index === undefined) return this.#expected.check(meaning, shown, place);
    const item = this.#chooser.pick(meaning, reference.index, shown, place);
    return item.is === "outputs" ? this.#expected.check(item, shown, place) : item;
  }

  #follow(reference: Reference, text: string, scope: Scope, place: Place): Way {
    const { names: [first, ...rest], everyIteration } = reference;
    if (first === "prev" && scope.prev !== undefined) {
      if (everyIteration) return this.#noLoop(first, text, place);
      return this.#value(scope.prev, rest, text, place);
    }
    const entry = findEntry(scope, first!);
    if (entry === undefined) return this.#unknownStep(first!, text, scope, place);
    if (!everyIteration) return this.#enter(entry, rest, text, place);
    if (entry.kind === "broken") return WRONG;
    if (entry.kind !== "loop") return this.#noLoop(first!, text, place);
    return this.#eachRun(entry, (run) => this.#collect(run, rest, text, place));
  }

  #noLoop(name: string, text: string, place: Place): typeof WRONG {
    const hint = `[*] collects from the iterations of a loop; write ${text.replace("[*]", "")}`;
    return this.#teller.tell(`${text}: ${name} is no loop`, place, hint);
  }

  #enter(entry: Entry, names: readonly string[], text: string, place: Place): Way {
    switch (entry.kind) {
      case "broken":
        return WRONG;
      case "loop":
        return this.#yielded(entry, names, text, place);
      case "step":
        return this.#port(entry, names, text, place);
      default:
        return entry satisfies never;
    }
  }

  /** What a loop yields; found once, whoever refers to it. */
  #yielded(entry: LoopEntry, names: readonly string[], text: string, place: Place): Way {
    const name = names.join(".");
    const known = entry.found.get(name);
    if (known !== undefined) return known;
    const way = this.#eachRun(entry, ({ yields, ending }) => {
      if (ending === undefined) return this.#value(yields[0], names, text, place);
      const iterations: Found[] = [];
      for (const values of yields) {
        const value = this.#value(values, names, text, place);
        if ("is" in value) return value;
        iterations.push(value);
      }
      return { leads: "to iterations", take: "last", ending, iterations, ...sharing(iterations) };
    });
    if (!("is" in way)) entry.found.set(name, way);
    return way;
  }

  #eachRun({ axes, runs }: LoopEntry, follow: (run: LoopRun) => Way): Way {
    const found: { readonly labels: Labels; readonly found: Found }[] = [];
    for (const run of runs) {
      const way = follow(run);
      if ("is" in way) return way;
      found.push({ labels: run.labels, found: way });
    }
    if (axes.length === 0) return found[0]!.found;
    return {
      leads: "to runs",
      own: axes,
      runs: found,
      ...sharing(found.map((run) => run.found), axes),
    };
  }

  /** The same name in each iteration of a loop; names outside of it are not looked at. */
  #collect(
    { iterations, ending }: LoopRun,
    names: readonly string[],
    text: string,
    place: Place,
  ): Way {
    const [first, ...rest] = names, found: Found[] = [];
    for (const scope of iterations) {
      const entry = scope.entries.get(first!);
      if (entry === undefined && first !== "prev") {
        const known = [...scope.entries.keys()];
        const message = `${text} refers to nothing: there is no step ${first} in the loop`;
        return this.#teller.tell(message, place, suggest(first!, known));
      }
      const way = entry === undefined
        ? this.#value(scope.prev!, rest, text, place)
        : this.#enter(entry, rest, text, place);
      if ("is" in way) return way;
      found.push(way);
    }
    return {
      leads: "to iterations",
      take: "every",
      ending,
      iterations: found,
      ...sharing(found),
    };
  }

  #value(values: Values, names: readonly string[], text: string, place: Place): Way {
    const [name = "", ...more] = names, meaning = values.get(name);
    if (meaning?.is === "wrong") return WRONG;
    if (meaning !== undefined && more.length === 0) {
      return { leads: "to a value", meaning, ...sharing([]) };
    }
    if (names.length === 0) {
      return this.#teller.tell(`${text} names no value`, place, `write ${text}.name`);
    }
    const message = `${text} refers to nothing: ${names.join(".")} is not carried`;
    const hint = values.size > 0
      ? suggest(name, [...values.keys()])
      : `add ${clip(name, 80)} to loop.carry, with its first value, and to yield`;
    return this.#teller.tell(message, place, hint);
  }

  #port(entry: StepEntry, names: readonly string[], text: string, place: Place): Way {
    const [name = "", ...more] = names;
    if (names.length === 0) {
      return this.#teller.tell(`${text} names no output`, place, `write ${text}.port`);
    }
    if (!Object.hasOwn(entry.outputs, name) || more.length > 0) {
      const message = `${text} refers to nothing: stage ${entry.stage} has no output ${
        names.join(".")
      }`;
      const known = Object.keys(entry.outputs), last = more.at(-1);
      const hint = last !== undefined && known.includes(last)
        ? `write ${text.slice(0, text.indexOf("."))}.${last}`
        : suggest(name, known);
      return this.#teller.tell(message, place, hint);
    }
    const port = parsePort(entry.outputs[name]!);
    return { leads: "to a port", entry, name, port, axes: entry.axes, chosen: new Map() };
  }

  #unknownStep(name: string, text: string, scope: Scope, place: Place): typeof WRONG {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      if (!Object.hasOwn(at.pending, name)) continue;
      const from = Object.keys(at.pending)[at.entries.size]!;
      const cycle = findCycle(at.pending, from, name);
      if (cycle !== undefined) {
        const message = `steps refer to each other in a cycle: ${formatCycle(cycle)}`;
        const hint = "inside a loop, refer to the iteration before with prev.name";
        return this.#teller.tell(message, place, hint);
      }
      const hint = `move ${name} before ${from}`;
      return this.#teller.tell(`${text} refers to a later step`, place, hint);
    }
    const known: string[] = scope.prev === undefined ? [] : ["prev"];
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      for (const entry of at.entries.keys()) known.push(entry);
    }
    const message = `${text} refers to nothing: there is no step ${name}`;
    const [, rest] = /^steps\.(.+)$/.exec(text) ?? [];
    const hint = rest === undefined ? suggest(name, known) : `write ${rest}, without steps.`;
    return this.#teller.tell(message, place, hint);
  }
}

/** What to write instead of what is no reference: an output of the step that is named, if one is. */
function insteadOf(text: Json, scope: Scope): string {
  const entry = typeof text === "string" ? findEntry(scope, text) : undefined;
  const [port] = entry?.kind === "step" ? Object.keys(entry.outputs) : [];
  return port === undefined
    ? "write step.port, step.port[0], prev.name, or loop[*].step.port"
    : `write ${text}.${port}`;
}

/** Axes that a reader may share with any of these, or of its own. */
function sharing(
  found: readonly Found[],
  own: readonly string[] = [],
): Pick<Found, "axes" | "chosen"> {
  const axes = new Set(own);
  for (const part of found) for (const axis of part.axes) axes.add(axis);
  return { axes: [...axes], chosen: new Map() };
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

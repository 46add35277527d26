import { counted } from "./counted.ts";
import { choose, extentOf, mapOutputs, nthOutput } from "./choice.ts";
import type { EndingLoop, Source } from "./planned.ts";
import {
  type Found,
  type Labels,
  type Meaning,
  NOTHING,
  type Outputs,
  type WRONG,
} from "./scope.ts";
import type { Place, Teller } from "./teller.ts";

type Iterations = Extract<Found, { leads: "to iterations" }>;

interface Labelled {
  readonly labels: Labels;
}

/** Tells which outputs a reference means to a step with certain values on its axes. */
export class Chooser {
  readonly #teller: Teller;
  /** Runs of a step or a loop by their values on some of its axes. */
  readonly #indices = new WeakMap<readonly Labelled[], Map<string, Map<string, Labelled[]>>>();

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  /** What a reference stands for to a step with these values on its axes. */
  choose(found: Found, labels: Labels, text: string, place: Place): Meaning {
    if (found.leads === "to a value") return found.meaning;
    const shared = found.axes.filter((axis) => Object.hasOwn(labels, axis));
    const key = valuesOn(shared, labels, true);
    let meaning = found.chosen.get(key);
    if (meaning === undefined) {
      meaning = this.#chooseAnew(found, labels, text, place);
      if (meaning.is !== "wrong") found.chosen.set(key, meaning);
    }
    return meaning;
  }

  #chooseAnew(
    found: Exclude<Found, { leads: "to a value" }>,
    labels: Labels,
    text: string,
    place: Place,
  ): Meaning {
    switch (found.leads) {
      case "to a port":
        return this.#port(found, labels, text, place);
      case "to runs":
        return this.#runs(found, labels, text, place);
      case "to iterations":
        return this.#iterations(found, labels, text, place);
      default:
        return found satisfies never;
    }
  }

  #port(
    { entry, name, port }: Extract<Found, { leads: "to a port" }>,
    labels: Labels,
    text: string,
    place: Place,
  ): Meaning {
    const shared = entry.axes.filter((axis) => Object.hasOwn(labels, axis));
    const instances = this.#meant(entry.instances, shared, labels);
    if (instances.length === 0) return this.#noInstance(text, place);
    return {
      is: "outputs",
      kind: port.kind,
      lists: port.list,
      many: shared.length < entry.axes.length,
      sources: instances.map(({ id }) => ({ step: id, port: name })),
    };
  }

  /** Of the runs of a loop, those with the same values on the axes that are shared. */
  #runs(
    { own, runs }: Extract<Found, { leads: "to runs" }>,
    labels: Labels,
    text: string,
    place: Place,
  ): Meaning {
    const shared = own.filter((axis) => Object.hasOwn(labels, axis));
    const meant = this.#meant(runs, shared, labels);
    if (meant.length === 0) return this.#noInstance(text, place);
    const parts = this.#same(meant.map(({ found }) => found), labels, text, place, {
      what: "runs of the loop",
      nothing: () => `${text} is nothing in some runs of the loop`,
    });
    if (!Array.isArray(parts)) return parts;
    const many = shared.length < own.length || parts.some((part) => part.many);
    return { ...parts[0]!, many, sources: parts.flatMap(({ sources }) => sources) };
  }

  #iterations(
    { take, ending, iterations }: Iterations,
    labels: Labels,
    text: string,
    place: Place,
  ): Meaning {
    const every = take === "every";
    const parts = this.#same(iterations, labels, text, place, {
      what: "iterations",
      nothing: (index) =>
        every
          ? `${text} is nothing in iteration ${index}`
          : `${text} is nothing if the loop ends after iteration ${index}`,
      always: every,
    });
    if (!Array.isArray(parts)) return parts;
    const many = every || parts.some((part) => part.many);
    return { ...parts[0]!, many, sources: sourcesOf(take, ending, parts) };
  }

  /** What each of these stands for, which must be of one kind. */
  #same(
    found: readonly Found[],
    labels: Labels,
    text: string,
    place: Place,
    { what, nothing, always = false }: {
      readonly what: string;
      readonly nothing: (index: number) => string;
      /** Whether nothing is a mistake even where all of them are. */
      readonly always?: boolean;
    },
  ): Outputs[] | typeof NOTHING | typeof WRONG {
    const parts: Outputs[] = [];
    let empty: number | undefined;
    for (const [index, part] of found.entries()) {
      const meaning = this.choose(part, labels, text, place);
      if (meaning.is === "wrong") return meaning;
      if (meaning.is === "outputs") parts.push(meaning);
      else empty ??= index;
    }
    if (empty !== undefined) {
      if (parts.length === 0 && !always) return NOTHING;
      const hint = "collect the output of a step of the loop instead";
      const other = always ? hint : "give it a first value under loop.carry";
      return this.#teller.tell(nothing(empty), place, other);
    }
    const [first] = parts;
    if (parts.every(({ kind, lists }) => kind === first!.kind && lists === first!.lists)) {
      return parts;
    }
    const message = `${text} is of different kinds in the ${what}`;
    return this.#teller.tell(message, place, "carry and yield the same kind");
  }

  #noInstance(text: string, place: Place): typeof WRONG {
    const hint = "give both steps the same values on the axes they share";
    return this.#teller.tell(`${text} has no instance for this step's matrix`, place, hint);
  }

  /** Those of the runs that have the same values on these axes. */
  #meant<T extends Labelled>(
    runs: readonly T[],
    axes: readonly string[],
    labels: Labels,
  ): readonly T[] {
    let indices = this.#indices.get(runs);
    if (indices === undefined) this.#indices.set(runs, indices = new Map());
    let index = indices.get(axes.join()) as Map<string, T[]> | undefined;
    if (index === undefined) {
      index = Map.groupBy(runs, (run) => valuesOn(axes, run.labels));
      indices.set(axes.join(), index);
    }
    return index.get(valuesOn(axes, labels)) ?? [];
  }

  /** An item of what a reference stands for: of its outputs, or of its one list. */
  pick(found: Outputs, index: number, text: string, place: Place): Meaning {
    const { kind, sources, many, lists } = found;
    if (many && lists) {
      const hint = "share the axis with the step that it comes from, or collect one list";
      const message =
        `${text}: which item is meant cannot be told, each run gives a list of ${kind}`;
      return this.#teller.tell(message, place, hint);
    }
    if (!many && !lists) {
      const message = `${text}: there is no item, it is one ${kind}`;
      return this.#teller.tell(message, place, `leave out [${index}]`);
    }
    const one = { is: "outputs", kind, many: false, lists: false } as const;
    if (lists) return { ...one, sources: mapOutputs(sources, (output) => ({ ...output, index })) };
    const source = nthOutput(sources, index);
    if (source !== undefined) return { ...one, sources: [source] };
    const { least, most } = extentOf(sources), hint = `use an index up to ${least - 1}`;
    const message = index < most
      ? `${text}: there may be ${counted(least, "item")}, if the loop ends early`
      : `${text}: it has ${counted(most, "item")}, counted from 0`;
    return this.#teller.tell(message, place, hint);
  }
}

/** The outputs of iterations, as far as they are known before the loop runs. */
function sourcesOf(
  take: Iterations["take"],
  ending: EndingLoop | undefined,
  parts: readonly Outputs[],
): readonly Source[] {
  const all = parts.map(({ sources }) => sources);
  if (ending === undefined) return all.flat();
  // What is carried through unchanged is the same whichever iteration is the last.
  if (take === "last" && all.every((sources) => sources === all[0])) return all[0]!;
  return [choose(ending, take, all)];
}

/** Values on axes in one text; labels are plain text or JSON, so that no two lists of them make the same. */
function valuesOn(axes: readonly string[], labels: Labels, named = false): string {
  return axes.map((axis) => named ? `${axis}=${labels[axis]!}` : labels[axis]!).join();
}

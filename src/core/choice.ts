/**
 * What a loop that may end early gives, while which iteration is the last is not known. Choices lie within choices
 * (a loop carries what another yielded) and share their parts, so that what goes through them goes through each once.
 *
 * @module
 */
import type { Choice, EndingLoop, OutputRef, Source } from "./planned.ts";

/** What a loop gives that may end after any of its iterations. */
export function choose(
  loop: EndingLoop,
  take: Choice["take"],
  iterations: readonly (readonly Source[])[],
): Choice {
  let least = Infinity, most = 0;
  if (take === "last") {
    for (const sources of iterations) {
      const { least: fewest, most: greatest } = extentOf(sources);
      least = Math.min(least, fewest);
      most = Math.max(most, greatest);
    }
  } else {
    least = extentOf(iterations[0]!).least;
    for (const sources of iterations) most += extentOf(sources).most;
  }
  return { loop, take, iterations, least, most };
}

/** Whether what is known of a source is only what it may be. */
export function isChoice(source: Source): source is Choice {
  return "loop" in source;
}

/** How many outputs these are, at least and at most. */
export function extentOf(
  sources: readonly Source[],
): { readonly least: number; readonly most: number } {
  let least = 0, most = 0;
  for (const source of sources) {
    least += isChoice(source) ? source.least : 1;
    most += isChoice(source) ? source.most : 1;
  }
  return { least, most };
}

/** Sources with another output for each of theirs. */
export function mapOutputs(
  sources: readonly Source[],
  change: (output: OutputRef) => OutputRef,
  made: Map<readonly Source[], readonly Source[]> = new Map(),
): readonly Source[] {
  let mapped = made.get(sources);
  if (mapped === undefined) {
    mapped = sources.map((source) => {
      if (!isChoice(source)) return change(source);
      const iterations = source.iterations.map((part) => mapOutputs(part, change, made));
      return { ...source, iterations };
    });
    made.set(sources, mapped);
  }
  return mapped;
}

/** The output at an index; undefined where there is none, or none that is there however early loops end. */
export function nthOutput(
  sources: readonly Source[],
  index: number,
  made: Map<Choice, Map<number, Source | undefined>> = new Map(),
): Source | undefined {
  let rest = index;
  for (const source of sources) {
    const { least, most } = extentOf([source]);
    if (rest < least) return isChoice(source) ? nthOfChoice(source, rest, made) : source;
    if (least !== most) return undefined;
    rest -= least;
  }
  return undefined;
}

function nthOfChoice(
  choice: Choice,
  index: number,
  made: Map<Choice, Map<number, Source | undefined>>,
): Source | undefined {
  const { loop, take, iterations } = choice;
  // The first iteration is always there.
  if (take === "every") return nthOutput(iterations[0]!, index, made);
  let known = made.get(choice);
  if (known === undefined) made.set(choice, known = new Map());
  if (!known.has(index)) {
    const picked = iterations.flatMap((sources) => nthOutput(sources, index, made) ?? []);
    const all = picked.length === iterations.length;
    known.set(index, all ? choose(loop, take, picked.map((source) => [source])) : undefined);
  }
  return known.get(index);
}

/** Every output that sources may be, each once. */
export function possibleOutputs(sources: readonly Source[]): OutputRef[] {
  const seen = new Set<readonly Source[]>(), outputs: OutputRef[] = [];
  const visit = (part: readonly Source[]) => {
    if (seen.has(part)) return;
    seen.add(part);
    for (const source of part) {
      if (isChoice(source)) source.iterations.forEach(visit);
      else outputs.push(source);
    }
  };
  visit(sources);
  return outputs;
}

/** The first output, if loops end as early as they may. */
export function firstOutput(sources: readonly Source[]): OutputRef | undefined {
  const [first] = sources;
  return first === undefined || !isChoice(first) ? first : firstOutput(first.iterations[0]!);
}

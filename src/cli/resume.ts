import { type Selection, withDependents } from "../core/mod.ts";

/**
 * The arguments that go on with a run: those that it was started with, where what it has made again is not made again once
 * more, and what it has not come to still is.
 *
 * @param made steps that it has made
 */
export function resumeArgs<S>(
  args: readonly string[],
  { plan: { steps }, remade }: Selection<S>,
  made: ReadonlySet<string>,
): string[] {
  const left = remade.difference(made);
  if (left.size === remade.size) return [...args];
  const again: string[] = [], covered = new Set<string>(), all = new Set(steps.map(({ id }) => id));
  for (const { id } of steps) {
    if (!left.has(id) || covered.has(id)) continue;
    const dependents = withDependents(steps, new Set([id])).intersection(all);
    const isFrom = dependents.size > 1 && dependents.isSubsetOf(left);
    for (const one of isFrom ? dependents : [id]) covered.add(one);
    again.push(isFrom ? "--from" : "--force", id);
  }
  const others = withoutOptions(args), end = others.indexOf("--");
  return others.toSpliced(end < 0 ? others.length : end, 0, ...again);
}

/** Arguments without those that make steps again. */
function withoutOptions(args: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--") return [...kept, ...args.slice(i)];
    if (args[i] === "--from" || args[i] === "--force") i++;
    else if (!/^--(from|force)=/.test(args[i]!)) kept.push(args[i]!);
  }
  return kept;
}

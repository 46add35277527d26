import type { Json, JsonObject } from "./document.ts";
import { parseReference } from "./reference.ts";

/** Steps that each step of a level refers to, as written; made once for a level. */
const graphs = new WeakMap<JsonObject, Map<string, readonly string[]>>();

/**
 * The shortest way from `from` through `to` back to `from`, if there is one. Each step is visited once.
 *
 * @param steps the steps of a level, as written
 */
export function findCycle(steps: JsonObject, from: string, to: string): string[] | undefined {
  const before = new Map<string, string>([[to, from]]);
  const pending = [to];
  for (const name of pending) {
    if (name === from) {
      const way = [from];
      for (let at = before.get(from)!; at !== from; at = before.get(at)!) way.unshift(at);
      return [from, ...way];
    }
    for (const next of referredBy(steps, name)) {
      if (!Object.hasOwn(steps, next) || before.has(next)) continue;
      before.set(next, name);
      pending.push(next);
    }
  }
  return undefined;
}

function referredBy(steps: JsonObject, name: string): readonly string[] {
  let graph = graphs.get(steps);
  if (graph === undefined) graphs.set(steps, graph = new Map());
  let names = graph.get(name);
  if (names === undefined) graph.set(name, names = [...new Set(mentions(steps[name] ?? null))]);
  return names;
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

import { describeUntil, type Plan, possibleOutputs } from "../core/mod.ts";
import { print } from "./output.ts";
import { openPipeline, type ProjectOptions, trustOf } from "./project.ts";

/** Prints the pipeline as a Mermaid flowchart; instances of a step and iterations are drawn once. */
export async function graph(
  file: string,
  overrides: readonly string[],
  options: ProjectOptions,
): Promise<number> {
  const all = [...overrides, ...options.set];
  const { plan } = await openPipeline(file, all, trustOf(options));
  print(toMermaid(plan));
  return 0;
}

/** A plan as Mermaid text. */
export function toMermaid(plan: Plan<unknown>): string {
  const nodes = new Map<string, string>(), edges = new Set<string>();
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  for (const { name, stage, inputs, seed, when } of plan.steps) {
    const ends = when.length === 0 ? "" : ` unless ${describeUntil(when.at(-1)!.loop.until)}`;
    nodes.set(name, stage.name);
    for (const { sources } of Object.values(inputs)) {
      for (const { step, port } of possibleOutputs(sources)) {
        const source = byId.get(step)!;
        const [from, to] = [source.seed.loops?.[0], seed.loops?.[0]];
        const later = from !== undefined && to !== undefined && from !== to;
        edges.add(`  ${source.name} ${later ? `-. "next${ends}" .->` : `-- ${port} -->`} ${name}`);
      }
    }
  }
  const boxes = [...nodes].map(([name, stage]) => `  ${name}["${name}<br/><i>${stage}</i>"]`);
  return ["flowchart TD", ...boxes, ...edges].join("\n");
}

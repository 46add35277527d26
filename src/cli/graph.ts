import type { Plan } from "../core/mod.ts";
import { print } from "./output.ts";
import { openPipeline, type ProjectOptions } from "./project.ts";

/** Prints the pipeline as a Mermaid flowchart; instances of a step and iterations are drawn once. */
export function graph(file: string, overrides: readonly string[], options: ProjectOptions): number {
  print(toMermaid(openPipeline(file, [...overrides, ...options.set])));
  return 0;
}

/** A plan as Mermaid text. */
export function toMermaid(plan: Plan<unknown>): string {
  const nodes = new Map<string, string>(), edges = new Set<string>();
  const nameOf = (id: string) => id.replaceAll(/\[\d+\]/g, "").replace(/@.*$/, "");
  const iteration = (id: string) => /\[(\d+)\]/.exec(id)?.[1];
  for (const { id, stage, inputs } of plan.steps) {
    const name = nameOf(id);
    nodes.set(name, stage.name);
    for (const { sources } of Object.values(inputs)) {
      for (const source of sources) {
        const [from, to] = [iteration(source.step), iteration(id)];
        const later = from !== undefined && to !== undefined && from !== to;
        edges.add(
          `  ${nameOf(source.step)} ${later ? "-. next .->" : `-- ${source.port} -->`} ${name}`,
        );
      }
    }
  }
  const boxes = [...nodes].map(([name, stage]) => `  ${name}["${name}<br/><i>${stage}</i>"]`);
  return ["flowchart TD", ...boxes, ...edges].join("\n");
}

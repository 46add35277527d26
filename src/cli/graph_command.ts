import {
  describeUntil,
  type OutputRef,
  type Plan,
  type PlannedStep,
  possibleOutputs,
} from "../core/mod.ts";
import { print } from "./output.ts";
import { openPipeline, type ProjectOptions, trustOf } from "./project.ts";

/** Prints the pipeline as a Mermaid flowchart; instances of a step and iterations are drawn once. */
export async function graph(
  file: string,
  overrides: readonly string[],
  options: ProjectOptions & { readonly json?: true },
): Promise<number> {
  const all = [...overrides, ...options.set];
  const { plan } = await openPipeline(file, all, trustOf(options));
  print(options.json === true ? JSON.stringify(toGraph(plan), null, 2) : toMermaid(plan));
  return 0;
}

/** A step as its plan has it, and what it reads. */
interface GraphStep {
  readonly step: string;
  /** Without iterations and values. */
  readonly name: string;
  readonly stage: string;
  /** Outputs that each input reads, or may read, in order. */
  readonly inputs: Readonly<Record<string, readonly OutputRef[]>>;
  /** What has to hold for its iteration to be reached. */
  readonly unless: readonly string[];
}

/** A plan with every instance of a step and every iteration. */
export function toGraph(plan: Plan<unknown>): { name: string; steps: readonly GraphStep[] } {
  const steps = plan.steps.map(({ id, name, stage, inputs, when }) => ({
    step: id,
    name,
    stage: stage.name,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([port, { sources }]) => [port, possibleOutputs(sources)]),
    ),
    unless: when.map(({ loop }) => describeUntil(loop.until)),
  }));
  return { name: plan.name, steps };
}

/** A plan as Mermaid text. */
export function toMermaid(plan: Plan<unknown>): string {
  const nodes = new Map<string, string>(), edges = new Set<string>();
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  for (const reader of plan.steps) {
    const { name, stage, inputs, when } = reader;
    nodes.set(name, stage.name);
    for (const { sources } of Object.values(inputs)) {
      for (const { step, port } of possibleOutputs(sources)) {
        const source = byId.get(step)!, way = [idOf(source.name), idOf(name)] as const;
        const depth = otherIteration(source, reader);
        if (depth === undefined) {
          edges.add(`  ${way[0]} -- ${port} --> ${way[1]}`);
          continue;
        }
        const guard = when.find(({ loop }) =>
          byId.get(loop.deciders[0]!)!.seed.loops!.length === depth
        );
        const ends = guard === undefined ? "" : ` unless ${describeUntil(guard.loop.until)}`;
        edges.add(`  ${way[0]} -. "${quoted(`next${ends}`)}" .-> ${way[1]}`);
      }
    }
  }
  const boxes = [...nodes].map(([name, stage]) =>
    `  ${idOf(name)}["${name}<br/><i>${quoted(stage)}</i>"]`
  );
  return ["flowchart TD", ...boxes, ...edges].join("\n");
}

/** How deep the loop stands of which a step reads another iteration than its own; undefined where there is none. */
function otherIteration(
  source: PlannedStep<unknown>,
  step: PlannedStep<unknown>,
): number | undefined {
  const from = source.name.split("."), to = step.name.split(".");
  const [given, own] = [source.seed.loops ?? [], step.seed.loops ?? []];
  for (let at = 0; at < Math.min(given.length, own.length) && from[at] === to[at]; at++) {
    if (given[at] !== own[at]) return at + 1;
  }
  return undefined;
}

/** Words of Mermaid's: a node may not be called so, nor begin so before a point. */
const WORDS = /^(call|class|click|end|flowchart|graph|href|interpolate|style|subgraph)\b/;

/** The id of a step's node; no step's own name begins with _. */
function idOf(name: string): string {
  return WORDS.test(name) ? `_${name}` : name;
}

/** Text between quotes. */
function quoted(text: string): string {
  return text.replaceAll('"', "#quot;");
}

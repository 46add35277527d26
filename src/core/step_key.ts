import type { KeyParts } from "./key.ts";
import type { Binding, PlannedStep } from "./plan.ts";
import { type Action, digestPath } from "./store.ts";

/** Everything the step's result depends on. The steps it reads must be done. */
export function keyParts<S>(
  step: PlannedStep<S>,
  done: ReadonlyMap<string, Action>,
  code: (stage: string) => string,
): KeyParts {
  const config = { ...step.config };
  for (const name of step.files) {
    config[name] = { digest: digestPath(step.config[name] as string) };
  }
  const inputs = Object.fromEntries(
    Object.entries(step.inputs).map(([port, binding]) => {
      const digests = inputDigests(binding, done);
      return [port, binding.list ? digests : digests[0]!];
    }),
  );
  const { name: stage, version } = step.stage;
  return { format: 2, stage, version, code: code(stage), config, inputs, seed: step.seed };
}

/** Digests of what an input reads, in order. */
export function inputDigests(binding: Binding, done: ReadonlyMap<string, Action>): string[] {
  return binding.sources.flatMap(({ step, port, index }) => {
    const made = done.get(step)!.outputs[port]!;
    if (typeof made === "string") return [made];
    if (index === undefined) return [...made];
    const item = made[index];
    if (item !== undefined) return [item];
    throw new RangeError(`Cannot read ${step}.${port}[${index}]: there are ${made.length} items`);
  });
}

import { PIPELINE_SCHEMA } from "../../schemas/pipeline.ts";
import { readAs } from "./check.ts";
import { type Diagnostic, DiagnosticError } from "./diagnostic.ts";
import type { Document } from "./document.ts";
import type { Library, ModuleUse } from "./library.ts";
import { checkLineage } from "./lineage.ts";
import { Misplaced } from "./misplaced.ts";
import { Mistakes } from "./mistakes.ts";
import { isMap } from "./node.ts";
import { resolveParams } from "./params.ts";
import type { Plan } from "./planned.ts";
import { Planner } from "./planner.ts";
import { TooManySteps } from "./step_limit.ts";

/** What became of a document: a plan, or the modules of the user's that have to be loaded first. */
export type Planning<S> =
  | { readonly kind: "plan"; readonly plan: Plan<S> }
  | { readonly kind: "modules"; readonly modules: readonly ModuleUse[] };

/**
 * From a document to a plan: steps in the order they run, loops unrolled, matrices spread out, every reference
 * resolved to an output of an earlier step, every configuration checked against its stage.
 *
 * @param directory what paths in the pipeline are relative to
 * @param tellAbsent takes files that are not there, of a plan that is only looked at
 * @returns the plan; where the library lacks modules, these, as far as they can be known before they are loaded
 * @throws {DiagnosticError} with everything that is wrong
 */
export function makePlan<S>(
  document: Document,
  library: Library<S>,
  directory: string,
  tellAbsent?: (diagnostic: Diagnostic) => void,
): Planning<S> {
  const misplaced = new Misplaced(document.value, library);
  const frame = readAs(
    document,
    PIPELINE_SCHEMA,
    document.value,
    [],
    (key, location) => misplaced.atTop(key, location),
  );
  if (frame.kind === "wrong") {
    const hint = "a pipeline begins with name: and steps:";
    throw new DiagnosticError(
      isMap(document.value) ? frame.mistakes : frame.mistakes.map((one) => ({ ...one, hint })),
    );
  }
  const { name, summary, device, seed, params = {}, max_steps, records, checkpoints, executor } =
    frame.value;
  if (frame.value.extends !== undefined) {
    throw new TypeError("Cannot plan: Document.read follows `extends`, Document.parse does not");
  }
  const mistakes = new Mistakes(tellAbsent);
  const { values, wrong } = resolveParams(
    params,
    { seed },
    ({ message, hint }, path) =>
      mistakes.tell(message, document.locateGiven(["params", ...path]), hint),
  );
  const planner = new Planner(document, library, directory, mistakes, {
    misplaced,
    wrong,
    most: max_steps,
  });
  try {
    planner.expand(frame.value, { params: values, seed });
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error; // it was told
  }
  if (mistakes.all.length === 0) checkLineage(planner.steps, mistakes);
  if (mistakes.all.length > 0) throw new DiagnosticError(mistakes.all);
  if (planner.modules.length > 0) return { kind: "modules", modules: planner.modules };
  const { steps, loops } = planner;
  const tableBytes = records === undefined ? undefined : records.max_mib * 2 ** 20;
  const checkpointTimes = checkpoints && {
    minutes: checkpoints.every_minutes,
    ...checkpoints.every_updates === undefined ? {} : { units: checkpoints.every_updates },
  };
  const settings = { device, seed, executor, tableBytes, checkpointTimes };
  const plan = { name, summary, ...settings, steps, loops };
  return { kind: "plan", plan };
}

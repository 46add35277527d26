import { PIPELINE_SCHEMA } from "../../schemas/pipeline.ts";
import { checkSchema } from "./check.ts";
import { DiagnosticError, type Location } from "./diagnostic.ts";
import type { Document, Json, JsonObject } from "./document.ts";
import type { Seed } from "./key.ts";
import { Mistakes } from "./mistakes.ts";
import { resolveParams } from "./params.ts";
import { Planner, TooManySteps } from "./planner.ts";
import type { Stage } from "./stage.ts";

/** An output of a step; `index` picks an item of a list. */
export interface OutputRef {
  /** Id of the step. */
  readonly step: string;
  /** Name of the output port. */
  readonly port: string;
  /** Item of a list. */
  readonly index?: number;
}

/** What an input port reads. A list may be made of many outputs, or be one list output. */
export interface Binding {
  /** Whether the port takes a list. */
  readonly list: boolean;
  /** The outputs, in order. */
  readonly sources: readonly OutputRef[];
}

/** One run of a stage. */
export interface PlannedStep<S> {
  /** Unambiguous name, such as `meta[0].students@dataset=1,repeat=0`; see `label.ts`. */
  readonly id: string;
  /** The name without iterations and values, such as `meta.students`. */
  readonly name: string;
  /** What it runs. */
  readonly stage: Stage<S>;
  /** Complete: defaults filled in, paths absolute. */
  readonly config: JsonObject;
  /** Configuration keys that name files, whose contents count in the key instead of their names. */
  readonly files: readonly string[];
  /** The pipeline's seed or its own, with its place in loops and matrix. */
  readonly seed: Seed;
  /** What each connected input reads. */
  readonly inputs: Readonly<Record<string, Binding>>;
  /** Where it stands in the file. */
  readonly location: Location;
}

/** A checked pipeline. */
export interface Plan<S> {
  /** Of the pipeline. */
  readonly name: string;
  /** Where graphs run, as the pipeline says. */
  readonly device: string;
  /** In the order they run. */
  readonly steps: readonly PlannedStep<S>[];
}

/** The stages a pipeline can use, by name. */
export type Stages<S> = Readonly<Record<string, Stage<S>>>;

/**
 * From a document to a plan: steps in the order they run, loops unrolled, matrices spread out, every reference
 * resolved to an output of an earlier step, every configuration checked against its stage.
 *
 * @param directory what paths in the pipeline are relative to
 * @throws {DiagnosticError} with everything that is wrong
 */
export function makePlan<S>(document: Document, stages: Stages<S>, directory: string): Plan<S> {
  const given = document.value;
  // Defaults are filled in here, not in the document.
  const pipeline = isObject(given) ? { ...given } : given;
  const frame = checkSchema(document, PIPELINE_SCHEMA, pipeline, []).map((problem) =>
    isObject(given) ? problem : { ...problem, hint: "a pipeline begins with name: and steps:" }
  );
  if (frame.length > 0) throw new DiagnosticError(frame);
  const { name, device, seed, params, steps, max_steps } = pipeline as JsonObject;
  const mistakes = new Mistakes();
  const values = resolveParams(
    (params ?? {}) as JsonObject,
    { seed: seed! },
    ({ message, hint }, path) => mistakes.tell(message, document.locate(["params", ...path]), hint),
  );
  const planner = new Planner(document, stages, directory, mistakes, max_steps as number);
  try {
    planner.expand(steps as JsonObject, { params: values, seed: seed! });
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error; // it was told
  }
  if (mistakes.all.length > 0) throw new DiagnosticError(mistakes.all);
  return { name: name as string, device: device as string, steps: planner.steps };
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The steps of a run as they were planned, with their settings: `runs/ID/steps.json`. Results have them too, but not all steps have one. @module */
import { join } from "node:path";
import type { Json, JsonObject, Store } from "../core/mod.ts";
import { runsDirectory, STEPS_FILE } from "./run_files.ts";
import { readJson } from "./runs.ts";

/** A step that a run was to go through. */
export interface PlannedRecord {
  readonly step: string;
  readonly stage: string;
  /** As it was resolved: with defaults, and the values of parameters and matrix. */
  readonly config: JsonObject;
}

/** The text of a record; settings that steps have in common are written once. */
export function plannedRecord(steps: readonly PlannedRecord[]): string {
  const numbers = new Map<string, number>();
  const listed = steps.map(({ step, stage, config }) => {
    const text = JSON.stringify(config), number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return [step, stage, number];
  });
  return `{"steps":${JSON.stringify(listed)},"configs":[${[...numbers.keys()].join(",")}]}\n`;
}

/** The steps of a run, in the order in which they run; none where that was not kept, or is damaged. */
export function readPlanned(store: Store, run: string): PlannedRecord[] {
  return readJson(join(runsDirectory(store), run, STEPS_FILE), asPlanned) ?? [];
}

function asPlanned(value: Json): PlannedRecord[] | undefined {
  const { steps, configs } = (value ?? {}) as JsonObject;
  if (!Array.isArray(steps) || !Array.isArray(configs)) return undefined;
  return steps.flatMap((one): PlannedRecord[] => {
    if (!Array.isArray(one)) return [];
    const [step, stage, number] = one, config = configs[Number(number)];
    const isSound = typeof step === "string" && typeof stage === "string" && isMap(config);
    return isSound ? [{ step, stage, config }] : [];
  });
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

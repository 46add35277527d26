/** Where jobs run, by name: a row for each. @module */
import { totalmem } from "node:os";
import type { PipelineFrame } from "../../schemas/pipeline.ts";
import {
  DiagnosticError,
  type Executor,
  ifThere,
  type Inline,
  type Plan,
  type Resources,
  type Store,
  suggest,
} from "../core/mod.ts";
// Not from mod.ts, which loads the engine.
import { threads } from "../runtime/environment.ts";
import { chosenCudaDevice } from "../runtime/device_name.ts";
import type { DeviceName } from "../runtime/mod.ts";
import type { Services } from "../stage/define_stage.ts";

/** What opening one is given. */
export interface Opening {
  readonly store: Store;
  /** Runs jobs in this process. */
  readonly here: Inline<Services>;
  readonly device: DeviceName;
  /** What there is for jobs to take. */
  readonly capacity: Resources;
}

/** Opens one. */
type Open = (opening: Opening) => Promise<Executor>;

const EXECUTORS = {
  /** In this process, one at a time, on all processors. */
  inline: ({ here }) => Promise.resolve(here),
  /** In processes of this machine. */
  processes: async (opening) => (await import("./local_processes.ts")).openProcesses(opening),
} as const satisfies Readonly<Record<NonNullable<PipelineFrame["executor"]>, Open>>;

/** Name of an executor. */
export type ExecutorName = keyof typeof EXECUTORS;

/**
 * The executor of a run: as it was told, or as the pipeline says, or processes where there is more than one processor.
 *
 * @throws {DiagnosticError} when there is none of the name
 */
export function executorOf(
  { executor }: Pick<Plan<Services>, "executor">,
  told: string | undefined,
): ExecutorName {
  return toExecutor(told ?? executor ?? (threads() > 1 ? "processes" : "inline"));
}

/** The name of an executor. @throws {DiagnosticError} when there is none of it */
export function toExecutor(name: string): ExecutorName {
  if (Object.hasOwn(EXECUTORS, name)) return name as ExecutorName;
  const names = Object.keys(EXECUTORS), near = suggest(name, names);
  throw new DiagnosticError([{ message: `there is no executor ${name}`, hint: near }]);
}

/** Opens an executor. */
export async function openExecutor(name: ExecutorName, opening: Opening): Promise<Executor> {
  return await EXECUTORS[name](opening);
}

/** What this machine has for jobs. @param more what its user says there is */
export function capacityHere(device: DeviceName, more: Resources): Resources {
  const gpu = device === "cpu" ? {} : { gpu: gpusHere(device) };
  return { cpu: threads(), memory: totalmem(), ...gpu, ...more };
}

/** How many GPUs jobs may use. */
function gpusHere(device: DeviceName): number {
  if (device !== "cuda" || chosenCudaDevice() !== undefined) return 1;
  const told = Deno.env.get("CUDA_VISIBLE_DEVICES");
  if (told !== undefined) return told.split(",").filter((name) => name.trim() !== "").length;
  return ifThere(() => [...Deno.readDirSync("/proc/driver/nvidia/gpus")].length) ?? 1;
}

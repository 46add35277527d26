/** What a run took of its machine, in words. @module */
import { counted } from "../core/mod.ts";
import { formatSeconds } from "./numbers.ts";
import type { RunRecord } from "./run_record.ts";

/** Time of processors; empty where it is not known. */
export function processorText(
  { cpuSeconds, workers }: Pick<RunRecord, "cpuSeconds" | "workers">,
): string {
  if (cpuSeconds === undefined) return "";
  const all = `${formatSeconds(cpuSeconds)} of it`;
  if (workers === undefined) return all;
  const { processes, cpuSeconds: theirs } = workers;
  return `${all}, ${formatSeconds(theirs)} in ${
    counted(processes, "process", "processes")
  } that ran steps`;
}

/** Most memory; empty where it is not known. */
export function memoryText(
  { peakBytes, workers }: Pick<RunRecord, "peakBytes" | "workers">,
): string {
  if (peakBytes === undefined) return "";
  const own = `${mebibytes(peakBytes)} at most`;
  if (workers === undefined) return own;
  const { processes, peakBytes: theirs } = workers;
  return processes === 1
    ? `${own}, and ${mebibytes(theirs)} in the process that ran steps`
    : `${own}, and ${mebibytes(theirs)} in the largest of ${processes} processes that ran steps`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

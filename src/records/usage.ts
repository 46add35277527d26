/** What processes take of their machine. @module */
import process from "node:process";
import type { Event } from "../core/mod.ts";
import type { RunRecord } from "./run_record.ts";

/** What a process took. */
export interface Usage {
  /** Of processors. */
  readonly cpuSeconds: number;
  /** Most memory that it has had so far, in bytes. */
  readonly peakBytes: number;
}

/** Counts what this process takes. */
export class UsageMeter {
  #before: number;

  /** @param cpuSeconds that are counted already: none of what it has taken unless given */
  constructor(cpuSeconds: number = cpuSecondsHere()) {
    this.#before = cpuSeconds;
  }

  /** What was taken since the last time. */
  take(): Usage {
    const before = this.#before, peakBytes = process.resourceUsage().maxRSS * 1024;
    this.#before = cpuSecondsHere();
    return { cpuSeconds: this.#before - before, peakBytes };
  }
}

/** Seconds that processors have spent on this process. */
function cpuSecondsHere(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

/** What the other processes of a run took, as far as they told. */
export class WorkersUsage {
  readonly #processes = new Set<number>();
  #cpuSeconds = 0;
  #peakBytes = 0;

  /** Takes what one tells. */
  add({ process, cpuSeconds, peakBytes = 0 }: Extract<Event, { kind: "step-used" }>): void {
    this.#processes.add(process);
    this.#cpuSeconds += cpuSeconds;
    this.#peakBytes = Math.max(this.#peakBytes, peakBytes);
  }

  /** What a run took, of which its own process took this. */
  with({ cpuSeconds, peakBytes }: Usage): Pick<RunRecord, "cpuSeconds" | "peakBytes" | "workers"> {
    const processes = this.#processes.size;
    if (processes === 0) return { cpuSeconds, peakBytes };
    const workers = { processes, cpuSeconds: this.#cpuSeconds, peakBytes: this.#peakBytes };
    return { cpuSeconds: cpuSeconds + workers.cpuSeconds, peakBytes, workers };
  }
}

import process from "node:process";
import type { Usage } from "../core/mod.ts";

/** What this process took since it began. */
export function usageHere(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 };
}

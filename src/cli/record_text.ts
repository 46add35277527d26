/** What is known of runs in words. @module */
import type { RunRecord } from "../records/mod.ts";
import type { RunStep } from "../records/steps.ts";
import { formatSeconds } from "./format.ts";

/** A moment as people read it, in their time zone: `2026-12-01 08:05`. @param digits of the text */
export function formatMoment(iso: string, digits: "minutes" | "seconds" = "minutes"): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const minutes = `${two(time.getHours())}:${two(time.getMinutes())}`;
  return `${day} ${minutes}${digits === "seconds" ? `:${two(time.getSeconds())}` : ""}`;
}

/** The time of day of a moment, to the second. */
export function formatClock(iso: string): string {
  return formatMoment(iso, "seconds").slice(11);
}

/** How long a run took, or takes so far; nothing where its end is not known. @param now milliseconds */
export function durationOf({ status, started, seconds, finished }: RunRecord, now: number): string {
  if (seconds !== undefined) return formatSeconds(seconds);
  const end = status === "running" ? now : Date.parse(finished ?? "");
  const took = end - Date.parse(started);
  return Number.isNaN(took) ? "" : formatSeconds(took / 1000);
}

/** How many steps of a run were made, found and failed. */
export interface Counts {
  readonly ran: number;
  readonly cached: number;
  readonly failed: number;
}

/** Counts of the steps of a run that has not told them itself. */
export function countSteps(steps: readonly RunStep[]): Counts {
  const count = (state: RunStep["state"]) => steps.filter((step) => step.state === state).length;
  return { ran: count("ran"), cached: count("cached"), failed: count("failed") };
}

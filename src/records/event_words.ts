import { counted } from "../core/mod.ts";
import type { Event, Machine } from "../core/mod.ts";
import { formatNumber, formatSeconds } from "./numbers.ts";

/** Kinds of events that each face of a run tells in its own way. */
type Apart =
  | "step-started"
  | "step-progress"
  | "step-metrics"
  | "step-used"
  | "step-finished"
  | "step-failed";

/** What an event says, without the step that it is of; empty for kinds of a later version. */
export function eventWords(event: Exclude<Event, { kind: Apart }>): string {
  switch (event.kind) {
    case "run-started":
      return `${event.pipeline}: ${counted(event.steps, "step")} on ${event.device}`;
    case "device-found":
      return `device auto: ${event.device}`;
    case "rows-left-out":
      return event.why === undefined
        ? `${counted(event.rows, "row")} of ${event.table} had no room; records.max_mib gives more`
        : `${counted(event.rows, "row")} of ${event.table} could not be written: ${event.why}`;
    case "step-log":
      return event.message;
    case "step-blocked":
      return `not reached, as ${event.failed} failed`;
    case "step-differs":
      return `made again, differs from what was stored in ${event.what.join(", ")}: ${
        event.elsewhere ? "that was made on another machine" : "its stage is not deterministic"
      }`;
    case "step-waiting":
      return "another process is making it; waiting for its result";
    case "damaged":
      return `stored ${event.what} is damaged (${event.problem}): made again`;
    case "other-machines": {
      const machines = describeMachines(event.machines, event.here);
      return `${
        counted(event.results, "result was", "results were")
      } made on another machine (${machines}); ` +
        `--same-machine makes them again`;
    }
    case "loop-ended": {
      const { loop, iterations, times, until, met, value } = event;
      const number = typeof value === "number" ? formatNumber(value) : JSON.stringify(value);
      return met
        ? `${loop} ends after iteration ${iterations} of at most ${times}: ${until} (${number})`
        : `${loop} ends after ${
          times === 1 ? "its one iteration" : `all ${times} iterations`
        }, though not ${until} (${number})`;
    }
    case "warning":
      return `warning: ${event.message}`;
    case "run-finished": {
      const without = event.skipped + (event.blocked ?? 0);
      const skipped = without > 0 ? `${without} not reached, ` : "";
      const counts = `${event.ran} run, ${event.cached} cached, ${skipped}`;
      return `${event.status}: ${counts}${formatSeconds(event.seconds)}`;
    }
    default:
      event satisfies never;
      return "";
  }
}

/** How machines differ from this one, such as `threads 1, here 2`. */
export function describeMachines(machines: readonly Machine[], here: Machine): string {
  const names = [...new Set([here, ...machines].flatMap(Object.keys))];
  return names.flatMap((name) => {
    const others = new Set(machines.map((made) => made[name] ?? "unknown"));
    if (others.size === 1 && others.has(here[name] ?? "unknown")) return [];
    return [`${name} ${[...others].join(" or ")}, here ${here[name] ?? "unknown"}`];
  }).join("; ");
}

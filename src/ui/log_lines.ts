import type { Stamped } from "../core/mod.ts";
import type { LogLine } from "./views.ts";

/** Makes lines of events: progress is no line, a run view shows it where it happens. @param first the place of the first */
export function logLines(events: readonly Stamped[], first = 0): LogLine[] {
  const lines: LogLine[] = [];
  for (const event of events) {
    if (event.kind === "step-progress" || event.kind === "step-metrics") continue;
    const { time, kind } = event, step = "step" in event ? event.step : "";
    lines.push({ at: first + lines.length, time, kind, step, text: textOf(event) });
  }
  return lines;
}

function textOf(event: Exclude<Stamped, { kind: "step-progress" | "step-metrics" }>): string {
  switch (event.kind) {
    case "run-started":
      return `${event.pipeline}: ${event.steps} steps on ${event.device}`;
    case "device-found":
      return `device auto: ${event.device}`;
    case "step-started":
      return `${event.stage} started`;
    case "step-waiting":
      return "another process is making it; waiting for its result";
    case "step-log":
      return event.message;
    case "rows-left-out":
      return `${event.rows} rows of ${event.table} had no room; records.max_mib gives more`;
    case "step-finished":
      return event.cached ? "taken from the store" : `finished in ${event.seconds.toFixed(1)} s`;
    case "step-failed": {
      const { message, stack = "", again } = event;
      return `failed${again ? ", and is tried once more" : ""}: ${message}\n${stack}`.trimEnd();
    }
    case "step-blocked":
      return `not reached, as ${event.failed} failed`;
    case "step-differs":
      return `made again, differs from what was stored in ${event.what.join(", ")}: ${
        event.elsewhere ? "that was made on another machine" : "its stage is not deterministic"
      }`;
    case "damaged":
      return `stored ${event.what} is damaged (${event.problem}): made again`;
    case "other-machines":
      return `${event.results} results were made on another machine; --same-machine makes them again`;
    case "warning":
      return `warning: ${event.message}`;
    case "loop-ended":
      return `${event.loop}: ends after ${event.iterations} of ${event.times}; ${event.until} ` +
        `${event.met ? "holds" : "does not hold"}, at ${JSON.stringify(event.value)}`;
    case "run-finished":
      return `${event.status}: ${event.ran} ran, ${event.cached} from the store, ` +
        `${event.skipped + (event.blocked ?? 0)} not reached, in ${event.seconds.toFixed(1)} s`;
    default:
      event satisfies never;
      return ""; // of a later version
  }
}

import type { Stamped } from "../core/mod.ts";
import type { LogLine } from "./views.ts";

/** An event as a line of the log; undefined for progress, which a run view shows where it happens. */
export function logLine(event: Stamped): LogLine | undefined {
  if (event.kind === "step-progress" || event.kind === "step-metrics") return undefined;
  const { time, kind } = event;
  return { time, kind, step: "step" in event ? event.step : "", text: textOf(event) };
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
    case "step-failed":
      return `failed: ${event.message}${event.stack === undefined ? "" : `\n${event.stack}`}`;
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
        `${event.skipped} not reached, in ${event.seconds.toFixed(1)} s`;
    default:
      event satisfies never;
      return ""; // of a later version
  }
}

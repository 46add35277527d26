import type { Event } from "../core/mod.ts";
import { formatMetrics, formatNumber, formatSeconds } from "./format.ts";
import { describeMachines } from "./machine_text.ts";

/** An event in words, the same wherever it is shown; undefined for what is told elsewhere. */
export function eventText(event: Event): string | undefined {
  switch (event.kind) {
    case "run-started":
      return `${event.pipeline}: ${event.steps} steps on ${event.device}`;
    case "device-found":
      return `device auto: ${event.device}`;
    case "step-started":
      return `${event.step} begins`;
    case "step-progress": {
      const numbers = Object.entries(event.numbers)
        .map(([name, value]) => `${name} ${formatNumber(value)}`);
      return [event.step, `${event.done}/${event.total}`, ...numbers].join(" · ");
    }
    case "step-metrics":
      return undefined; // what of it is worth showing is in the progress
    case "rows-left-out":
      return `  ${event.step}: ${event.rows} rows of ${event.table} had no room; records.max_mib gives more`;
    case "step-log":
      return `  ${event.step}: ${event.message}`;
    case "step-finished": {
      if (event.cached) return `${event.step} is cached`;
      const parts = [event.step, formatSeconds(event.seconds), formatMetrics(event.metrics)];
      return parts.filter((part) => part !== "").join("  ");
    }
    case "step-failed": {
      const { step, message, attempt, again } = event;
      const which = attempt === undefined
        ? ""
        : ` (attempt ${attempt}${again ? "; once more" : ""})`;
      return `${step} failed${which}: ${message}`;
    }
    case "step-blocked":
      return `${event.step}: not reached, as ${event.failed} failed`;
    case "step-differs": {
      const { step, what, elsewhere } = event;
      return `warning: ${step}, made again, differs from what was stored in ${what.join(", ")}: ${
        elsewhere ? "that was made on another machine" : "its stage is not deterministic"
      }`;
    }
    case "step-waiting":
      return `${event.step}: another process is making it; waiting for its result`;
    case "damaged":
      return `${event.step}: stored ${event.what} is damaged (${event.problem}): made again`;
    case "other-machines": {
      const machines = describeMachines(event.machines, event.here);
      return `${event.results} results were made on another machine (${machines}); ` +
        `--same-machine makes them again`;
    }
    case "loop-ended": {
      const { loop, iterations, times, until, met, value } = event;
      const number = typeof value === "number" ? formatNumber(value) : JSON.stringify(value);
      return met
        ? `${loop} ends after iteration ${iterations} of at most ${times}: ${until} (${number})`
        : `${loop} ends after all ${times} iterations, though not ${until} (${number})`;
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
      event satisfies never; // but a later version may have written others
      return undefined;
  }
}

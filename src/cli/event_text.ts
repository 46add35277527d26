import type { Event } from "../core/mod.ts";
import { eventWords } from "../records/event_words.ts";
import { formatMetrics, formatNamed, formatSeconds } from "./format.ts";

/** An event in a line, the same wherever it is shown; undefined for what is told elsewhere. */
export function eventText(event: Event): string | undefined {
  switch (event.kind) {
    case "step-started":
      return `${event.step} begins`;
    case "step-progress": {
      const numbers = Object.entries(event.numbers)
        .flatMap(([name, value]) => formatNamed(name, value) ?? []);
      return [event.step, `${event.done}/${event.total}`, ...numbers].join(" · ");
    }
    case "step-metrics": // what of it is worth showing is in the progress
    case "step-used": // and of this in the run's record
      return undefined;
    case "step-finished": {
      if (event.cached) return `${event.step} is cached`;
      const parts = [event.step, formatSeconds(event.seconds), formatMetrics(event.metrics)];
      return parts.filter((part) => part !== "").join("  ");
    }
    case "step-failed": {
      const { step, message, attempt, again, pause } = event;
      const when = pause === undefined || pause === 0 ? "" : ` in ${formatSeconds(pause)}`;
      const which = [
        ...attempt === undefined ? [] : [`attempt ${attempt}`],
        ...again ? [`once more${when}`] : [],
      ];
      return `${step} failed${which.length === 0 ? "" : ` (${which.join("; ")})`}: ${message}`;
    }
    case "step-log":
    case "rows-left-out":
      return `  ${event.step}: ${eventWords(event)}`;
    case "step-differs":
      return `warning: ${event.step}, ${eventWords(event)}`;
    default: {
      const words = eventWords(event);
      if (words === "") return undefined; // an event of a later version
      return "step" in event ? `${event.step}: ${words}` : words;
    }
  }
}

import { counted, type Stamped } from "../core/mod.ts";
import { eventWords } from "../records/event_words.ts";
import { formatSeconds } from "../records/numbers.ts";
import type { LogLine } from "./views.ts";

/** Characters of a line: of a thousand such, a browser has not too many. */
const MOST = 20_000;

/** Makes lines of events: progress is no line, a run view shows it where it happens. @param first the place of the first */
export function logLines(events: readonly Stamped[], first = 0): LogLine[] {
  const lines: LogLine[] = [];
  for (const event of events) {
    if (isShownElsewhere(event)) continue;
    const { time, kind } = event, step = "step" in event ? event.step : "";
    lines.push({ at: first + lines.length, time, kind, step, text: cutText(textOf(event)) });
  }
  return lines;
}

/** A text, or how it begins where nobody would read on. */
export function cutText(text: string): string {
  if (text.length <= MOST) return text;
  const left = counted(text.length - MOST, "character");
  return `${text.slice(0, MOST).toWellFormed()} … and ${left} more`;
}

/** What is no line: the run view has it. */
type Elsewhere = Extract<Stamped, { kind: "step-progress" | "step-metrics" | "step-used" }>;

function isShownElsewhere(event: Stamped): event is Elsewhere {
  return event.kind === "step-progress" || event.kind === "step-metrics" ||
    event.kind === "step-used";
}

function textOf(event: Exclude<Stamped, Elsewhere>): string {
  switch (event.kind) {
    case "step-started":
      return `${event.stage} started${
        (event.attempt ?? 1) > 1 ? `, attempt ${event.attempt}` : ""
      }`;
    case "step-finished":
      return event.cached ? "taken from the store" : `finished in ${formatSeconds(event.seconds)}`;
    case "step-failed": {
      const { message, stack = "", again, pause = 0 } = event;
      const when = pause > 0 ? ` in ${formatSeconds(pause)}` : "";
      return `failed${again ? `, and is tried once more${when}` : ""}: ${message}\n${stack}`
        .trimEnd();
    }
    default:
      return eventWords(event);
  }
}

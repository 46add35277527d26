import { type Stamped, Store } from "../core/mod.ts";
import { findRun, readEvents, readRecord } from "../records/mod.ts";
import { chooseSteps, isMeant } from "../records/step_names.ts";
import { Attempts } from "../records/steps.ts";
import { followEvents } from "../records/tail.ts";
import { eventText } from "./event_text.ts";
import { print } from "./output.ts";
import { formatClock, formatMoment } from "./record_text.ts";

/** Milliseconds between looks at a run that is followed. */
const PAUSE = 200;

/** Tells the events of a run. */
export async function logs(
  step: string | undefined,
  options: {
    readonly store: string;
    readonly run: string;
    readonly follow?: true;
    readonly json?: true;
  },
): Promise<number> {
  const store = new Store(options.store), record = findRun(store, options.run), { id } = record;
  const follow = options.follow === true && record.status === "running";
  const wanted = step === undefined ? undefined : stepFilter(store, id, step, follow);
  const isRunning = () => follow && readRecord(store, id)?.status === "running";
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, PAUSE));
  const attempts = new Attempts();
  let day = "", isEmpty = true;
  for await (const event of followEvents(store, id, isRunning, pause)) {
    isEmpty = false;
    const attempt = "step" in event ? attempts.count(event) : 1;
    if (wanted !== undefined && !("step" in event && wanted(event.step))) continue;
    if (options.json === true) {
      print(JSON.stringify(event));
      continue;
    }
    const text = lineOf(ofAttempt(event, attempt));
    if (text === undefined) continue;
    const today = formatMoment(event.time).slice(0, 10);
    if (today !== day) print(`${id} ${today}`);
    day = today;
    print(text);
  }
  if (isEmpty && options.json !== true) print(`${id}: no events`);
  return 0;
}

/** Whether a step is meant. Of a run that is followed, it may come later. @throws {DiagnosticError} where it cannot */
function stepFilter(
  store: Store,
  run: string,
  step: string,
  follow: boolean,
): (id: string) => boolean {
  const ids = new Set(
    readEvents(store, run).flatMap((event) => "step" in event ? [event.step] : []),
  );
  if (!follow) chooseSteps([...ids], [step], run);
  return (id) => isMeant(step, id);
}

/** An event that tells which attempt it is of, where that is not the first. */
function ofAttempt(event: Stamped, attempt: number): Stamped {
  if (!("step" in event)) return event;
  if (event.kind === "step-failed") {
    return attempt > 1 || event.again === true ? { ...event, attempt } : event;
  }
  return attempt > 1 ? { ...event, step: `${event.step} (attempt ${attempt})` } : event;
}

/** An event with its time; a failure with where it was. */
function lineOf(event: Stamped): string | undefined {
  const text = eventText(event);
  if (text === undefined) return undefined;
  const stack = event.kind === "step-failed" && event.stack !== undefined
    ? event.stack.split("\n").map((line) => `\n          ${line}`).join("")
    : "";
  return `${formatClock(event.time)}  ${text.replaceAll("\n", "\n          ")}${stack}`;
}

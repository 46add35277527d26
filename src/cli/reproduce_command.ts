import { join } from "node:path";
import { counted, DiagnosticError, type Event, ifThere, Store } from "../core/mod.ts";
import { compareOutcomes, outcomesOf, type StepComparison } from "../records/reproduction.ts";
import { Durations, findRun, readEvents, type RunRecord, runsDirectory } from "../records/mod.ts";
import { describeMachines } from "../records/event_words.ts";
import { eventText } from "./event_text.ts";
import { type Executing, executingOf } from "./executing.ts";
import { machine } from "./machine_text.ts";
import { LiveView } from "./live/live_view.ts";
import { Heard } from "./heard.ts";
import { print, standardOutput } from "./output.ts";
import { runFile, stopOnInterrupt } from "./run_command.ts";

/** How a comparison is told. */
const WORDS: Readonly<Record<StepComparison["kind"], string>> = {
  same: "same key, same results",
  rekeyed: "another key, the same results",
  differs: "same key, OTHER RESULTS",
  changed: "another key, other results",
  missing: "no result this time",
  added: "no result in the run",
};

/** Options of the command. */
export interface ReproduceOptions extends Executing {
  readonly store: string;
  readonly trust?: true;
  readonly json?: true;
  /** Store to run in, which is kept; unless given, a temporary one. */
  readonly into?: string;
}

/**
 * Runs a recorded run again, with what there is today, in a store of its own, and tells which results differ.
 *
 * @returns the exit code: 0 when all are the same, 1 when not, 130 when it was stopped
 * @throws {DiagnosticError} when there is no such run, or its pipeline cannot be read any more
 */
export async function reproduce(wanted: string, options: ReproduceOptions): Promise<number> {
  const store = new Store(options.store), record = findRun(store, wanted);
  if (ifThere(() => Deno.statSync(record.file)) === undefined) {
    const message = `the pipeline of ${record.id}, ${record.file}, is not there any more`;
    const document = join(runsDirectory(store), record.id, "document.json");
    throw new DiagnosticError([{ message, hint: `what it was is in ${document}` }]);
  }
  const { into } = options, before = outcomesOf(readEvents(store, record.id));
  refuseUnknown(record, before.length);
  if (into !== undefined) refuseSame(store, into, record);
  const directory = into ?? Deno.makeTempDirSync({ prefix: "soar-reproduce-" });
  try {
    let run = "";
    using stop = stopOnInterrupt();
    const heard = new Heard(stop.abort);
    using view = new LiveView(standardOutput(), Durations.of(store));
    if (options.json !== true) stop.tell((message) => view.tell(message, view.paint.yellow));
    const { status } = await runFile(record.file, {
      overrides: record.overrides,
      store: directory,
      trust: options.trust ?? false,
      ...executingOf(options),
      listen(event) {
        run = event.run;
        if (options.json === true) return;
        heard.write(() => view.take(event, () => tellProgress(event, view)));
      },
      signal: stop.signal,
    }, (plan) => {
      if (options.json !== true) view.begin(plan, `reproduces ${record.id}`);
    });
    if (!heard.isHeard) {
      return heard.complain(`whether ${record.id} is reproduced is not known`);
    }
    if (stop.signal.aborted) {
      if (options.json !== true) print(`stopped; whether ${record.id} is reproduced is not known`);
      return 130;
    }
    const after = outcomesOf(readEvents(new Store(directory), run));
    const steps = compareOutcomes(before, after);
    const isSame = status === record.status && steps.every(({ kind }) => kind === "same");
    if (options.json === true) {
      print(JSON.stringify({ run: record.id, status, same: isSame, steps }));
    } else tell(record, status, steps);
    return isSame ? 0 : 1;
  } finally {
    if (into === undefined) Deno.removeSync(directory, { recursive: true });
  }
}

/** What came of a run is in its events. @throws {DiagnosticError} where these are gone, or damaged */
function refuseUnknown({ id, ran, cached }: RunRecord, known: number): void {
  if (known >= ran + cached) return;
  const message = `of ${counted(ran + cached, "result")} of ${id} the store knows ${known}`;
  const hint = "its events are gone, or damaged: there is nothing to compare with";
  throw new DiagnosticError([{ message, hint }]);
}

/** @throws {DiagnosticError} for a store that has the run's results, so that none would be made */
function refuseSame(store: Store, into: string, { id }: RunRecord): void {
  const other = ifThere(() => Deno.realPathSync(new Store(into).directory));
  if (other === undefined || other !== Deno.realPathSync(store.directory)) return;
  const message = `--into ${into} is the store that has the results of ${id}`;
  throw new DiagnosticError([{ message, hint: "name another folder, or leave --into out" }]);
}

function tellProgress(event: Event, view: LiveView): void {
  if (event.kind === "step-finished") {
    view.tell(`${event.step}  ${event.cached ? "found" : "made"}`);
  }
  if (event.kind === "step-failed") {
    view.tell(eventText(event)!, view.paint.red);
  }
}

function tell(record: RunRecord, status: string, steps: readonly StepComparison[]): void {
  const parted = steps.filter(({ kind }) => kind !== "same");
  for (const one of parted) {
    const ports = "ports" in one ? ` (${one.ports.join(", ")})` : "";
    print(`${one.step}: ${WORDS[one.kind]}${ports}`);
  }
  const [first] = parted;
  if (first === undefined && status === record.status) {
    return print(
      `${record.id} is reproduced: ${counted(steps.length, "step")} with the same keys and results`,
    );
  }
  if (status !== record.status) print(`${record.id} is ${record.status}, and this run ${status}`);
  if (first !== undefined) print(`they part at ${first.step}: ${WORDS[first.kind]}`);
  const here = machine("cpu"), made = { provider: "cpu", ...record.machine };
  const differences = describeMachines([made], { ...here, provider: made.provider });
  if (differences !== "") print(`it was made on another machine: ${differences}`);
}

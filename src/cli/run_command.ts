import {
  DiagnosticError,
  type Event,
  Inline,
  type Machine,
  type Plan,
  runPlan,
  type RunResult,
  type Selection,
  type Stamped,
  Store,
  type Wanted,
} from "../core/mod.ts";
// Not from mod.ts, which loads the engine.
import { useThreads } from "../runtime/environment.ts";
// Not from mod.ts, which loads the engine.
import { chooseDevice, type DeviceSetting } from "../runtime/device_name.ts";
import type { DeviceName } from "../runtime/mod.ts";
import type { Services } from "../stage/define_stage.ts";
import { checkDeno } from "./needs.ts";
import {
  Durations,
  findRun,
  keysMade,
  type RunFacts,
  RunWriter,
  type SweepPlace,
} from "../records/mod.ts";
import { openPipeline, type Project, type ProjectOptions, trustOf } from "./project.ts";
import { commandLine } from "./command_line.ts";
import type { Executing } from "./executing.ts";
import { exitCodeOf } from "./exit_codes.ts";
import { capacityHere, executorOf, openExecutor } from "./executors.ts";
import { machine, versions } from "./machine_text.ts";
import { narrowed } from "./narrow.ts";
import { Heard } from "./heard.ts";
import { complain, print, standardOutput } from "./output.ts";
import { writeRunReport } from "./report_command.ts";
import { selectFor } from "./selection.ts";
import { oldStoreLine } from "./store_command.ts";

/** How {@linkcode runPipeline} runs. Steps in `until`, `only`, `from` and `force` are named as `plan` lists them. */
export interface PipelineOptions extends Wanted, Executing {
  /** `path=value`, applied to the file before it is checked. */
  readonly overrides?: readonly string[];
  /** Directory of the store; `.soar` unless given. */
  readonly store?: string;
  /** Takes the events of the run. */
  readonly listen?: (event: Stamped) => void;
  /** What the run is called, besides its id. */
  readonly name?: string;
  /** The sweep that it belongs to, and its place in it. */
  readonly sweep?: SweepPlace;
  /** Whether numbers are written for TensorBoard while it runs, to `runs/ID/tensorboard`. */
  readonly tensorboard?: boolean;
  /** Whether results that were made on another kind of machine are made again. */
  readonly sameMachine?: boolean;
  /** Whether a failed step stops only what needs it. */
  readonly keepGoing?: boolean;
  /** Runs that it goes on with: what they made is not made once more because of `from` or `force`. */
  readonly continue?: readonly string[];
  /** Stops the run when aborted; running again goes on there. */
  readonly signal?: AbortSignal;
  /** Whether modules that the pipeline names are loaded: they run with this program's rights. */
  readonly trust?: boolean;
  /** Threads that the processor's work is spread over; as many as processors unless given. */
  readonly threads?: number;
}

/**
 * Checks and runs a pipeline file, taking from the store what is there.
 *
 * @throws {DiagnosticError} when the pipeline has mistakes; nothing has run then
 * @throws {RangeError} when this process runs on another number of threads already
 */
export async function runPipeline(file: string, options: PipelineOptions = {}): Promise<RunResult> {
  return await runFile(file, options);
}

/** The same. @param onPlan takes what will be run, before it is */
export async function runFile(
  file: string,
  options: PipelineOptions,
  onPlan: (plan: Plan<unknown>) => void = () => {},
): Promise<RunResult> {
  checkDeno();
  if (options.threads !== undefined) useThreads(options.threads);
  const directory = options.store ?? ".soar";
  const trust = { store: directory, all: options.trust ?? false };
  const project = await openPipeline(file, options.overrides ?? [], trust);
  const { overrides = [] } = options, store = openStore(directory);
  const selection = selectFor(project.plan, store, await project.code(), options);
  onPlan(selection.plan);
  return await runChecked(project, selection, store, { ...options, overrides });
}

/** The command. @returns the exit code */
export async function run(
  file: string,
  overrides: readonly string[],
  options: ProjectOptions & Wanted & Executing & {
    readonly json?: true;
    readonly keepGoing?: true;
    readonly continue?: readonly string[];
    readonly sameMachine?: true;
    readonly verbose?: true;
    readonly threads?: number;
    readonly name?: string;
    readonly report?: boolean;
    readonly tensorboard?: true;
  },
): Promise<number> {
  if (options.threads !== undefined) useThreads(options.threads);
  checkName(options.name);
  checkContinue(options);
  const all = [...overrides, ...options.set];
  const project = await openPipeline(file, all, trustOf(options));
  const store = openStore(options.store);
  const selection = selectFor(project.plan, store, await project.code(), options),
    { plan } = selection;
  const terminal = standardOutput(), command = commandLine(Deno.args);
  /** Keys of steps that have a result. */
  const keys = new Map<string, string>();
  let log: string | undefined, id: string | undefined;
  // What was made again is not made once more.
  const resume = () => {
    if (selection.remade.size === 0 || id === undefined) return command;
    return keysMade(store, id).size > 0 ? commandLine([...Deno.args, "--continue", id]) : command;
  };
  // Loaded here, as other commands that load this file have no use for it.
  const { jsonReporter, textReporter } = await import("./reporter.ts");
  using face = options.json === true
    ? jsonReporter(terminal)
    : textReporter(terminal, plan, Durations.of(store), resume, { ...options, log: () => log });
  using stop = stopOnInterrupt();
  using _exits = refuseExits(stop.signal);
  // What stages print here is for people too, and standard output for events.
  if (options.json === true) console.log = console.info = console.debug = console.error;
  const heard = new Heard(stop.abort);
  const listen = (event: Stamped) => {
    if (event.kind === "step-finished") keys.set(event.step, event.key);
    heard.write(() => face.listen(event));
  };
  const { status } = await runChecked(project, selection, store, {
    ...options,
    overrides: all,
    command,
    listen,
    signal: stop.signal,
    onBegin(run, warn) {
      log = run.log;
      id = run.id;
      stop.tell(warn);
    },
  });
  if (!heard.isHeard) {
    return heard.complain(
      status === "stopped" ? "the run was stopped; what is done is kept" : `the run is ${status}`,
    );
  }
  if (options.report !== false && id !== undefined) {
    const path = await writeRunReport(store, id, (message) => complain(`warning: ${message}`));
    // The last line of a run that did not end well is the command that goes on.
    if (path !== undefined && status === "done" && options.json !== true) print(`report: ${path}`);
    if (terminal.isTerminal && status === "done" && options.json !== true) {
      const { lookCloser } = await import("./look_closer.ts");
      print(lookCloser(store, id, keys, options.store));
    }
  }
  return exitCodeOf(status);
}

/** @throws {DiagnosticError} for a name that would find something else, or nothing */
export function checkName(name: string | undefined): void {
  if (name !== "last" && name !== "") return;
  const message = name === "" ? "--name is empty" : "--name last: last means the latest run";
  throw new DiagnosticError([{ message, hint: "choose another name, or leave --name out" }]);
}

/** @throws {DiagnosticError} for runs to go on with where nothing is made again: that needs no option */
function checkContinue({ continue: runs = [], from = [], force = [] }: PipelineOptions): void {
  if (runs.length === 0 || from.length + force.length > 0) return;
  const message =
    "--continue goes with --from or --force: what the run made again is not made once more";
  const hint = "leave it out: a run goes on where the last one ended";
  throw new DiagnosticError([{ message, hint }]);
}

/** Opens a store to run in; where there is none it is made, so that what keeps it from being made is told first. */
function openStore(directory: string): Store {
  const store = new Store(directory);
  if (!store.exists) store.prepare();
  return store;
}

async function runChecked(
  project: Project,
  { plan, remade, kept }: Selection<Services>,
  store: Store,
  options:
    & Pick<
      PipelineOptions,
      | "signal"
      | "sameMachine"
      | "continue"
      | "keepGoing"
      | "listen"
      | "name"
      | "sweep"
      | "tensorboard"
    >
    & Executing
    & {
      readonly overrides: readonly string[];
      /** A shell command that does the same. */
      readonly command?: string;
      /** Called before the first event. @param warn tells something that is no event of the runner's */
      readonly onBegin?: (run: RunWriter, warn: (message: string) => void) => void;
    },
): Promise<RunResult> {
  const { definitions, check, code } = project, { listen: tell = () => {} } = options;
  const { signal = new AbortController().signal } = options;
  // Looked up before this run has a record: it may become the last.
  const madeBefore = (options.continue ?? [])
    .flatMap((run) => [...keysMade(store, findRun(store, run).id)]);
  const { sameMachine = false, keepGoing = false } = options;
  const setting = plan.device as DeviceSetting, name = executorOf(plan, options.on);
  // A run of hits alone loads no engine; what `auto` means is found out when something has to know.
  const asked = chooseDevice(setting);
  let device = asked === "auto" ? undefined : asked;
  const known = new Map<DeviceName | undefined, Machine>();
  const onMachine = () => known.get(device) ?? known.set(device, here(device)).get(device)!;
  const early: string[] = []; // warnings of what is being made
  let warn = (message: string): void => void early.push(message);
  await using writer = new RunWriter(
    store,
    factsOf(project, options),
    project.document,
    onMachine,
    (message) => warn(message),
    plan.steps.map(({ id, stage, config }) => ({ step: id, stage: stage.name, config })),
  );
  await using board = options.tensorboard === true
    ? await openBoard(store, writer.id, (message) => warn(message))
    : undefined;
  const listen = (event: Event) => {
    const stamped = writer.take(event);
    board?.take(stamped);
    tell(stamped);
  };
  warn = (message) => listen({ kind: "warning", message });
  early.forEach(warn);
  options.onBegin?.(writer, warn);
  if (store.old !== undefined) warn(oldStoreLine(store.old));
  // Trying a device is work: once is enough.
  let found: Promise<DeviceName> | undefined;
  const find = () => found ??= findDevice(setting, warn);
  if (sameMachine) device = await find();
  await using opened = new AsyncDisposableStack();
  const executors = async () => {
    try {
      await check(); // where something runs at all
    } catch (error) {
      writer.refuse();
      throw error;
    }
    writer.vouch();
    if (setting === "auto") {
      device = await find();
      listen({ kind: "device-found", device });
    } else if (setting !== "cpu") await find();
    const capacity = capacityHere(device!, options.resources ?? {});
    let services: Promise<Services> | undefined;
    const open = async () => {
      const { openServices } = await import("./start_engine.ts");
      const made = openServices(device!, definitions, store);
      opened.use(made.sessions);
      return made;
    };
    const stages = new Map(plan.steps.map(({ id, stage }) => [id, stage]));
    const workshop = {
      store,
      services: () => services ??= open(),
      code: digestOf,
      machine: onMachine,
    };
    const here = new Inline(
      workshop,
      (job) => narrowed(stages.get(job.step)!, job, store),
      capacity,
    );
    const main = opened.use(await openExecutor(name, { store, here, device: device!, capacity }));
    return { here, main };
  };
  const digestOf = await code();
  writer.keepCode(project.modules, project.sources);
  return await runPlan(plan, {
    store,
    executors,
    code: digestOf,
    listen,
    signal,
    machine: onMachine,
    sameMachine,
    keepGoing,
    remade,
    madeBefore,
    kept,
    ...options.jobs === undefined ? {} : { jobs: options.jobs },
  });
}

/** What writes numbers for TensorBoard, which most runs do without. */
async function openBoard(store: Store, run: string, warn: (message: string) => void) {
  const { boardDirectory, BoardWriter } = await import("../records/tensorboard.ts");
  return new BoardWriter(store, boardDirectory(store, run), warn);
}

/** What is known of a run when it begins. */
function factsOf(
  { plan, file }: Project,
  { name, command, overrides, sweep }: {
    readonly name?: string;
    readonly sweep?: SweepPlace;
    readonly command?: string;
    readonly overrides: readonly string[];
  },
): RunFacts {
  return {
    pipeline: plan.name,
    file,
    ...name === undefined ? {} : { name },
    ...sweep === undefined ? {} : { sweep },
    ...command === undefined ? {} : { command },
    folder: Deno.cwd(),
    overrides,
    seed: plan.seed,
    versions: versions(),
  };
}

/** This machine, as far as it is known before its device is. */
function here(device: DeviceName | undefined): Machine {
  const { provider, ...others } = machine(device ?? "cpu");
  return device === undefined ? others : { ...others, provider: provider! };
}

async function findDevice(setting: DeviceSetting, warn: (message: string) => void) {
  const engine = await import("./start_engine.ts");
  return await engine.findDevice(setting, warn);
}

/** Keeps a stage that ends this process from being taken for a run that is done. @param stopped whether the user ends it */
function refuseExits(stopped: AbortSignal): Disposable {
  const onUnload = () => {
    if (stopped.aborted) return;
    complain("error: a stage ended the program (Deno.exit, process.exit)");
    complain("  help: let it return, or throw an error; what is done is kept");
    Deno.exit(1);
  };
  globalThis.addEventListener("unload", onUnload);
  return { [Symbol.dispose]: () => globalThis.removeEventListener("unload", onUnload) };
}

/** What stops a run. */
export interface Stop {
  readonly signal: AbortSignal;
  abort(): void;
  /** Who is told of it. */
  tell(warn: (message: string) => void): void;
}

/** The first Ctrl-C stops after what is running now; the second ends the process. */
export function stopOnInterrupt(): Stop & Disposable {
  const controller = new AbortController();
  let warn = (_message: string) => {};
  const onSignal = () => {
    if (controller.signal.aborted) Deno.exit(130);
    warn("stopping; press Ctrl-C again to end at once");
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", onSignal);
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    tell: (to) => warn = to,
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", onSignal),
  };
}

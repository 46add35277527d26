import TinyQueue from "tinyqueue";
import { attempt } from "./attempts.ts";
import { Dependencies } from "./dependencies.ts";
import { DiagnosticError } from "./diagnostic.ts";
import { endOfLoop, Ends } from "./ends.ts";
import { InputDamage } from "./execute.ts";
import { JobLost } from "./executor.ts";
import { forecast } from "./forecast.ts";
import { Lost } from "./lost.ts";
import { isRefused, OtherMachines } from "./machines.ts";
import type { Outcome } from "./job.ts";
import type { EndingLoop, Plan, PlannedStep } from "./planned.ts";
import { longer, PAUSE, wait } from "./pause.ts";
import { jobOf, prepare, type Prepared } from "./prepared.ts";
import type { Resources } from "./resources.ts";
import { Results } from "./results.ts";
import { Room } from "./room.ts";
import type { RunOptions } from "./run_options.ts";
import { told } from "./told.ts";

/** How often a step is tried whose inputs are damaged each time it runs. */
const ATTEMPTS = 3;

/** How often a job is given to an executor that loses it, and milliseconds before the second time: doubled from then on. */
const LOST = { tries: 4, pause: 500 };

/** Milliseconds after which whoever else waits for this process has a turn, such as Ctrl-C. */
const TURN = 50;

/** What a scheduler needs besides the plan. */
export type Scheduling<S> =
  & Omit<RunOptions<S>, "services">
  & Required<Pick<RunOptions<S>, "executors">>;

/** How many steps of a run ended how. */
export interface Tally {
  ran: number;
  cached: number;
  skipped: number;
  blocked: number;
}

/** Runs the steps of a plan, each when what it needs is there: as many at a time as there is room for. */
export class Scheduler<S> {
  readonly results: Results;
  readonly tally: Tally = { ran: 0, cached: 0, skipped: 0, blocked: 0 };
  status: "done" | "failed" | "stopped" = "done";
  readonly #plan: Plan<S>;
  readonly #options: Scheduling<S>;
  /** Where steps are made, once one has to be. */
  #room: Room<S> | undefined;
  readonly #places: ReadonlyMap<string, number>;
  readonly #loops: ReadonlyMap<string, EndingLoop>;
  readonly #ends: Ends;
  readonly #lost: Lost;
  readonly #dependencies: Dependencies;
  /** Steps that wait for none, by place. */
  readonly #ready: TinyQueue<number>;
  /** Steps that have to be made, by place, before it is known what they take. */
  #found: PlannedStep<S>[] = [];
  readonly #running = new Set<string>();
  /** Keys that this run is making, and the steps that wait for these too. */
  readonly #making = new Map<string, string[]>();
  /** Pauses of steps that another process is making. */
  readonly #parked = new Map<string, number>();
  /** The attempt at steps that may have several. */
  readonly #attempts = new Map<string, number>();
  readonly #machines: OtherMachines;
  /** Keys that were made though they were stored, by runs that this one goes on with too: once is enough. */
  readonly #remade: Set<string>;
  readonly #wait: NonNullable<RunOptions<S>["wait"]>;
  #wake = () => {};

  constructor(plan: Plan<S>, options: Scheduling<S>) {
    this.#plan = plan;
    this.#options = options;
    this.#machines = new OtherMachines(options);
    this.results = new Results(options.store, plan.steps);
    this.#places = new Map(plan.steps.map(({ id }, place) => [id, place]));
    this.#loops = new Map(plan.loops.flatMap((loop) => loop.deciders.map((step) => [step, loop])));
    this.#ends = new Ends((step) => this.results.get(step)?.metrics);
    this.#lost = new Lost(this.#ends);
    this.#dependencies = new Dependencies(plan.steps);
    this.#remade = new Set(options.madeBefore);
    this.#wait = options.wait ?? wait;
    const { priority = (place: number) => place } = options;
    this.#ready = new TinyQueue(this.#dependencies.first, (a, b) => priority(a) - priority(b));
  }

  /** Runs them all, or as many as can be. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    const onAbort = () => this.#wake();
    signal.addEventListener("abort", onAbort);
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => this.#wake = resolve);
        await this.#lookAtReady();
        await this.#lineUp();
        this.#startWhatFits();
        const waits = this.#running.size > 0 || (!this.#isEnding && this.#parked.size > 0);
        if (!waits) break;
        await woken;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    if (signal.aborted && this.status === "done" && !this.#isComplete) this.status = "stopped";
    this.#machines.tell();
  }

  /** Whether nothing more is begun. */
  get #isEnding(): boolean {
    const { signal, keepGoing } = this.#options;
    return signal.aborted || (this.status === "failed" && keepGoing !== true);
  }

  get #isComplete(): boolean {
    const { ran, cached, skipped, blocked } = this.tally;
    return ran + cached + skipped + blocked === this.#plan.steps.length;
  }

  /** Steps that have a result are done, those that are not reached too; the others get in line. */
  async #lookAtReady(): Promise<void> {
    let began = performance.now();
    while (this.#ready.length > 0 && !this.#isEnding) {
      this.#lookAt(this.#plan.steps[this.#ready.pop()!]!);
      if (performance.now() - began < TURN) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      began = performance.now();
    }
  }

  #lookAt(step: PlannedStep<S>): void {
    const { kept, listen } = this.#options;
    try {
      const reached = this.#ends.reaches(step.when);
      const cause = reached === "no" ? undefined : this.#lost.causeFor(step);
      if (reached === "no") {
        this.tally.skipped++;
        return this.#settle(step);
      }
      if (cause !== undefined) {
        this.tally.blocked++;
        this.#lost.add(step.id, cause);
        listen({ kind: "step-blocked", step: step.id, failed: cause });
        return this.#settle(step);
      }
      if (this.#takeStored(this.#prepare(step))) return this.#settle(step);
      if (kept?.has(step.id) === true) {
        const message = "its result is not in the store, and it is not among the steps to be made";
        throw new DiagnosticError([{ message, hint: "let it be made too" }]);
      }
    } catch (error) {
      return this.#fail(step, error);
    }
    this.#found.push(step);
  }

  /** Lets steps that have to be made wait for what they take. Where they run is opened for the first. */
  async #lineUp(): Promise<void> {
    const found = this.#found;
    this.#found = [];
    if (found.length === 0 || this.#isEnding) return;
    const room = this.#room ??= await this.#open(found);
    if (room === undefined) return;
    for (const step of found) {
      const refusal = room.refusal(step);
      if (refusal === undefined) room.add(step, this.#places.get(step.id)!);
      else this.#fail(step, refusal);
    }
  }

  /** Opens where steps are made. @returns undefined where that fails, or some step takes more than there is */
  async #open(found: readonly PlannedStep<S>[]): Promise<Room<S> | undefined> {
    const { jobs, executors, keepGoing, store, code, remade } = this.#options;
    let room: Room<S>;
    try {
      room = new Room(await executors(), jobs);
    } catch (error) {
      for (const step of found) if (!this.#isEnding) this.#fail(step, error);
      return undefined;
    }
    if (keepGoing === true) return room;
    // Before anything runs, rather than hours later; but what has a result takes nothing.
    const large = this.#plan.steps.filter((step) => room.refusal(step) !== undefined);
    const prospects = large.length === 0 ? undefined : forecast(this.#plan, store, code, remade);
    for (const step of large) {
      const { kind } = prospects!.get(step.id)!.lookup;
      if (kind === "hit" || kind === "skipped") continue;
      this.#fail(step, room.refusal(step)!);
      return undefined;
    }
    return room;
  }

  #startWhatFits(): void {
    const room = this.#room;
    while (room !== undefined && !this.#isEnding) {
      const next = room.next();
      if (next === undefined) return;
      const { step, granted } = next;
      this.#running.add(step.id);
      this.#work(step, granted).finally(() => {
        this.#running.delete(step.id);
        room.leave(next);
        this.#wake();
      });
    }
  }

  /** Makes a step's result, or takes it where it has been made meanwhile. */
  async #work(step: PlannedStep<S>, granted: Resources): Promise<void> {
    try {
      const prepared = this.#prepare(step), { key } = prepared;
      if (this.#takeStored(prepared)) return this.#settle(step);
      const others = this.#making.get(key);
      if (others !== undefined) {
        others.push(step.id);
        return;
      }
      this.#making.set(key, []);
      try {
        if (await this.#make(prepared, granted)) this.#settle(step);
        else this.#park(prepared);
      } finally {
        for (const id of this.#making.get(key)!) this.#ready.push(this.#places.get(id)!);
        this.#making.delete(key);
      }
    } catch (error) {
      this.#fail(step, error);
    }
  }

  /** @returns whether there is a result: another process may be making it */
  async #make(prepared: Prepared<S>, granted: Resources): Promise<boolean> {
    for (let round = 1;; round++) {
      try {
        const outcome = await this.#attempt(prepared, granted);
        if (outcome.kind === "busy") return false;
        this.#finish(prepared, outcome);
        return true;
      } catch (error) {
        if (!(error instanceof InputDamage) || round === ATTEMPTS) throw error;
        await this.#mend(prepared, error, granted);
      }
    }
  }

  /** Makes an input again that is damaged. */
  async #mend({ step }: Prepared<S>, { source, damage }: InputDamage, granted: Resources) {
    const { store, listen, signal } = this.#options;
    listen({ kind: "damaged", step: step.id, ...damage });
    // It may have been found by another process, and be sound for all that this one knows.
    const outputs = this.results.get(source)?.outputs ?? {};
    for (const digest of Object.values(outputs).flat()) store.examine(digest);
    const planned = this.#plan.steps[this.#places.get(source)!]!;
    for (let pause: number = PAUSE.first;; pause = longer(pause)) {
      const prepared = this.#prepare(planned);
      if (this.#takeStored(prepared) || await this.#make(prepared, granted)) return;
      await this.#wait(pause, signal);
      signal.throwIfAborted();
    }
  }

  /** Tries a job as often as it may be tried. */
  async #attempt(prepared: Prepared<S>, granted: Resources): Promise<Outcome> {
    const { listen, sameMachine = false } = this.#options, { step, key } = prepared;
    const executor = this.#room!.executorFor(step);
    const job = jobOf(prepared, this.#plan, this.#isRemade(step.id, key), sameMachine);
    const isCounted = step.allowance.retries > 0;
    const count = (attempt: number) => void (isCounted && this.#attempts.set(step.id, attempt));
    return await attempt(step, this.#options, count, async (signal) => {
      const tried = isCounted ? { ...job, attempt: this.#attempts.get(step.id)! } : job;
      for (let time = 1, pause = LOST.pause;; time++, pause *= 2) {
        try {
          return await executor.run(tried, granted, listen, signal);
        } catch (error) {
          if (!(error instanceof JobLost) || time === LOST.tries || signal.aborted) throw error;
          listen({ kind: "step-failed", step: step.id, message: error.message, again: true });
          await this.#wait(pause, signal);
        }
      }
    });
  }

  #prepare(step: PlannedStep<S>): Prepared<S> {
    return prepare(step, this.#ends, this.results, this.#options);
  }

  #isRemade(step: string, key: string): boolean {
    return this.#options.remade?.has(step) === true && !this.#remade.has(key);
  }

  /** Takes a result that is in the store. @returns whether there is one */
  #takeStored(prepared: Prepared<S>): boolean {
    const { step, key } = prepared;
    if (this.#isRemade(step.id, key)) return false;
    const lookup = this.#options.store.find(key, step.stage.outputs);
    if (lookup.kind !== "hit" || isRefused(lookup.action, this.#options)) return false;
    this.#finish(prepared, { kind: "found", action: lookup.action });
    return true;
  }

  #finish({ step: { id, stage }, key }: Prepared<S>, outcome: Exclude<Outcome, { kind: "busy" }>) {
    const { listen } = this.#options, { action } = outcome, { metrics, outputs } = action;
    const cached = outcome.kind === "found";
    const isNew = !this.results.has(id);
    this.results.set(id, action);
    this.#machines.add(action);
    if (isNew) cached ? this.tally.cached++ : this.tally.ran++;
    if (!cached && this.#options.remade !== undefined) this.#remade.add(key);
    const seconds = cached ? 0 : action.seconds;
    const identity = { step: id, stage: stage.name, key };
    listen({ kind: "step-finished", ...identity, cached, seconds, metrics, outputs });
    if (outcome.kind === "found" || outcome.differs === undefined) return;
    listen({ kind: "step-differs", step: id, key, ...outcome.differs });
  }

  /** Another process is making it: it is looked at again later. */
  #park({ step: { id, stage }, key }: Prepared<S>): void {
    const pause = this.#parked.get(id) ?? PAUSE.first;
    if (!this.#parked.has(id)) {
      this.#options.listen({ kind: "step-waiting", step: id, stage: stage.name, key });
    }
    this.#parked.set(id, longer(pause));
    this.#wait(pause, this.#options.signal).then(() => {
      this.#ready.push(this.#places.get(id)!);
      this.#wake();
    });
  }

  #fail(step: PlannedStep<S>, error: unknown): void {
    const { listen, signal } = this.#options;
    if (signal.aborted) {
      this.status = "stopped";
      return;
    }
    this.status = "failed";
    const attempt = this.#attempts.get(step.id);
    const tried = attempt === undefined ? {} : { attempt };
    listen({ kind: "step-failed", step: step.id, ...told(error), ...tried });
    this.#lost.add(step.id);
    this.#close(step);
  }

  /** Takes that a step has come to a good end. */
  #settle(step: PlannedStep<S>): void {
    try {
      this.#followLoop(step);
    } catch (error) {
      return this.#fail(step, error);
    }
    this.#close(step);
  }

  /** Takes that a step has come to its end: what waits for it may be ready. */
  #close(step: PlannedStep<S>): void {
    this.#parked.delete(step.id);
    this.#attempts.delete(step.id);
    const { ready, unused } = this.#dependencies.settle(this.#places.get(step.id)!);
    for (const place of ready) this.#ready.push(place);
    for (const place of unused) this.results.release(this.#plan.steps[place]!.id);
  }

  /** Tells when a step's metrics show that a loop has come to its end. @throws {DiagnosticError} when they cannot */
  #followLoop(step: PlannedStep<S>): void {
    const loop = this.#loops.get(step.id);
    if (loop === undefined || !this.results.has(step.id)) return;
    const event = endOfLoop(loop, this.#ends);
    if (event !== undefined) this.#options.listen(event);
  }
}

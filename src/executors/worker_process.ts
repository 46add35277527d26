import { stripVTControlCharacters } from "node:util";
import {
  DiagnosticError,
  type Job,
  JobLost,
  type JsonObject,
  type Listener,
  type Outcome,
  withReason,
} from "../core/mod.ts";
import { linesOf } from "./lines.ts";
import { KernelWatch, OutOfMemory, tellsHeapFull } from "./out_of_memory.ts";
import {
  type Ending,
  GRACE,
  leftOf,
  type Message,
  type Order,
  outcomeOf,
  type Returned,
  TERMINATED,
} from "./protocol.ts";

/** Lines of what a process writes beside what it tells that are kept, in case it dies. */
const KEPT_LINES = 20;
/** Characters of such a line. */
const LONGEST_LINE = 1 << 16;

/** A job that a process runs. */
interface Current {
  readonly key: string;
  readonly step: string;
  readonly listen: Listener;
  readonly end: PromiseWithResolvers<Outcome | Returned>;
  readonly record: (table: string, rows: readonly JsonObject[]) => void;
}

/** A process that runs jobs, one after the other. */
export class WorkerProcess {
  readonly #process: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #kernel = new KernelWatch();
  readonly #grace: number;
  readonly #said: string[] = [];
  #current: Current | undefined;
  #parting: Ending | undefined;
  #isReady = false;
  #isHeapFull = false;
  #isKilled = false;
  #isOver = false;
  /** Settled when the process is gone, and all that it wrote has been read. */
  readonly ended: Promise<void>;

  /**
   * @param command what to start, its program first
   * @param grace milliseconds that a job has to end when it is told to
   * @throws {DiagnosticError} when it cannot be started
   */
  constructor(
    [program, ...args]: readonly [string, ...string[]],
    env: Record<string, string>,
    grace: number = GRACE,
  ) {
    this.#grace = grace;
    const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    const command = new Deno.Command(program, { args, env, ...streams });
    this.#process = withReason(`cannot start ${program} to run steps`, () => command.spawn());
    this.#orders = this.#process.stdin.getWriter();
    this.ended = this.#follow();
  }

  /** Whether it can be given a job. */
  get isFree(): boolean {
    return !this.#isOver && !this.#isKilled && this.#current === undefined;
  }

  /**
   * Runs a job that the store has, or what it is told to.
   *
   * @param record takes the rows that a stage records
   * @throws {JobLost} when the process dies
   * @throws {DiagnosticError} when it does not get as far as taking orders
   */
  async run(
    { key, step }: Pick<Job, "key" | "step">,
    listen: Listener,
    signal: AbortSignal,
    order: Order = { run: key },
    record: Current["record"] = () => {},
  ): Promise<Outcome | Returned> {
    const end = Promise.withResolvers<Outcome | Returned>();
    const stop = () => this.#stop();
    this.#current = { key, step, listen, end, record };
    signal.addEventListener("abort", stop);
    try {
      this.#order(order);
      if (signal.aborted) stop();
      return await end.promise;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#current = undefined;
    }
  }

  /** Lets it end: there are no more jobs, and one that runs is stopped. */
  async close(): Promise<void> {
    if (this.#current !== undefined) this.#order({ stop: true });
    this.#orders.close().catch(() => {}); // it is gone
    await this.#endWithin(this.ended);
  }

  /** Ends it now. */
  kill(): void {
    if (this.#isOver) return;
    this.#isKilled = true;
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // it is gone
    }
  }

  /** Ends the job, and the process with it where that does not end by itself. */
  #stop(): void {
    this.#order({ stop: true });
    this.#endWithin(this.#current!.end.promise);
  }

  /** Waits for an end; the process is killed where that does not come. */
  async #endWithin(end: Promise<unknown>): Promise<void> {
    const timer = setTimeout(() => this.kill(), this.#grace);
    await end.catch(() => {});
    clearTimeout(timer);
  }

  /** Not waited for: a process that does not read has to be killed all the same. */
  #order(order: Order): void {
    this.#orders.write(new TextEncoder().encode(JSON.stringify(order) + "\n"))
      .catch(() => {}); // it is gone, and whoever waits for its job is told
  }

  async #follow(): Promise<void> {
    const reading = Promise.all([this.#readMessages(), this.#readErrors()]);
    const status = await this.#process.status;
    this.#isOver = true;
    await reading;
    if (this.#current !== undefined) settle(this.#current, () => this.#outcomeOf(status));
  }

  /** What became of a job whose process has ended. @throws what it means */
  #outcomeOf({ signal, code }: Deno.CommandStatus): Outcome | Returned {
    if (this.#parting !== undefined) return outcomeOf(this.#parting);
    const how = signal ?? `exit code ${code}`;
    const isFull = signal === "SIGKILL"
      ? !this.#isKilled && this.#kernel.hasKilled
      : signal !== "SIGTERM" && this.#isHeapFull;
    if (isFull) throw new OutOfMemory(how);
    if (signal !== null || code === TERMINATED) {
      throw new JobLost(`its process ended (${how})${this.#lastWords}`);
    }
    if (this.#isReady) return outcomeOf(leftOf(how));
    const message = `a process that runs steps cannot start (${how})${this.#lastWords}`;
    throw new DiagnosticError([{ message, hint: "mend what it says" }]);
  }

  get #lastWords(): string {
    const lines = this.#said.map((line) => stripVTControlCharacters(line));
    const last = lines.find((line) => /^(error|# Fatal|thread .* panicked)/i.test(line)) ??
      lines.at(-1);
    return last === undefined ? "" : `; the last it said: ${last}`;
  }

  async #readMessages(): Promise<void> {
    for await (const line of linesOf(this.#process.stdout)) {
      const message = parse(line);
      if (message === undefined) this.#hear(line);
      else if (message.kind === "job-ready") this.#isReady = true;
      else if (message.kind === "job-ended") this.#end(message);
      else if (message.kind === "rows") this.#current?.record(message.table, message.rows);
      else this.#current?.listen(message);
    }
  }

  async #readErrors(): Promise<void> {
    for await (const line of linesOf(this.#process.stderr, LONGEST_LINE)) this.#hear(line);
  }

  /** What libraries write is a line of the step's log. */
  #hear(line: string): void {
    if (line.trim() === "") return;
    this.#said.push(line);
    if (this.#said.length > KEPT_LINES) this.#said.shift();
    this.#isHeapFull ||= tellsHeapFull(line);
    const current = this.#current;
    current?.listen({ kind: "step-log", step: current.step, message: line });
  }

  #end({ key, ending, leaving }: Extract<Message, { kind: "job-ended" }>): void {
    if (this.#current?.key !== key) return;
    if (leaving !== true) return settle(this.#current, () => outcomeOf(ending));
    // It has no place for another job meanwhile.
    this.#parting = ending;
    this.#endWithin(this.ended);
  }
}

function settle({ end }: Current, outcome: () => Outcome | Returned): void {
  try {
    end.resolve(outcome());
  } catch (error) {
    end.reject(error);
  }
}

/** What a line tells; undefined where it is none of the process's, but what a stage wrote. */
function parse(line: string): Message | undefined {
  if (!line.startsWith('{"kind":"')) return undefined;
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

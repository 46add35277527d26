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
  endMark,
  GRACE,
  leftOf,
  type Message,
  type Order,
  outcomeOf,
  type Returned,
  TERMINATED,
} from "./protocol.ts";

/** A line that tells of the one above it, such as where in the program an error came up. */
const INDENTED = /^\s/;
/** Characters of a line on standard error after which it is cut. */
const LONGEST_LINE = 1 << 16;

/** A job that a process runs. */
interface Current {
  readonly key: string;
  readonly step: string;
  readonly listen: Listener;
  readonly end: PromiseWithResolvers<Outcome | Returned>;
  readonly record: (table: string, rows: readonly JsonObject[]) => void;
  /** Settled when all has been read that it wrote on standard error. */
  readonly heard: PromiseWithResolvers<void>;
}

/** A process that runs jobs, one after the other. */
export class WorkerProcess {
  readonly #process: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #kernel = new KernelWatch();
  readonly #grace: number;
  /** The last line that it wrote beside what it tells, but for those that tell of the one above. */
  #said: string | undefined;
  /** Why it could not start, as it wrote. */
  #why: string | undefined;
  #current: Current | undefined;
  /** The job that ran last: what is said between jobs, or when it dies, comes of it. */
  #last: Current | undefined;
  #parting: Ending | undefined;
  #isReady = false;
  #isHeapFull = false;
  #isKilled = false;
  #isOver = false;
  /** Whether its standard error has come to an end. */
  #isSilent = false;
  /** Which of the processes of a run it is. */
  readonly #number: number;
  /** Settled when the process is gone, and all that it wrote has been read. */
  readonly ended: Promise<void>;

  /**
   * Starts it.
   *
   * @param command its program first
   * @param number which of the processes of a run it is
   * @param grace milliseconds that a job has to end when it is told to
   * @throws {DiagnosticError} when it cannot be started
   */
  constructor(
    [program, ...args]: readonly [string, ...string[]],
    env: Record<string, string>,
    number: number,
    grace: number = GRACE,
  ) {
    this.#number = number;
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
    const heard = Promise.withResolvers<void>();
    if (this.#isSilent) heard.resolve();
    this.#current = this.#last = { key, step, listen, end, record, heard };
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
    const said = this.#why ?? this.#said;
    return said === undefined ? "" : `; the last it said: ${said}`;
  }

  async #readMessages(): Promise<void> {
    for await (const line of linesOf(this.#process.stdout)) {
      const message = parse(line);
      if (message === undefined) this.#hear(line);
      else if (message.kind === "job-ready") this.#isReady = true;
      else if (message.kind === "job-ended") await this.#end(message);
      else if (message.kind === "rows") this.#current?.record(message.table, message.rows);
      else {
        if (message.kind === "step-log") this.#note(message.message);
        this.#current?.listen(message);
      }
    }
  }

  async #readErrors(): Promise<void> {
    for await (const line of linesOf(this.#process.stderr, LONGEST_LINE)) {
      const current = this.#current, mark = current && endMark(current.key);
      if (mark === undefined || !line.endsWith(mark)) this.#hear(line);
      else {
        this.#hear(line.slice(0, -mark.length));
        current!.heard.resolve();
      }
    }
    this.#isSilent = true;
    this.#current?.heard.resolve();
  }

  /** What libraries write is a line of the step's log. */
  #hear(text: string): void {
    const line = stripVTControlCharacters(text);
    if (line.trim() === "") return;
    this.#note(line);
    this.#isHeapFull ||= tellsHeapFull(line);
    this.#last?.listen({ kind: "step-log", step: this.#last.step, message: line });
  }

  #note(line: string): void {
    if (!this.#isReady && /^error/i.test(line)) this.#why ??= line;
    if (!INDENTED.test(line)) this.#said = line;
  }

  async #end(
    { ending, leaving, ...told }: Extract<Message, { kind: "job-ended" }>,
  ): Promise<void> {
    const current = this.#current, { key, usage } = told;
    if (current?.key !== key) return;
    if (leaving === true) {
      // It has no place for another job meanwhile.
      this.#parting = ending;
      this.#endWithin(this.ended);
    } else await current.heard.promise;
    const { step } = current;
    if (usage !== undefined && ending.kind !== "busy") {
      current.listen({ kind: "step-used", step, process: this.#number, ...usage });
    }
    if (leaving !== true) settle(current, () => outcomeOf(ending));
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

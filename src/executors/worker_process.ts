import { stripVTControlCharacters } from "node:util";
import { type Job, JobLost, type Listener, type Outcome } from "../core/mod.ts";
import { linesOf } from "./lines.ts";
import { endMark, type Message, type Order, outcomeOf } from "./protocol.ts";
import { isHeapFull, KernelWatch, OutOfMemory } from "./out_of_memory.ts";

/** Milliseconds that a job has to end when it is told to. */
const GRACE = 5000;

/** A line that tells of the one above it, such as where in the program an error came up. */
const INDENTED = /^\s/;

/** A job that a process runs. */
interface Current {
  readonly key: string;
  readonly step: string;
  readonly listen: Listener;
  readonly end: PromiseWithResolvers<Outcome>;
  /** Settled when all has been read that it wrote on standard error. */
  readonly heard: PromiseWithResolvers<void>;
}

/** A process that runs jobs, one after the other. */
export class WorkerProcess {
  readonly #process: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #kernel = new KernelWatch();
  /** The last line that it wrote beside what it tells, but for those that tell of the one above. */
  #said: string | undefined;
  #hasFullHeap = false;
  #current: Current | undefined;
  /** The job that ran last: what is said between jobs, or when it dies, comes of it. */
  #last: Current | undefined;
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
   */
  constructor(
    [program, ...args]: readonly [string, ...string[]],
    env: Record<string, string>,
    number: number,
  ) {
    this.#number = number;
    const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#process = new Deno.Command(program, { args, env, ...streams }).spawn();
    this.#orders = this.#process.stdin.getWriter();
    this.ended = this.#follow();
  }

  /** Whether it can be given a job. */
  get isFree(): boolean {
    return !this.#isOver && this.#current === undefined;
  }

  /** Runs a job that the store has. @throws {JobLost} when the process dies */
  async run({ key, step }: Job, listen: Listener, signal: AbortSignal): Promise<Outcome> {
    const end = Promise.withResolvers<Outcome>();
    const stop = () => this.#stop(end.promise);
    const heard = Promise.withResolvers<void>();
    if (this.#isSilent) heard.resolve();
    this.#current = this.#last = { key, step, listen, end, heard };
    signal.addEventListener("abort", stop);
    try {
      await this.#order({ run: key });
      if (signal.aborted) stop();
      return await end.promise;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#current = undefined;
    }
  }

  /** Lets it end: there are no more jobs. */
  async close(): Promise<void> {
    await this.#orders.close().catch(() => {}); // it is gone
    await this.ended;
  }

  /** Ends the job, and the process with it where that does not end by itself. */
  #stop(ended: Promise<unknown>): void {
    this.#order({ stop: true });
    const kill = setTimeout(() => this.#process.kill("SIGKILL"), GRACE);
    ended.catch(() => {}).finally(() => clearTimeout(kill));
  }

  async #order(order: Order): Promise<void> {
    await this.#orders.write(new TextEncoder().encode(JSON.stringify(order) + "\n"))
      .catch(() => {}); // it is gone, and whoever waits for its job is told
  }

  async #follow(): Promise<void> {
    const reading = Promise.all([this.#readMessages(), this.#readErrors()]);
    const status = await this.#process.status;
    this.#isOver = true;
    await reading;
    if (this.#current === undefined) return;
    const how = status.signal === null ? `exit code ${status.code}` : status.signal;
    const isFull = this.#hasFullHeap ||
      (status.signal === "SIGKILL" && this.#kernel.hasKilled);
    this.#current.end.reject(isFull ? new OutOfMemory(how) : new JobLost(this.#lossOf(how)));
  }

  #lossOf(how: string): string {
    const last = this.#said === undefined ? "" : `; the last it said: ${this.#said}`;
    return `its process ended (${how})${last}`;
  }

  async #readMessages(): Promise<void> {
    for await (const line of linesOf(this.#process.stdout)) {
      const message = parse(line);
      if (message === undefined) this.#hear(line);
      else if (message.kind === "job-ended") await this.#end(message);
      else if (message.kind !== "job-ready") this.#current?.listen(message);
    }
  }

  async #readErrors(): Promise<void> {
    for await (const line of linesOf(this.#process.stderr)) {
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

  /** What stages and libraries write is a line of the step's log. */
  #hear(text: string): void {
    const line = stripVTControlCharacters(text);
    if (line.trim() === "") return;
    if (!INDENTED.test(line)) this.#said = line;
    this.#hasFullHeap ||= isHeapFull(line);
    this.#last?.listen({ kind: "step-log", step: this.#last.step, message: line });
  }

  async #end({ key, ending, usage }: Extract<Message, { kind: "job-ended" }>): Promise<void> {
    const current = this.#current;
    if (current?.key !== key) return;
    await current.heard.promise;
    const { step, end } = current;
    if (usage !== undefined && ending.kind !== "busy") {
      current.listen({ kind: "step-used", step, process: this.#number, ...usage });
    }
    try {
      end.resolve(outcomeOf(ending));
    } catch (error) {
      end.reject(error);
    }
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

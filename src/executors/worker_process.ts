import { type Job, JobLost, type Listener, type Outcome } from "../core/mod.ts";
import { linesOf } from "./lines.ts";
import { type Message, type Order, outcomeOf } from "./protocol.ts";
import { isHeapFull, KernelWatch, OutOfMemory } from "./out_of_memory.ts";

/** Milliseconds that a job has to end when it is told to. */
const GRACE = 5000;
/** Lines of what a process writes beside what it tells that are kept, in case it dies. */
const KEPT_LINES = 20;

/** A job that a process runs. */
interface Current {
  readonly key: string;
  readonly step: string;
  readonly listen: Listener;
  readonly end: PromiseWithResolvers<Outcome>;
}

/** A process that runs jobs, one after the other. */
export class WorkerProcess {
  readonly #process: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #kernel = new KernelWatch();
  readonly #said: string[] = [];
  #current: Current | undefined;
  #isOver = false;
  /** Settled when the process is gone, and all that it wrote has been read. */
  readonly ended: Promise<void>;

  /** @param command what to start, its program first */
  constructor([program, ...args]: readonly [string, ...string[]], env: Record<string, string>) {
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
    this.#current = { key, step, listen, end };
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
    const isFull = isHeapFull(this.#said) ||
      (status.signal === "SIGKILL" && this.#kernel.hasKilled);
    this.#current.end.reject(isFull ? new OutOfMemory(how) : new JobLost(this.#lossOf(how)));
  }

  #lossOf(how: string): string {
    const last = this.#said.at(-1);
    return `its process ended (${how})${last === undefined ? "" : `; the last it said: ${last}`}`;
  }

  async #readMessages(): Promise<void> {
    for await (const line of linesOf(this.#process.stdout)) {
      const message = parse(line);
      if (message === undefined) this.#hear(line);
      else if (message.kind === "job-ended") this.#end(message);
      else if (message.kind !== "job-ready") this.#current?.listen(message);
    }
  }

  async #readErrors(): Promise<void> {
    for await (const line of linesOf(this.#process.stderr)) this.#hear(line);
  }

  /** What stages and libraries write is a line of the step's log. */
  #hear(line: string): void {
    if (line.trim() === "") return;
    this.#said.push(line);
    if (this.#said.length > KEPT_LINES) this.#said.shift();
    const current = this.#current;
    current?.listen({ kind: "step-log", step: current.step, message: line });
  }

  #end({ key, ending }: Extract<Message, { kind: "job-ended" }>): void {
    if (this.#current?.key !== key) return;
    try {
      this.#current.end.resolve(outcomeOf(ending));
    } catch (error) {
      this.#current.end.reject(error);
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

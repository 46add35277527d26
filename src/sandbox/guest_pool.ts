/** Processes that wait for programs: starting one takes longer than most programs. @module */
import type { GuestProcess } from "./guest_process.ts";

/** Milliseconds that a process waits for a program. */
const IDLE = 3_000;

/** Starts processes beforehand. */
export class GuestPool {
  readonly #start: () => Promise<GuestProcess>;
  readonly #atOnce: number;
  readonly #again: boolean;
  readonly #ready: Promise<GuestProcess>[] = [];
  readonly #waiting: (() => void)[] = [];
  #used = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param atOnce processes in use at the same time, and as many that wait
   * @param again whether one that did its work may do more: none that ran a program may
   */
  constructor(atOnce: number, start: () => Promise<GuestProcess>, again = false) {
    this.#again = again;
    this.#atOnce = atOnce;
    this.#start = start;
  }

  /** Does something with a process that nobody else uses. @throws what the signal says when it is aborted */
  async use<T>(
    signal: AbortSignal | undefined,
    work: (guest: GuestProcess) => Promise<T>,
  ): Promise<T> {
    clearTimeout(this.#idle);
    if (this.#used >= this.#atOnce) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#used++;
    try {
      signal?.throwIfAborted();
      return await this.#with(signal, work);
    } finally {
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else if (--this.#used === 0) this.#idle = setTimeout(() => this.close(), IDLE);
    }
  }

  async #with<T>(
    signal: AbortSignal | undefined,
    work: (guest: GuestProcess) => Promise<T>,
  ): Promise<T> {
    const mine = this.#ready.shift() ?? this.#start();
    // As many as there is work for.
    while (!this.#again && this.#ready.length < Math.min(this.#atOnce, this.#waiting.length)) {
      const next = this.#start();
      next.catch(() => {}); // told where it is used
      this.#ready.push(next);
    }
    let guest: GuestProcess;
    try {
      guest = await mine;
      // Something else may have ended it while it waited.
      if (guest.isOver) guest = await this.#start();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
    const stop = () => guest.kill();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      signal?.throwIfAborted();
      const result = await work(guest);
      signal?.throwIfAborted(); // else it may be what came of ending it
      return result;
    } catch (error) {
      guest.kill();
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
      if (this.#again && !guest.isOver) this.#ready.push(Promise.resolve(guest));
      else {
        guest.kill();
        await guest.ended;
      }
    }
  }

  /** Ends the processes that wait. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const waiting = this.#ready.splice(0);
    await Promise.all(waiting.map(async (start) => {
      try {
        const guest = await start;
        guest.kill();
        await guest.ended;
      } catch { /* it did not start */ }
    }));
  }
}

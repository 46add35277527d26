/** Time that goes on, and what is done now and then. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls every so many milliseconds until it is disposed of, as long as something else keeps the program alive. */
  every(milliseconds: number, call: () => void): Disposable;
}

/** The machine's. */
export const CLOCK: Clock = {
  now: () => performance.now(),
  every(milliseconds, call) {
    const timer = setInterval(call, milliseconds);
    Deno.unrefTimer(timer);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  },
};

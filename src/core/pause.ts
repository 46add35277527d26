/** Waiting for what goes on elsewhere. @module */

/** Milliseconds between looks at what another process is making: doubled from the first on. */
export const PAUSE = { first: 160, longest: 500 } as const;

/** How long to wait after a pause. */
export function longer(pause: number): number {
  return Math.min(2 * pause, PAUSE.longest);
}

/** Waits, not longer than until a signal. */
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

import type { RunFollower } from "./run_follower.ts";

/** Milliseconds between looks at what a run has written: polling works on every file system. */
const EVERY = 300;
/** Looks after which something is sent, so that a reader that has gone is noticed. */
const BEAT = 50;

/**
 * A run as server-sent events: `state` (a {@linkcode RunView}) once, then `change`s ({@linkcode RunChange}) until it ends,
 * and `end`. Whoever comes back begins with the state.
 *
 * @param signal ends it
 */
export function liveEvents(follower: RunFollower, signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setTimeout> | undefined, looks = 0;
  let end = () => {};
  return new ReadableStream({
    start(controller) {
      const put = (text: string) => controller.enqueue(encoder.encode(text));
      const send = (event: string, data: unknown) =>
        put(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      const close = () => {
        end();
        controller.close();
      };
      end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", close);
      };
      const goOn = () => {
        if (follower.runs) {
          timer = setTimeout(look, EVERY);
          return;
        }
        send("end", null);
        close();
      };
      const look = () => {
        // Who reads slowly gets more at a time, and nothing piles up here.
        if ((controller.desiredSize ?? 0) <= 0) {
          timer = setTimeout(look, EVERY);
          return;
        }
        try {
          const change = follower.next();
          if (change !== undefined) send("change", change);
          else if (++looks % BEAT === 0) put(":\n\n");
          goOn();
        } catch (error) { // the reader asks again
          end();
          controller.error(error);
        }
      };
      signal.addEventListener("abort", close, { once: true });
      follower.next();
      if (follower.view !== undefined) send("state", follower.view); // else it was removed just now
      goOn();
    },
    cancel: () => end(),
  });
}

import { type Ending, endingOf, leftOf } from "../executors/protocol.ts";

/**
 * Watches for stages that end their process, or throw where nobody catches it.
 *
 * @param terminated whether the process is ending anyway
 * @param onEnd takes how the job ended, and ends the process where one runs
 */
export function watchStages(terminated: AbortSignal, onEnd: (ending: Ending) => void): Disposable {
  let isOver = false;
  const end = (ending: Ending) => {
    if (isOver) return; // ending the process unloads it too
    isOver = true;
    onEnd(ending);
    isOver = false;
  };
  const onUnload = () => {
    if (!terminated.aborted) end(leftOf("Deno.exit, process.exit"));
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    end(endingOf(event.error));
  };
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    end(endingOf(event.reason));
  };
  globalThis.addEventListener("unload", onUnload);
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unload", onUnload);
      globalThis.removeEventListener("error", onError);
      globalThis.removeEventListener("unhandledrejection", onRejection);
    },
  };
}

/** Of `checkpoint_rule`. @module */
import type { ConfigProblem } from "../../core/stage.ts";

/** Of `checkpoint_rule`. */
export function checkWindow({ window }: { readonly window: number }): ConfigProblem[] {
  if (window % 2 === 1) return [];
  return [{
    key: "window",
    message: `window: ${window} is even, so that no step is in its centre`,
    hint: `write ${window + 1}`,
  }];
}

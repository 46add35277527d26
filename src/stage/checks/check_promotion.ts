/** Of `promote`. @module */
import type { ConfigProblem } from "../../core/stage.ts";

/** Of `promote`. */
export function checkPromotion(
  { window, full_window, clear_window }: {
    readonly window: number;
    readonly full_window: boolean;
    readonly clear_window: boolean;
  },
): ConfigProblem[] {
  if (window > 1) return [];
  const idle = Object.entries({ full_window, clear_window: !clear_window })
    .filter(([, isSet]) => isSet).map(([key]) => key);
  return idle.map((key) => ({
    key,
    message: `${key} does nothing with window: 1`,
    hint: "leave it out, or write a larger window",
  }));
}

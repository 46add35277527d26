/** Of stages that sample and train nothing. @module */
import type { ConfigProblem } from "../../core/stage.ts";

/** Of the stages that sample and train nothing. */
export function checkSampling(
  config: { readonly temperature: number } & Partial<Readonly<Record<string, unknown>>>,
): ConfigProblem[] {
  if (config.temperature > 0) return [];
  return ["top_k", "top_p", "min_p"].filter((key) => config[key] !== undefined).map((key) => ({
    key,
    message: `${key} does nothing with temperature: 0, which takes the most probable token`,
    hint: `leave ${key} out, or raise temperature`,
  }));
}

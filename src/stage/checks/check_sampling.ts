/** Of stages that sample and train nothing. @module */
import type { ConfigProblem } from "../../core/stage.ts";

/** Of the stages that sample and train nothing. */
export function checkSampling(
  config: { readonly temperature: number } & Partial<Readonly<Record<string, unknown>>>,
): ConfigProblem[] {
  const { temperature, stop_strings: stops } = config, problems: ConfigProblem[] = [];
  if (Array.isArray(stops) && stops.includes("")) {
    problems.push({
      key: "stop_strings",
      message: "stop_strings has an empty text, which every completion begins with",
      hint: "leave it out",
    });
  }
  if (temperature > 0) return problems;
  for (const key of ["top_k", "top_p", "min_p"].filter((key) => config[key] !== undefined)) {
    problems.push({
      key,
      message: `${key} does nothing with temperature: 0, which takes the most probable token`,
      hint: `leave ${key} out, or raise temperature`,
    });
  }
  return problems;
}

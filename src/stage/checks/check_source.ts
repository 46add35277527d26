/** Of `load_policy`. @module */
import type { ConfigProblem } from "../../core/stage.ts";

/** Of `load_policy`. */
export function checkSource(
  { path, pretokenizer }: { readonly path: string; readonly pretokenizer?: string },
): ConfigProblem[] {
  if (pretokenizer === undefined || path.endsWith(".gguf")) return [];
  return [{
    key: "pretokenizer",
    message: `pretokenizer is ${pretokenizer}, but ${path} is no GGUF file, and says it itself`,
    hint: "leave it out",
  }];
}

/** What every command starts with: a pipeline file, overrides and a store become a plan. @module */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  applyOverrides,
  CodeDigests,
  DiagnosticError,
  Document,
  makePlan,
  type Plan,
  type Stage,
} from "../core/mod.ts";
import { STAGES } from "../../stages/mod.ts";
import type { Services } from "../../stages/stage.ts";
import denoConfig from "../../deno.json" with { type: "json" };

/** Options of the commands that read a pipeline. */
export interface ProjectOptions {
  readonly store: string;
  readonly set: readonly string[];
}

/**
 * Reads and checks a pipeline.
 *
 * @param overrides `path=value`, from after the file name and from `--set`
 * @throws {DiagnosticError} with everything that is wrong
 */
export function openPipeline(file: string, overrides: readonly string[]): Plan<Services> {
  let text: string;
  try {
    text = Deno.readTextFileSync(file);
  } catch (error) {
    const message = `cannot read pipeline ${file}: ${(error as Error).message}`;
    throw new DiagnosticError([{ message, hint: "pipelines lie in pipelines/" }]);
  }
  const document = Document.parse(file, text);
  const problems = applyOverrides(document, overrides);
  if (problems.length > 0) throw new DiagnosticError(problems);
  return makePlan(document, STAGES as Record<string, Stage<Services>>, dirname(resolve(file)));
}

const root = new URL("../../", import.meta.url);

/** Digest of a stage's code, by name. */
export function codeDigests(): (stage: string) => string {
  const digests = new CodeDigests(fileURLToPath(root), denoConfig.imports);
  const known = new Map<string, string>();
  return (stage) => {
    let digest = known.get(stage);
    if (digest === undefined) {
      known.set(stage, digest = digests.of(new URL(join("stages", `${stage}.ts`), root).href));
    }
    return digest;
  };
}

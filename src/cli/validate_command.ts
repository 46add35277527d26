import { counted, type Diagnostic, DiagnosticError, formatPlace } from "../core/mod.ts";
import { print } from "./output.ts";
import { openPipeline, type ProjectOptions, trustOf } from "./project.ts";

/**
 * Checks a pipeline, and the tasks and graders that it names.
 *
 * @returns the exit code
 * @throws {DiagnosticError} with all mistakes, unless they are told as JSON
 */
export async function validate(
  file: string,
  overrides: readonly string[],
  options: ProjectOptions & { readonly json?: true },
): Promise<number> {
  try {
    const all = [...overrides, ...options.set];
    const { plan: { name, steps }, check } = await openPipeline(file, all, trustOf(options));
    await check();
    print(
      options.json === true
        ? JSON.stringify({ valid: true, name, steps: steps.length })
        : `${file}: ${name} is valid, ${counted(steps.length, "step")}`,
    );
    return 0;
  } catch (error) {
    if (options.json !== true || !(error instanceof DiagnosticError)) throw error;
    print(JSON.stringify({ valid: false, mistakes: error.diagnostics.map(toJson) }));
    return 2;
  }
}

/** A mistake with its place as `file:line:column`. */
function toJson({ message, hint, location }: Diagnostic) {
  return { message, hint, at: location === undefined ? undefined : formatPlace(location) };
}

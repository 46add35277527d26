import { copyArtifact, DiagnosticError, forecast, Store, withReason } from "../core/mod.ts";
import { print } from "./output.ts";
import { openPipeline, type ProjectOptions, trustOf } from "./project.ts";

/** Copies a stored output, such as `meta[7].promote.policy`, to a directory of the user's. */
export async function exportOutput(
  file: string,
  output: string,
  directory: string,
  options: ProjectOptions,
): Promise<number> {
  const { plan: planned, code } = await openPipeline(file, options.set, trustOf(options));
  const store = new Store(options.store);
  const at = output.lastIndexOf(".");
  const step = output.slice(0, at), port = output.slice(at + 1);
  const found = forecast(planned, store, await code()).get(step);
  if (found === undefined) {
    const hint = "write step.port, with a step that `plan` lists";
    throw new DiagnosticError([{ message: `there is no step ${step} in ${file}`, hint }]);
  }
  if (found.lookup.kind !== "hit") {
    const hint = "run the pipeline first";
    throw new DiagnosticError([{ message: `${step} has no stored result`, hint }]);
  }
  const digest = found.lookup.action.outputs[port];
  if (typeof digest !== "string") {
    const ports = Object.keys(found.lookup.action.outputs).join(", ");
    throw new DiagnosticError([{
      message: `${step} has no single output ${port}`,
      hint: `outputs: ${ports}`,
    }]);
  }
  const artifact = store.artifact(digest);
  withReason(`cannot write to ${directory}`, () => {
    Deno.mkdirSync(directory, { recursive: true });
    copyArtifact(artifact, directory, copyWritable);
  });
  print(`${output} (${artifact.kind} ${digest.slice(0, 12)}) copied to ${directory}`);
  return 0;
}

/** A copy that its owner may change, as what lies in the store may not be. */
function copyWritable(from: string, to: string): void {
  Deno.copyFileSync(from, to);
  Deno.chmodSync(to, 0o666 & ~Deno.umask());
}

import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** How this program was started, to be typed again in the same folder. */
export interface Start {
  /** URL of the module that was run. */
  readonly module: string;
  /** Folder that it was started in. */
  readonly folder: string;
  /** Whether npx brought Deno: then there may be none of its own. */
  readonly npx: boolean;
  /** Version of Deno. */
  readonly version: string;
}

/** A shell command that does the same again. */
export function commandLine(args: readonly string[], start: Start = thisStart()): string {
  const { module, folder, npx, version } = start;
  const path = module.startsWith("file:") ? relative(folder, fileURLToPath(module)) : module;
  const deno = npx ? ["npx", "--yes", `deno@${version}`] : ["deno"];
  return [...deno, "run", "-A", path, ...args].map(quote).join(" ");
}

function thisStart(): Start {
  return {
    module: Deno.mainModule,
    folder: Deno.cwd(),
    npx: Deno.env.get("npm_command") === "exec",
    version: Deno.version.deno,
  };
}

/** A word as a POSIX shell reads it. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,.\/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

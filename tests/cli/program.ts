/** The program as a user runs it. @module */
import { fileURLToPath } from "node:url";

/** The program's main module. */
export const MODULE = fileURLToPath(new URL("../../mod.ts", import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program. @param module another one than that of this tree */
export async function soar(
  args: readonly string[],
  { cwd, env = {}, module = MODULE }: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly module?: string;
  } = {},
): Promise<Ended> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", module, ...args],
    ...(cwd === undefined ? {} : { cwd }),
    env: { NO_COLOR: "1", npm_command: "", ...env }, // whoever started the tests
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

import type { GitState } from "./run_record.ts";

/** What Git tells of a folder; undefined where there is no Git, or it knows nothing of the folder. */
export async function gitState(folder: string): Promise<GitState | undefined> {
  const [commit, changes] = await Promise.all([
    git(folder, "rev-parse", "HEAD"),
    git(folder, "status", "--porcelain"),
  ]);
  if (commit === undefined || changes === undefined) return undefined;
  return { commit: commit.trim(), dirty: changes !== "" };
}

async function git(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", folder, ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined; // not installed, or not allowed
  }
}

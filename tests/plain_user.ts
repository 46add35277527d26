/** The program as a user runs it who has no special rights; root may read and write everything. @module */
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const NOBODY = 65534;

/** What a command came to. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * A user and a folder of theirs. Where the tests run as root, that is `nobody`, with links or copies of what root
 * alone can reach: the program, its packages, Deno.
 */
export class PlainUser implements Disposable {
  /** Theirs, with nothing in it but `.program`. */
  readonly directory: string = Deno.makeTempDirSync({ prefix: "soar-user-" });
  readonly #isRoot = Deno.uid() === 0;
  readonly #deno: string;
  readonly #main: string;
  readonly #env: Record<string, string> = {};

  constructor() {
    if (!this.#isRoot) {
      this.#deno = Deno.execPath();
      this.#main = join(ROOT, "mod.ts");
      return;
    }
    const program = join(this.directory, ".program"), cache = join(program, "cache");
    Deno.mkdirSync(cache, { recursive: true });
    const info = run(Deno.execPath(), ["info", "--json"]);
    const { denoDir } = JSON.parse(info.out) as { denoDir: string };
    link(join(denoDir, "npm"), cache);
    const parts = ["deno.json", "deno.lock", "mod.ts", "src", "stages", "schemas", "examples"];
    for (const part of parts) run("cp", ["-r", join(ROOT, part), program]);
    link(Deno.execPath(), program);
    this.#deno = join(program, "deno");
    this.#main = join(program, "mod.ts");
    this.#env = { DENO_DIR: cache, HOME: this.directory };
    // Deno notes in a package's folder that it has told of an install script that it does not run; folders are
    // copies, not links.
    run("find", [cache, "-type", "d", "-exec", "chown", String(NOBODY), "{}", "+"]);
    run("chown", [String(NOBODY), this.directory, program]);
    this.soar(["--help"]);
  }

  /** Writes a file, or makes a folder where there is no text. @returns its path */
  write(name: string, text?: string | Uint8Array, mode?: number): string {
    const path = join(this.directory, name);
    if (text === undefined) Deno.mkdirSync(path);
    else if (typeof text === "string") Deno.writeTextFileSync(path, text);
    else Deno.writeFileSync(path, text);
    if (this.#isRoot) Deno.chownSync(path, NOBODY, NOBODY);
    if (mode !== undefined) Deno.chmodSync(path, mode);
    return path;
  }

  /** Runs the program in their folder. */
  soar(args: readonly string[], cwd: string = this.directory): Outcome {
    return this.#run(
      this.#deno,
      ["run", "-A", "--cached-only", "--no-check", this.#main, ...args],
      cwd,
    );
  }

  /** Runs a line of shell; `soar` in it is the program. */
  shell(line: string, env: Readonly<Record<string, string>> = {}): Outcome {
    const soar = `soar() { "${this.#deno}" run -A --cached-only --no-check "${this.#main}" "$@"; }`;
    return this.#run("bash", ["-c", `${soar}\n${line}`], this.directory, env);
  }

  #run(
    command: string,
    args: readonly string[],
    cwd: string,
    env: Readonly<Record<string, string>> = {},
  ): Outcome {
    const user = this.#isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const options = { cwd, env: { ...this.#env, NO_COLOR: "1", ...env }, ...user };
    const { code, out, err } = run(command, args, options);
    // What Deno tells of ONNX Runtime's install script, each time where it cannot note that it did.
    return { code, out, err: err.replaceAll(/^╭ Warning\n(│.*\n)*╰.*\n+/gm, "") };
  }

  /** Removes the folder. */
  [Symbol.dispose](): void {
    run("chmod", ["-R", "u+rwX", this.directory]);
    Deno.removeSync(this.directory, { recursive: true });
  }
}

function run(command: string, args: readonly string[], options: Deno.CommandOptions = {}): Outcome {
  const { code, stdout, stderr } = new Deno.Command(command, { ...options, args: [...args] })
    .outputSync();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** Hard links where the file system can, else copies. */
function link(from: string, to: string): void {
  if (run("cp", ["-rl", from, to]).code !== 0) run("cp", ["-r", from, to]);
}

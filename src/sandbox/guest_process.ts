/** One process that a program runs in: without a right, with limits, ended when the host is. @module */
import { Buffer } from "node:buffer";
import { FrameReader } from "./frames.ts";
import MAIN from "./guest/main.js" with { type: "text" };
import { dataKib, type Language, type Limits, processBytes, programBytes } from "./limits.ts";

/** How a process ended by itself, or was made to. */
export interface Ending {
  /** What ended it: it, its memory, or what it wrote. */
  readonly why: "exit" | "memory" | "output";
  readonly code: number;
  /** What it told last. */
  readonly told: string;
}

/** A process that is no more: what was asked of it was not answered. */
export class GuestEnded extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(`The process ended with ${ending.code}: ${ending.told}`);
    this.ending = ending;
  }
}

/** What Linux counts a processor's seconds in. */
const TICKS = 100;
/** Milliseconds between looks at memory and at whether the host is there. */
const PAUSE = 50;
/** Bytes of stderr that are kept. */
const TOLD = 4_000;
/** Bytes of stderr, which nothing is read from but why a process ended. */
const ERRORS = 2 ** 24;
/** Bytes that a message may have for each that a program may write, as JSON escapes some, and besides. */
const ESCAPED = 6, BESIDES = 65_536;
const SHELL = 'trap "" QUIT; ulimit -c 0; ulimit -f 0; ulimit -n 64; ulimit -d "$0"; exec "$@"';
/** Nothing can be made below a device: Deno's own caches are written nowhere. */
const NOWHERE = "/dev/null/none";

/** What is asked of Deno: no permission, nothing loaded, nothing kept. */
function denoArguments(language: Language, limits: Limits): string[] {
  const heap = language === "javascript" ? limits.memory : Math.max(256, limits.memory);
  return [
    "run",
    ...[
      "--unstable-bare-node-builtins",
      "--no-prompt",
      "--no-remote",
      "--no-npm",
      "--no-config",
      "--no-lock",
      "--no-code-cache",
    ],
    `--v8-flags=--max-old-space-size=${Math.ceil(heap)},--stack-size=56000`,
    `data:text/javascript;base64,${Buffer.from(MAIN).toString("base64")}`,
    ...[processBytes(limits, language), PAUSE].map(String),
  ];
}

/** A process that runs a program. */
export class GuestProcess {
  /** Before each message from it. */
  readonly mark: Uint8Array = crypto.getRandomValues(new Uint8Array(16));
  /** Its own, until it has started: once removed, nothing can be made in there. */
  #directory: string | undefined;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #limits: Limits;
  readonly #frames: FrameReader;
  readonly #raw: Uint8Array[] = [];
  #isRaw = false;
  #size = 0;
  #told = "";
  #ending: Ending["why"] | undefined;
  #wake: () => void = () => {};
  #isOver = false;
  #used = 0;
  /** Resolves once it has ended and everything that it wrote is read. */
  readonly ended: Promise<Ending>;

  constructor(language: Language, limits: Limits) {
    this.#limits = limits;
    this.#frames = new FrameReader(this.mark, ESCAPED * limits.output + BESIDES);
    this.#directory = Deno.makeTempDirSync({ prefix: "soar-guest-" });
    this.#child = new Deno.Command("/bin/sh", {
      args: [
        ...["-c", SHELL, String(dataKib(limits, language)), Deno.execPath()],
        ...denoArguments(language, limits),
      ],
      cwd: this.#directory,
      clearEnv: true,
      env: {
        HOME: this.#directory,
        TMPDIR: NOWHERE,
        DENO_DIR: NOWHERE,
        NO_COLOR: "1",
        DENO_NO_UPDATE_CHECK: "1",
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.ended = Promise.all([this.#child.status, this.#readOutput(), this.#readErrors()])
      .then(([{ code }]) => {
        this.#isOver = true;
        this.#removeDirectory();
        this.#wake();
        const why = this.#ending ??
          (code === 71 || /out of memory/i.test(this.#told) ? "memory" : "exit");
        return { why, code, told: lastTold(this.#told) };
      });
    // It is waited for wherever it matters.
    this.#input.closed.catch(() => {});
  }

  /** Bytes of memory that a program may hold. */
  get bytes(): number {
    return programBytes(this.#limits);
  }

  /** Sends bytes. That the process is gone is told by what is awaited next. */
  async write(...parts: readonly Uint8Array[]): Promise<void> {
    try {
      for (const part of parts) await this.#input.write(part);
    } catch { /* it has ended */ }
  }

  /** Gives it all the input there is. What it writes from now on is its own, and no message. */
  async run(message: Uint8Array, input: Uint8Array): Promise<void> {
    this.#isRaw = true;
    await this.write(message, input);
    try {
      await this.#input.close();
    } catch { /* it has ended */ }
  }

  /** What it wrote since. */
  get output(): string {
    return new TextDecoder().decode(Buffer.concat(this.#raw));
  }

  /** The next message. @throws {GuestEnded} when there is none */
  async read(): Promise<Uint8Array> {
    for (;;) {
      const frame = this.#frames.next();
      if (frame !== undefined) return frame;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#wake = () => resolve(undefined);
      const ending = await Promise.race([promise, this.ended]);
      if (ending === undefined) continue;
      const last = this.#frames.next();
      if (last !== undefined) return last;
      throw new GuestEnded(ending);
    }
  }

  /** Seconds of the processor that it has taken, where the system tells, else of the clock. */
  get used(): number {
    if (Deno.build.os !== "linux") return performance.now() / 1_000;
    try {
      const stat = Deno.readTextFileSync(`/proc/${this.#child.pid}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      this.#used = (Number(fields[11]) + Number(fields[12])) / TICKS;
    } catch { /* it has ended: what it took until then */ }
    return this.#used;
  }

  /** Whether nothing can be asked of it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends it at once. */
  kill(): void {
    this.#isOver = true;
    try {
      this.#child.kill("SIGKILL");
    } catch { /* it has ended */ }
  }

  async #readOutput(): Promise<void> {
    for await (const chunk of this.#child.stdout) {
      try {
        if (this.#ending !== undefined) continue;
        if (this.#isRaw) {
          this.#size += chunk.length;
          this.#raw.push(chunk);
          if (this.#size > this.#limits.output) throw new RangeError("too much output");
        } else this.#frames.push(chunk);
        this.#wake();
      } catch {
        this.#end("output");
      }
    }
  }

  async #readErrors(): Promise<void> {
    let size = 0;
    for await (const chunk of this.#child.stderr) {
      this.#removeDirectory();
      const said = new TextDecoder().decode(chunk).replaceAll("\0", "");
      size += said.length;
      this.#told = (this.#told + said).slice(-TOLD);
      if (size > ERRORS) this.#end("output");
    }
  }

  #removeDirectory(): void {
    if (this.#directory !== undefined) Deno.removeSync(this.#directory);
    this.#directory = undefined;
  }

  #end(why: Ending["why"]): void {
    this.#ending ??= why;
    this.#raw.length = 0;
    this.kill();
  }
}

/** The last thing that the guest's own main thread says, else the last line. */
function lastTold(told: string): string {
  const marked = told.lastIndexOf("\n!");
  if (marked >= 0) return told.slice(marked + 2).split("\n")[0]!;
  return told.trim().split("\n").at(-1) ?? "";
}

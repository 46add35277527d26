import { join } from "node:path";
import type { Stamped } from "../../src/core/mod.ts";

const ROOT = new URL("../../", import.meta.url);
const STAGE = new URL("work_stage.ts", import.meta.url).pathname;

/** A pipeline in a folder of its own, run by the program. */
export class Jobs implements Disposable {
  readonly directory = Deno.makeTempDirSync();
  readonly store = join(this.directory, "store");
  readonly #log = join(this.directory, "log");
  readonly file = join(this.directory, "jobs.yaml");

  /** @param steps of the pipeline, in which WORK is the stage */
  constructor(steps: string, head = "") {
    const indented = steps.trim().replaceAll(/^/gm, "  ").replaceAll("WORK", STAGE);
    Deno.writeTextFileSync(this.file, `name: jobs\ndevice: cpu\n${head}steps:\n${indented}\n`);
    Deno.writeTextFileSync(this.#log, "");
  }

  /** Ids of the steps that began, in their order, however often. */
  get begun(): string[] {
    return Deno.readTextFileSync(this.#log).split("\n").filter((line) => line !== "");
  }

  /** What stages need of the environment. */
  get env(): Record<string, string> {
    return { SOAR_TEST_LOG: this.#log };
  }

  /** Starts the program. */
  start(...options: readonly string[]): Running {
    return new Running(
      ["run", this.file, "--store", this.store, "--trust", "--json", "--no-report", ...options],
      { SOAR_TEST_LOG: this.#log },
    );
  }

  /** Runs the program to its end. */
  async run(...options: readonly string[]): Promise<Running> {
    const running = this.start(...options);
    await running.end;
    return running;
  }

  /** Starts `soar step`. */
  step(...options: readonly string[]): Running {
    return new Running(["step", "--store", this.store, ...options], { SOAR_TEST_LOG: this.#log });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

/** The program at work. */
export class Running {
  readonly events: Stamped[] = [];
  errors = "";
  code = -1;
  readonly #process: Deno.ChildProcess;
  /** When it is gone. */
  readonly end: Promise<void>;
  #seen = () => {};

  constructor(args: readonly string[], env: Record<string, string>) {
    const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", new URL("mod.ts", ROOT).pathname, ...args],
      env,
      ...streams,
    });
    this.#process = command.spawn();
    this.end = this.#follow();
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Waits for an event. */
  async until(isMeant: (event: Stamped) => boolean): Promise<Stamped> {
    for (;;) {
      const found = this.events.find(isMeant);
      if (found !== undefined) return found;
      await Promise.race([
        new Promise<void>((resolve) => this.#seen = resolve),
        this.end.then(() => {
          if (!this.events.some(isMeant)) throw new Error(`It never came: ${this.errors}`);
        }),
      ]);
    }
  }

  /** Results by step. */
  get results(): Record<string, string> {
    return Object.fromEntries(
      this.events.flatMap((event) =>
        event.kind === "step-finished" ? [[event.step, String(event.outputs.text)]] : []
      ),
    );
  }

  /** Texts of events of a kind. */
  messages(kind: "step-failed" | "step-log"): string[] {
    return this.events.flatMap((event) =>
      event.kind === kind ? [`${event.step}: ${(event as { message: string }).message}`] : []
    );
  }

  async #follow(): Promise<void> {
    const reading = (async () => {
      let rest = "";
      for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) this.events.push(JSON.parse(line));
        this.#seen();
      }
    })();
    this.errors = await new Response(this.#process.stderr).text();
    await reading;
    this.code = (await this.#process.status).code;
  }
}

/** Processes that run jobs of a store, as far as Linux tells. */
export function workersOf(store: string): number[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const line = Deno.readTextFileSync(`/proc/${name}/cmdline`).split("\0");
      return line.includes("--serve") && line.includes(store) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

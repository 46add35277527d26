import { join } from "node:path";
import { Lock } from "../../src/core/lock.ts";
import type { Stamped } from "../../src/core/mod.ts";
import type { Ending } from "../../src/executors/protocol.ts";

const ROOT = new URL("../../", import.meta.url);

/** A pipeline in a folder of its own, run by the program. */
export class Jobs implements Disposable {
  readonly directory = Deno.makeTempDirSync();
  readonly store = join(this.directory, "store");
  readonly #log = join(this.directory, "log");
  readonly file = join(this.directory, "jobs.yaml");
  readonly #stage = join(this.directory, "work_stage.ts");

  /** @param steps of the pipeline, in which WORK is the stage, a copy of its own */
  constructor(steps: string, head = "", stage = "work_stage.ts") {
    const text = Deno.readTextFileSync(new URL(stage, import.meta.url)).replace(
      "../../mod.ts",
      new URL("mod.ts", ROOT).href,
    );
    Deno.writeTextFileSync(this.#stage, text);
    const indented = steps.trim().replaceAll(/^/gm, "  ").replaceAll("WORK", this.#stage);
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

  /** Lets steps go on that wait. */
  go(): void {
    Deno.writeTextFileSync(`${this.#log}.go`, "");
  }

  /** Lets steps wait. */
  hold(): void {
    Deno.removeSync(`${this.#log}.go`);
  }

  /** Changes the pipeline. */
  pipeline(change: (text: string) => string): void {
    Deno.writeTextFileSync(this.file, change(Deno.readTextFileSync(this.file)));
  }

  /** Changes the stage. */
  edit(change: (text: string) => string): void {
    Deno.writeTextFileSync(this.#stage, change(Deno.readTextFileSync(this.#stage)));
  }

  /**
   * Runs a pipeline, and takes the result of a step away again, which waits: its job is there as it was when it ran.
   *
   * @returns the step's key, and what came out
   */
  async recorded(step: string): Promise<{ readonly key: string; readonly result: string }> {
    const run = this.start("--on", "processes");
    const isIt = (event: Stamped) => event.kind === "step-progress" && event.step === step;
    await run.until(isIt);
    const started = run.events.find((event) =>
      event.kind === "step-started" && event.step === step
    );
    const { key } = started as unknown as { readonly key: string };
    const path = join(this.store, "jobs", `${key}.json`), job = Deno.readTextFileSync(path);
    this.go();
    await run.end;
    Deno.writeTextFileSync(path, job);
    const result = run.results[step];
    if (result !== undefined) Deno.removeSync(join(this.store, "actions", `${key}.json`));
    Deno.writeTextFileSync(this.#log, "");
    return { key, result: result ?? "" };
  }

  /** What is left of processes at work: files of locks that somebody holds, and entries of tmp. */
  get left(): string[] {
    const names = (folder: string) => [...Deno.readDirSync(join(this.store, folder))];
    const held = names("locks").filter(({ name }) => Lock.isHeld(join(this.store, "locks", name)));
    return [...held, ...names("tmp")].map(({ name }) => name);
  }

  /** Starts the program as people do, who read text. */
  program(...options: readonly string[]): Running {
    return new Running(
      ["run", this.file, "--store", this.store, "--trust", "--no-report", ...options],
      { SOAR_TEST_LOG: this.#log },
      { isText: true },
    );
  }

  /** Starts the program in a group of processes that may take so much memory. */
  inGroup(path: string, ...options: readonly string[]): Running {
    const args = ["run", this.file, "--store", this.store, "--trust", "--json", "--no-report"];
    return new Running([...args, ...options], { SOAR_TEST_LOG: this.#log }, { group: path });
  }

  /** Starts a program that runs the pipeline, and ends at once when a step tells how far it is. */
  client(how: string): Running {
    const main = join(this.directory, "client.ts");
    Deno.writeTextFileSync(
      main,
      `
import { runPipeline } from ${JSON.stringify(new URL("mod.ts", ROOT).href)};
await runPipeline(${JSON.stringify(this.file)}, {
  store: ${JSON.stringify(this.store)}, trust: true, on: "processes",
  listen({ kind }) {
    if (kind !== "step-progress") return;
    if (${JSON.stringify(how)} === "exit") Deno.exit(9);
    const error = new Error("nobody catches it");
    if (${JSON.stringify(how)} === "throw") setTimeout(() => { throw error; });
    else Promise.reject(error);
  },
});
`,
    );
    return new Running([], { SOAR_TEST_LOG: this.#log }, { main, isText: true });
  }

  /** Starts `soar step`. */
  step(...options: readonly string[]): Running {
    return new Running(["step", "--store", this.store, "--device", "cpu", "--trust", ...options], {
      SOAR_TEST_LOG: this.#log,
    });
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
  /** What it printed that is no event. */
  text = "";
  readonly #process: Deno.ChildProcess;
  readonly #isText: boolean;
  /** When it is gone. */
  readonly end: Promise<void>;
  #seen = () => {};

  constructor(
    args: readonly string[],
    env: Record<string, string>,
    { main = new URL("mod.ts", ROOT).pathname, isText = false, group }: {
      readonly main?: string;
      readonly isText?: boolean;
      readonly group?: string;
    } = {},
  ) {
    this.#isText = isText;
    const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    const config = ["--config", new URL("deno.json", ROOT).pathname];
    const all = ["run", "-A", "--quiet", ...config, main, ...args];
    const [program, rest] = group === undefined ? [Deno.execPath(), all] : [
      "sh",
      ["-c", `echo $$ > ${group}/cgroup.procs; exec "$@"`, "sh", Deno.execPath(), ...all],
    ];
    this.#process = new Deno.Command(program, { args: rest, env, ...streams }).spawn();
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

  /** How the job of `soar step` ended. */
  get ending(): Ending {
    const all = this.events as readonly { readonly kind: string; readonly ending?: Ending }[];
    return all.find(({ kind }) => kind === "job-ended")!.ending!;
  }

  /** Waits for what it prints. */
  async untilText(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      await Promise.race([new Promise<void>((resolve) => this.#seen = resolve), this.end]);
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
        if (this.#isText) {
          this.text += text;
          this.#seen();
          continue;
        }
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

/** Processes that run stages with permissions, which name a folder. */
export function guestsOf(directory: string): number[] {
  return processes((line) =>
    line.at(-2)?.endsWith("narrow_guest.ts") === true &&
    line.some((word) => word.includes(directory))
  );
}

/** Processes that run jobs of a store, as far as Linux tells. */
export function workersOf(store: string): number[] {
  return processes((line) => line.includes("--serve") && line.includes(store));
}

function processes(isMeant: (line: readonly string[]) => boolean): number[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const line = Deno.readTextFileSync(`/proc/${name}/cmdline`).split("\0");
      return isMeant(line) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** A group of processes that may take so much memory; undefined where this user may make none. */
export function ownGroup(bytes: number): { readonly path: string } & Disposable | undefined {
  const name = `soar_test_${crypto.randomUUID()}`;
  for (
    const [root, limit] of [
      ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"],
      ["/sys/fs/cgroup", "memory.max"],
    ]
  ) {
    const path = join(root!, name);
    try {
      Deno.statSync(join(root!, limit === "memory.max" ? "cgroup.subtree_control" : limit!));
      Deno.mkdirSync(path);
    } catch {
      continue;
    }
    try {
      Deno.writeTextFileSync(join(path, limit!), String(bytes));
      return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
    } catch {
      Deno.removeSync(path);
    }
  }
  return undefined;
}

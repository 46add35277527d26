/** Programs that nobody trusts, each in a process of its own. @module */
import { frame } from "./frames.ts";
import { GuestPool } from "./guest_pool.ts";
import type { GuestProcess } from "./guest_process.ts";
import { startJavaScript } from "./javascript.ts";
import type { Language, Limits } from "./limits.ts";
import { type Answer, ask, PATIENCE, within } from "./messages.ts";
import { startPython } from "./pyodide.ts";

/** What a program is. */
export interface Program {
  readonly language: Language;
  readonly code: string;
  /** Whether it finds the modules there that contest programs expect. */
  readonly prelude: boolean;
  /** Code that is run before it; where it fails, it is left out. */
  readonly before?: readonly string[];
}

/** What a judge makes of a test. */
export interface Judged {
  /** Assertions that held, and that did not. */
  readonly passed: number;
  readonly failed: number;
  /** The first that did not. */
  readonly failure?: unknown;
  /** Why the program could not be asked any more. */
  readonly stop?: Stopped;
}

type Stopped = Extract<Answer, { readonly stop: unknown }>;

/** Tests in Python that ask a program. */
export interface Assertions {
  /** Code that knows nothing of the program, such as what a question shows. */
  readonly before: readonly string[];
  /** Code that may use the program; it is run anew for each test. */
  readonly setup: readonly string[];
  readonly tests: readonly string[];
  /** A right program: what it defines tells what the tests are about. */
  readonly reference: string;
  /** The function that is the candidate of `check`. */
  readonly entry?: string;
}

/** Runs programs, a number of them at once. */
export class Sandbox {
  readonly #limits: Limits;
  readonly #python: GuestPool;
  readonly #javascript: GuestPool;
  readonly #judges: GuestPool;

  /** @param atOnce programs that run at the same time */
  constructor(limits: Limits, atOnce: number) {
    this.#limits = limits;
    this.#python = new GuestPool(atOnce, () => startPython("program", limits));
    this.#javascript = new GuestPool(atOnce, () => startJavaScript(limits));
    this.#judges = new GuestPool(atOnce, () => startPython("judge", limits), true);
  }

  /** Ends the processes that wait for a program. */
  async close(): Promise<void> {
    await Promise.all([this.#python, this.#javascript, this.#judges].map((pool) => pool.close()));
  }

  /** Runs a whole program with each of some inputs, until there is none to run any more. */
  async runWhole(
    { language, code, prelude, before = [] }: Program,
    inputs: readonly string[],
    signal?: AbortSignal,
  ): Promise<Answer[]> {
    const answers: Answer[] = [];
    if (language === "javascript") {
      for (const input of inputs) {
        const answer = await this.#javascript.use(
          signal,
          (guest) => this.#runRaw(guest, code, input),
        );
        answers.push(answer);
        if ("stop" in answer) break;
      }
      return answers;
    }
    return await this.#python.use(signal, async (guest) => {
      for (const input of inputs) {
        const answer = await this.#ask(guest, { op: "run", code, input, prelude, before });
        answers.push(answer);
        if ("stop" in answer) break;
      }
      return answers;
    });
  }

  /** Calls a function of a program, or a method of its class Solution, with each of some lists of arguments. */
  async callFunction(
    { language, code, prelude, before = [] }: Program,
    name: string,
    calls: readonly (readonly unknown[])[],
    signal?: AbortSignal,
  ): Promise<Answer[]> {
    const pool = language === "python" ? this.#python : this.#javascript;
    return await pool.use(signal, async (guest) => {
      const load = { op: "load", code, prelude, before, names: [name], methods: true };
      const loaded = await this.#ask(guest, load);
      if (!("ok" in loaded)) return [loaded];
      const found = ((loaded.ok ?? {}) as Readonly<Record<string, unknown>>)[name];
      const id = (found as { readonly r?: unknown } | undefined)?.r;
      if (id === undefined) return [undefinedName(name)];
      const answers: Answer[] = [];
      for (const args of calls) {
        const answer = await this.#ask(guest, { op: "call", id, args });
        answers.push(answer);
        if ("stop" in answer) break;
      }
      return answers;
    });
  }

  /**
   * Has a judge run tests against a program; the verdicts by test, or what kept the program from being loaded.
   *
   * @throws {SyntaxError} when the tests cannot be read, or import what is not there
   */
  async judge(
    { code, prelude, before: own = [] }: Program,
    { before, setup, tests, reference, entry }: Assertions,
    signal?: AbortSignal,
  ): Promise<Judged[] | Answer> {
    return await this.#python.use(signal, (guest) =>
      this.#judges.use(signal, async (judge) => {
        let names = entry === undefined ? [] : [entry], imports = "";
        if (entry === undefined) {
          const used = await this.#ask(judge, { op: "names", setup, tests, reference });
          if ("error" in used) {
            throw new SyntaxError(
              `its tests cannot be read: ${used.error.type}: ${used.error.message}`,
            );
          }
          if (!("ok" in used)) return used;
          ({ names, imports } = used.ok as { names: string[]; imports: string });
        }
        const load = { op: "load", code, prelude, before: own, names, methods: false };
        const loaded = await this.#ask(guest, load);
        if (!("ok" in loaded)) return loaded;
        const values = (loaded.ok ?? {}) as Readonly<Record<string, unknown>>;
        const missing = names.find((name) => !Object.hasOwn(values, name));
        if (missing !== undefined) return undefinedName(missing);
        // No other names than are asked for: one that Python has would be the program's in the tests.
        const given = Object.fromEntries(names.map((name) => [name, values[name]]));
        const judged: Judged[] = [];
        for (const test of tests) {
          const check = entry !== undefined;
          const message = { op: "test", imports, before, setup, names: given, test, entry, check };
          judged.push(await this.#relay(guest, judge, message));
          if (judged.at(-1)!.stop !== undefined) break;
        }
        return judged;
      }));
  }

  /** Carries what a judge asks to the program, and what this answers back, until there is a verdict. */
  async #relay(guest: GuestProcess, judge: GuestProcess, test: unknown): Promise<Judged> {
    let stop: Stopped | undefined;
    let left = this.#limits.timeout, answer = test;
    // A program that is asked many times, such as for the items of a list, waits no longer in all.
    const end = performance.now() + PATIENCE * 1_000 * left;
    for (;;) {
      const asked = await this.#hear(judge, answer);
      if ("stop" in asked) return { passed: 0, failed: 1, stop: stop ?? (asked as Stopped) };
      if (asked.done !== undefined) {
        const { broken } = asked.done as { readonly broken?: string };
        if (broken !== undefined) throw new SyntaxError(`its tests cannot be run: ${broken}`);
        return { ...(asked.done as Judged), ...(stop === undefined ? {} : { stop }) };
      }
      const before = guest.used;
      const reply = stop ?? await ask(guest, asked, left, end);
      left = Math.max(0.001, left - (guest.used - before));
      if ("stop" in reply) {
        stop = reply;
        answer = { gone: true };
      } else answer = reply;
    }
  }

  /** What a judge says next. Where what the program gave keeps it for too long, it is ended like a program. */
  async #hear(
    judge: GuestProcess,
    message: unknown,
  ): Promise<Stopped | Readonly<Record<string, unknown>>> {
    return await within(judge, this.#limits.timeout, async () => {
      judge.write(frame(JSON.stringify(message)));
      return JSON.parse(new TextDecoder().decode(await judge.read()));
    });
  }

  async #ask(guest: GuestProcess, message: unknown): Promise<Answer> {
    const answer = await ask(guest, message, this.#limits.timeout);
    if (!("op" in answer)) return answer;
    guest.kill();
    return { stop: "exit", told: "what it answered could not be read" };
  }

  /** Runs a program that has stdin and stdout to itself. */
  async #runRaw(guest: GuestProcess, code: string, input: string): Promise<Answer> {
    return await within(guest, this.#limits.timeout, async () => {
      const message = frame(JSON.stringify({ op: "run", code }));
      guest.run(message, new TextEncoder().encode(input));
      const { why, code: status, told } = await guest.ended;
      if (why !== "exit") return { stop: why, told };
      if (status === 0) return { ok: guest.output };
      const [, type, text] = /^([\w$.]+): (.*)$/.exec(told) ?? [];
      return { error: { type: type ?? "Error", message: text ?? `exit code ${status}` } };
    });
  }
}

function undefinedName(name: string): Answer {
  return { error: { type: "NameError", message: `it defines no ${name}` } };
}

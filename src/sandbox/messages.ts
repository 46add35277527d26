/** What is asked of a guest, and what it answers: whatever it writes is data, and may be anything. @module */
import { frame } from "./frames.ts";
import { GuestEnded, type GuestProcess } from "./guest_process.ts";

/** An exception, as it was described. */
export interface Failure {
  readonly type: string;
  /** Python's own kind of it. */
  readonly base?: string;
  readonly message: string;
  /** Of the program. */
  readonly line?: number;
}

/** Why there is no answer: the time was up, or the process was made to end or did so itself. */
export type Stop = "timeout" | "memory" | "output" | "exit";

/** What came of it. */
export type Answer =
  | { readonly ok: unknown; readonly args?: unknown }
  | { readonly error: Failure; readonly out?: unknown }
  | { readonly stop: Stop; readonly told: string };

/** A question of the guest's own, to a test's function. */
export interface Callback {
  readonly op: "callback";
  readonly id: number;
  readonly args: readonly unknown[];
}

/** The longest text of a failure. */
const LONGEST = 300;

/**
 * Asks a guest. One that does not answer in time, or nothing that can be read, is ended.
 *
 * @param end when the clock ends it
 */
export async function ask(
  guest: GuestProcess,
  message: unknown,
  seconds: number,
  end?: number,
): Promise<Answer | Callback> {
  const work = async () => {
    // Not awaited: one that does not read it does not answer either.
    guest.write(frame(JSON.stringify(message)));
    return readAnswer(await guest.read());
  };
  return await within(guest, seconds, work, end);
}

/** A guest that gets no processor, or waits, has so many times as long by the clock. */
export const PATIENCE = 3;

/**
 * Does something with a guest, which is ended when the time is up or when it makes no sense. Time is the processor's where
 * the system tells: what else a machine has to do does not make a program late.
 *
 * @param end when the clock ends it
 */
export async function within<T>(
  guest: GuestProcess,
  seconds: number,
  work: () => Promise<T>,
  end: number = performance.now() + PATIENCE * 1_000 * seconds,
): Promise<T | { readonly stop: Stop; readonly told: string }> {
  const before = guest.used;
  let isLate = false;
  const look = () => {
    const left = Math.max(before + seconds - guest.used, 0);
    const wait = Math.min(Math.max(1_000 * left, 20), end - performance.now());
    isLate = left === 0 || wait <= 0;
    if (isLate) guest.kill();
    else timer = setTimeout(look, wait);
  };
  let timer = setTimeout(look, Math.min(1_000 * seconds, Math.max(0, end - performance.now())));
  try {
    const result = await work();
    return isLate ? { stop: "timeout", told: "" } : result;
  } catch (error) {
    if (isLate) return { stop: "timeout", told: "" };
    if (error instanceof GuestEnded) return { stop: error.ending.why, told: error.ending.told };
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    guest.kill();
    return { stop: "exit", told: "what it answered could not be read" };
  } finally {
    clearTimeout(timer);
  }
}

/** @throws {SyntaxError} when it is none */
function readAnswer(bytes: Uint8Array): Answer | Callback {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (typeof value !== "object" || value === null) throw new SyntaxError("no object");
  const { op, id, args, ok, error, out } = value as Readonly<Record<string, unknown>>;
  if (op !== undefined) {
    if (op !== "callback" || !Number.isInteger(id) || !Array.isArray(args)) {
      throw new SyntaxError("no question");
    }
    return { op, id: id as number, args };
  }
  if (error !== undefined) return { error: readFailure(error), out };
  if (ok === undefined) throw new SyntaxError("no answer");
  return args === undefined ? { ok } : { ok, args };
}

/** @throws {SyntaxError} when it is none */
export function readFailure(value: unknown): Failure {
  const { type, base, message, line } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof type !== "string" || typeof message !== "string") throw new SyntaxError("no failure");
  return {
    type: type.slice(0, LONGEST),
    message: message.slice(0, LONGEST),
    ...(typeof base === "string" ? { base: base.slice(0, LONGEST) } : {}),
    ...(typeof line === "number" ? { line } : {}),
  };
}

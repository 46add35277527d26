/** Standard output, where what cannot be written is not lost unseen. @module */
import { isOsError, osReason } from "../core/mod.ts";
import { colorsWanted } from "./live/colors_wanted.ts";

/** Where a reporter writes. */
export interface Terminal {
  /** Whether it has a cursor to move. */
  readonly isTerminal: boolean;
  /** Whether texts are coloured, which may be without a terminal too. */
  readonly hasColors: boolean;
  /** Whether it breaks lines anew that it shows, when it becomes narrower. */
  readonly reflows: boolean;
  /** As they are now. */
  readonly columns: number;
  readonly rows: number;
  /** @throws {OutputError} when it cannot be written */
  write(text: string): void;
  /** Calls when columns or rows change, until it is disposed of. */
  onResize(call: () => void): Disposable;
}

/** Standard output cannot be written to. */
export class OutputError extends Error {
  /** Tells the class apart where instanceof cannot. */
  override readonly name = "OutputError";
  /** Whether its reader has closed it, as `head` does when it has seen enough. */
  readonly closed: boolean;

  /** @param cause what the operating system said */
  constructor(cause: Error & { readonly code?: string }) {
    super(`cannot write to standard output: ${osReason(cause)}`, { cause });
    this.closed = cause.code === "EPIPE";
  }
}

/** Standard output. */
export function standardOutput(): Terminal {
  const encoder = new TextEncoder();
  // A dumb terminal has no cursor to move.
  const isTerminal = Deno.stdout.isTerminal() && Deno.env.get("TERM") !== "dumb";
  return {
    isTerminal,
    hasColors: colorsWanted((name) => Deno.env.get(name), isTerminal),
    // The console of Linux, xterm itself and GNU screen cut lines off instead.
    reflows: Deno.env.get("TERM") !== "linux" && !Deno.env.has("XTERM_VERSION") &&
      !Deno.env.has("STY"),
    get columns() {
      return sizeOf(isTerminal).columns;
    },
    get rows() {
      return sizeOf(isTerminal).rows;
    },
    write(text) {
      const bytes = encoder.encode(text);
      try {
        for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
      } catch (error) {
        throw isOsError(error) ? new OutputError(error) : error;
      }
    },
    onResize(call) {
      Deno.addSignalListener("SIGWINCH", call);
      return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGWINCH", call) };
    },
  };
}

/** Some pseudo-terminals claim to have no columns, and one that has gone has no size. */
function sizeOf(isTerminal: boolean): { readonly columns: number; readonly rows: number } {
  const usual = { columns: 80, rows: 24 };
  if (!isTerminal) return usual;
  try {
    const { columns, rows } = Deno.consoleSize();
    return { columns: columns || usual.columns, rows: rows || usual.rows };
  } catch (error) {
    if (!isOsError(error)) throw error;
    return usual;
  }
}

/** Prints a line, or several. @throws {OutputError} when it cannot be written */
export function print(text: string): void {
  standardOutput().write(text + "\n");
}

/** Prints a line, or several, on standard error. Where that is lost too, the exit code is what tells. */
export function complain(text: string): void {
  try {
    console.error(text);
  } catch (error) {
    if (!isOsError(error)) throw error;
  }
}

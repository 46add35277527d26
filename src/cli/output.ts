/** Standard output, where what cannot be written is not lost unseen. @module */
import { isOsError, osReason } from "../core/mod.ts";

/** Where a reporter writes. */
export interface Terminal {
  readonly isTerminal: boolean;
  readonly columns: number;
  /** @throws {OutputError} when it cannot be written */
  write(text: string): void;
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
    // Some pseudo-terminals claim to have no columns.
    columns: (isTerminal && Deno.consoleSize().columns) || 80,
    write(text) {
      const bytes = encoder.encode(text);
      try {
        for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
      } catch (error) {
        throw isOsError(error) ? new OutputError(error) : error;
      }
    },
  };
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

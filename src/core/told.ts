import { DiagnosticError, formatPlace } from "./diagnostic.ts";
import { diskTrouble, isOsError, osReason } from "./os_error.ts";

/** What an event tells of an error; a user's mistake has no stack. */
export function told(error: unknown): { readonly message: string; readonly stack?: string } {
  if (error instanceof DiagnosticError) {
    const lines = error.diagnostics.map(({ message, hint, location }) => {
      const place = location === undefined ? "" : `${formatPlace(location)}: `;
      return `${place}${message}${hint === undefined ? "" : ` (${hint})`}`;
    });
    return { message: lines.join("\n") };
  }
  if (!(error instanceof Error)) return { message: String(error) };
  // In the program's words, with what the system was asked for.
  const message = diskTrouble(error) ??
    (isOsError(error)
      ? error.message.replace(/^.*? \(os error \d+\)/, () => osReason(error))
      : error.message);
  return { message, ...error.stack === undefined ? {} : { stack: error.stack } };
}

const SHOWN = 80;

/** A value of a file for a message: never long, whatever the file holds. */
export function shown(value: unknown): string {
  try {
    return shortened(
      typeof value === "bigint" ? String(value) : JSON.stringify(value) ?? "nothing",
    );
  } catch {
    return "something nested too deep"; // no room on the stack for it
  }
}

/** The start of a text that may hold anything. */
export function shortened(text: string, most = SHOWN): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** What a terminal shows of what was written to it, as far as this program moves its cursor. @module */

/** The lines that are on the screen. @throws {TypeError} for an escape that is not known here */
export function screenOf(written: string): string {
  const lines = [""];
  let row = 0;
  // deno-lint-ignore no-control-regex -- escapes are what it is about
  for (const [part] of written.matchAll(/\x1b\[[0-9;]*[A-Za-z]|\n|[^\x1b\n]+/g)) {
    if (part === "\n") lines[++row] ??= "";
    else if (part === "\x1b[2K") lines[row] = "";
    else if (part === "\x1b[G") continue;
    else if (/^.\[\d*A$/.test(part)) row -= Number(part.slice(2, -1) || 1);
    else if (/^.\[\d+(;\d+)*m$/.test(part)) continue;
    else if (part.startsWith("\x1b")) throw new TypeError(`unknown escape ${JSON.stringify(part)}`);
    else lines[row] += part;
  }
  while (lines.length > 1 && lines.at(-1) === "" && lines.at(-2) === "") lines.pop();
  return lines.join("\n");
}

/** A number of things, `1 step` or `3 steps`. @module */

/** @param plural of a noun that takes more than an s */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

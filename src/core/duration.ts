/** Seconds of each unit. */
const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };

/** Seconds of a duration such as `90s`, `30min`, `2h`, `1h30min`, `2d`; undefined when a text is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?\s*(?:s|min|h|d)\s*)+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*(s|min|h|d)/g)) {
    seconds += Number(count) * UNITS[unit!]!;
  }
  return seconds;
}

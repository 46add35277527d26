import type { Json, JsonObject } from "./document.ts";

/** A range as written: `0..4` ends before 4. */
export interface Range {
  readonly start: number;
  /** How many values. */
  readonly length: number;
}

/** Takes a range apart; undefined when a value is none. */
export function parseRange(given: Json): Range | undefined {
  const match = typeof given === "string" ? /^(\d{1,15})\.\.(\d{1,15})$/.exec(given) : null;
  if (match === null) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  return { start, length: Math.max(0, end - start) };
}

/** The values of a range. */
export function rangeValues({ start, length }: Range): number[] {
  return Array.from({ length }, (_, i) => start + i);
}

/** Every combination of the axes' values, the last axis fastest. */
export function* combinations(
  axes: Readonly<Record<string, readonly Json[]>>,
): Generator<JsonObject> {
  const names = Object.keys(axes);
  const count = names.reduce((product, name) => product * axes[name]!.length, 1);
  for (let i = 0; i < count; i++) {
    const row: Record<string, Json> = {};
    let rest = count, at = i;
    for (const name of names) {
      const values = axes[name]!;
      rest /= values.length;
      row[name] = values[Math.floor(at / rest)]!;
      at %= rest;
    }
    yield row;
  }
}

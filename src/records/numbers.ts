/** Numbers as people read them, wherever a run is told of. @module */

/** Seconds, such as `1.2 s`, `4 min 10 s` or `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "? s";
  if (seconds < 0) return formatSeconds(0); // a clock was set
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds), minutes = Math.round(seconds / 60);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A number in as few digits as tell it apart. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "no number";
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

/**
 * A number by its name; a rate, whose name ends in `/s`, by what there is of it in a second, or by how long each takes where
 * that is long. Undefined for a rate that is none.
 */
export function formatNamed(name: string, value: number): string | undefined {
  if (!name.endsWith("/s")) return `${name} ${formatNumber(value)}`;
  if (!Number.isFinite(value) || value <= 0) return undefined;
  if (value < 0.1) return `${name.slice(0, -2)} ${formatSeconds(1 / value)} each`;
  return `${formatNumber(value)} ${name}`;
}

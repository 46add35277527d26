/** Values as people read them. @module */

/** A number in as few digits as tell it apart. */
export function number(value: number): string {
  if (Number.isSafeInteger(value)) return value.toLocaleString("en-US");
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e6) return String(Number(value.toPrecision(4)));
  return value.toExponential(2).replace(/\.?0+e/, "e");
}

/** Any value, in a line. */
export function value(any: unknown): string {
  if (typeof any === "number") return number(any);
  if (typeof any === "string") return any;
  return JSON.stringify(any) ?? "";
}

/** Seconds, such as `1.2 s` or `4 min 10 s`. */
export function seconds(count: number): string {
  if (count < 60) return `${count.toFixed(count < 10 ? 1 : 0)} s`;
  const whole = Math.round(count), minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Bytes. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = count, unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** A moment of ISO 8601, here. */
export function moment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return date.toLocaleString(undefined, {
    ...isThisYear ? {} : { year: "numeric" },
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
  });
}

/** The time of a day. */
export function clock(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleTimeString(undefined, { hour12: false });
}

/** `1 run`, `2 runs`. */
export function count(items: number, word: string): string {
  return `${number(items)} ${word}${items === 1 ? "" : "s"}`;
}

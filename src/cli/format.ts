import type { Json, Metrics } from "../core/mod.ts";
import { formatNumber } from "../records/numbers.ts";

export { formatNamed, formatNumber, formatSeconds } from "../records/numbers.ts";

/** Bytes as people read them. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes, unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A count with its thousands apart. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** `name=value` for the metrics that fit in a line. */
export function formatMetrics(metrics: Metrics): string {
  return Object.entries(metrics)
    .filter(([, value]) => !(typeof value === "string" && value.includes("\n")))
    .map(([name, value]) => `${name}=${formatValue(value)}`).join(" ");
}

/** A value in a line. */
export function formatValue(value: Json): string {
  if (typeof value === "number") return formatNumber(value);
  if (Array.isArray(value)) return `[${value.map(formatValue).join(" ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value).map(([k, v]) => `${k}:${formatValue(v)}`).join(" ")}}`;
}

/** How {@linkcode formatColumns} lays cells out. */
export interface ColumnOptions {
  /** Columns whose cells stand at the right, by index. */
  readonly right?: ReadonlySet<number>;
  /** Columns of a terminal that a cell takes; its characters unless given. */
  readonly width?: (cell: string) => number;
}

/** Rows of cells as aligned columns. */
export function formatColumns(
  rows: readonly (readonly string[])[],
  { right, width = (cell) => cell.length }: ColumnOptions = {},
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(width(cell), widths[i] ?? 0);
  }
  return rows.map((row) =>
    row.map((cell, i) => {
      const room = " ".repeat(widths[i]! - width(cell));
      return right?.has(i) ? room + cell : cell + room;
    }).join("  ").trimEnd()
  );
}

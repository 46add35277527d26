/** Rows of data files. @module */

/** A row's columns by name. */
export type Columns = Readonly<Record<string, unknown>>;

/** Where a row stands in its file. */
export interface Place {
  /** What the file is called. */
  readonly file: string;
  /** Such as `line 3` or `row 3`; counted from 1. */
  readonly where: string;
}

/** A row, and where its parts stand. */
export interface Row {
  readonly columns: Columns;
  readonly place: Place;
  /** Where a column stands, such as `3:17`, line and column; undefined where a file has no lines. */
  at(path: string): string | undefined;
}

/** What is asked of a file: the names of those of its columns that are to be read. */
export type Wanted = (names: readonly string[]) => readonly string[];

/** A file that cannot be read. */
export function unreadable(file: string, problem: string, cause?: unknown): SyntaxError {
  return new SyntaxError(`Cannot read ${file}: ${problem}`, { cause });
}

/**
 * The value that a dotted path leads to: `extra_info.index`, `prompt.0.content`. A column that is called so comes first.
 *
 * @returns undefined when there is none
 */
export function lookUp(value: unknown, path: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (has(value, path)) return (value as Columns)[path];
  // The longest name first, so that a column with dots in its name may have parts.
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const name = path.slice(0, dot);
    if (!has(value, name)) continue;
    const found = lookUp((value as Columns)[name], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a list has besides its items does not count. */
function has(value: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name);
}

/** The column that a path begins with, of those that there are; undefined where there is none. */
export function columnOf(path: string, names: readonly string[]): string | undefined {
  const fitting = names.filter((name) => path === name || path.startsWith(`${name}.`));
  return fitting.toSorted((a, b) => b.length - a.length)[0];
}

/** Keys and indices of a path, as the value has them. */
export function stepsOf(value: unknown, path: string): (string | number)[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const step = (name: string) => Array.isArray(value) ? Number(name) : name;
  if (has(value, path)) return [step(path)];
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const name = path.slice(0, dot);
    if (!has(value, name)) continue;
    const rest = stepsOf((value as Columns)[name], path.slice(dot + 1));
    if (rest !== undefined) return [step(name), ...rest];
  }
  return undefined;
}

/** A value as JSON has it: whole numbers that a double cannot tell apart become text, days and times ISO 8601. */
export function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === undefined) return null;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return value.toBase64();
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return Array.from(value as unknown as ArrayLike<unknown>, plain);
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

/** A value that can be an answer or a name: text, or a number or truth value written out. */
export function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value;
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === "boolean" || typeof value === "bigint" ? String(value) : undefined;
}

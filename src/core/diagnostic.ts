import { counted } from "./counted.ts";
import { type Location, Override } from "./source.ts";

export type { Location } from "./source.ts";

/** A user's mistake: where, what is wrong and what to write instead. */
export interface Diagnostic {
  /** What is wrong. */
  readonly message: string;
  /** Where it is wrong. */
  readonly location?: Location | undefined;
  /** What to write instead. */
  readonly hint?: string | undefined;
  /** Other places that matter, such as the first use of a name used twice. */
  readonly related?: readonly { readonly message: string; readonly location: Location }[];
}

/** Where a value that is wrong was given, and where it is used. */
export type Given = Pick<Diagnostic, "location" | "related">;

/** Mistakes that keep a pipeline from running, all that were found. */
export class DiagnosticError extends Error {
  /** Tells the class apart where instanceof cannot. */
  override readonly name = "DiagnosticError";
  /** The mistakes. */
  readonly diagnostics: readonly Diagnostic[];

  /** The message is the text of the first {@linkcode MAX_SHOWN} mistakes. */
  constructor(diagnostics: readonly Diagnostic[], options?: ErrorOptions) {
    const shown = diagnostics.slice(0, MAX_SHOWN).map((one) => formatDiagnostic(one));
    const left = diagnostics.length - shown.length;
    if (left > 0) shown.push(`and ${counted(left, "more mistake")}`);
    super(shown.join("\n\n"), options);
    this.diagnostics = diagnostics;
  }
}

/** Mistakes whose text is shown: those below are likely to follow from them. */
const MAX_SHOWN = 20;
/** Characters of a message, of a hint, of a line with a mistake in it, and of an override that stands for a place. */
const MAX_MESSAGE = 400, MAX_LINE = 160, MAX_OVERRIDE = 80;

/** The beginning of a text, when it has more characters than fit. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** A user's value in a message: JSON, as much of it as tells which one is meant. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(clip(value, 80));
  return clip(JSON.stringify(value) ?? String(value), 80);
}

/** Text that cannot move the cursor or ring the bell of the terminal it is shown on. */
function printable(text: string, length: number): string {
  // deno-lint-ignore no-control-regex -- these are what it replaces
  const control = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/g;
  return clip(text, length).replaceAll(control, (found) => found === "\t" ? " " : "\ufffd");
}

/** `file:line:column: error: message`, the line, carets under the span, then hint and related places. */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  severity: "error" | "warning" = "error",
): string {
  const { location, message, hint, related = [] } = diagnostic;
  const told = printable(message, MAX_MESSAGE);
  const lines = location === undefined
    ? [`${severity}: ${told}`]
    : [`${heading(location)}: ${severity}: ${told}`, ...excerpt(location)];
  if (hint !== undefined) lines.push(`  help: ${printable(hint, MAX_MESSAGE)}`);
  for (const place of related) {
    lines.push(
      `${heading(place.location)}: note: ${printable(place.message, MAX_MESSAGE)}`,
      ...excerpt(place.location),
    );
  }
  return lines.join("\n");
}

/** A place above an excerpt of it, which has the whole of an override. */
function heading(location: Location): string {
  return location.source instanceof Override ? location.source.file : formatPlace(location);
}

/** A place as people and editors read it: `file:line:column`, or the override. */
export function formatPlace({ source, span }: Location): string {
  if (source instanceof Override) return `${source.file} ${printable(source.text, MAX_OVERRIDE)}`;
  const { line, column } = source.position(span.start);
  return `${source.file}:${line}:${column}`;
}

function excerpt({ source, span }: Location): string[] {
  const { line, column } = source.position(span.start);
  const text = source.line(line), length = Math.max(1, span.end - span.start);
  // Of a long line, what stands around the mistake.
  const from = text.length <= MAX_LINE ? 0 : Math.max(0, column - 1 - MAX_LINE / 4);
  const part = text.slice(from, from + MAX_LINE);
  const left = from > 0 ? "…" : "", right = from + MAX_LINE < text.length ? "…" : "";
  const before = left.length + column - 1 - from;
  const carets = Math.max(1, Math.min(length, left.length + part.length - before));
  // There is no file to look the line up in.
  const gutter = source instanceof Override ? "" : String(line);
  return [
    `  ${gutter} | ${left}${printable(part, MAX_LINE)}${right}`,
    `  ${" ".repeat(gutter.length)} | ${" ".repeat(before)}${"^".repeat(carets)}`,
  ];
}

/**
 * The candidate that a misspelt name was most likely meant to be: edit distance at most a third of its
 * length, at least 1.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined, bestDistance = Infinity;
  if (name.length > MAX_NAME) return undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > Math.max(1, name.length / 3)) continue;
    const distance = editDistance(name, candidate);
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && distance < bestDistance) {
      [best, bestDistance] = [candidate, distance];
    }
  }
  return best;
}

/** Characters of a name that is worth comparing with others. */
const MAX_NAME = 100;
/** Names that a hint lists. */
const MAX_KNOWN = 20;

/** `did you mean …?`, or the list of what there is. */
export function suggest(name: string, candidates: readonly string[]): string {
  const near = closest(name, candidates);
  if (near !== undefined) return `did you mean ${near}?`;
  if (candidates.length === 0) return "there is none";
  const more = candidates.length - MAX_KNOWN;
  const listed = candidates.slice(0, MAX_KNOWN).map((candidate) => clip(candidate, 40)).join(", ");
  return `known: ${listed}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Levenshtein distance, a swap of neighbours counting 1. */
function editDistance(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 0; j <= b.length; j++) table[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const substitution = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(
        table[i - 1]![j]! + 1,
        table[i]![j - 1]! + 1,
        table[i - 1]![j - 1]! + substitution,
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) distance = Math.min(distance, table[i - 2]![j - 2]! + 1);
      table[i]![j] = distance;
    }
  }
  return table[a.length]![b.length]!;
}

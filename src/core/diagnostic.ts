import type { Source, Span } from "./source.ts";

/** A place in a source. */
export interface Location {
  /** The text. */
  readonly source: Source;
  /** The part of it. */
  readonly span: Span;
}

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

/** Mistakes that keep a pipeline from running, all that were found. */
export class DiagnosticError extends Error {
  /** Tells the class apart where instanceof cannot. */
  override readonly name = "DiagnosticError";
  /** The mistakes. */
  readonly diagnostics: readonly Diagnostic[];

  /** The message is the text of the mistakes. */
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join("\n\n"));
    this.diagnostics = diagnostics;
  }
}

/** `file:line:column: error: message`, the line, carets under the span, then hint and related places. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { location, message, hint, related = [] } = diagnostic;
  const lines = location === undefined
    ? [`error: ${message}`]
    : [`${formatPlace(location)}: error: ${message}`, ...excerpt(location)];
  if (hint !== undefined) lines.push(`  help: ${hint}`);
  for (const place of related) {
    lines.push(
      `${formatPlace(place.location)}: note: ${place.message}`,
      ...excerpt(place.location),
    );
  }
  return lines.join("\n");
}

function formatPlace({ source, span }: Location): string {
  const { line, column } = source.position(span.start);
  return `${source.file}:${line}:${column}`;
}

function excerpt({ source, span }: Location): string[] {
  const { line, column } = source.position(span.start);
  const text = source.line(line);
  const length = Math.max(1, Math.min(span.end - span.start, text.length - column + 1));
  const gutter = String(line);
  return [
    `  ${gutter} | ${text}`,
    `  ${" ".repeat(gutter.length)} | ${" ".repeat(column - 1)}${"^".repeat(length)}`,
  ];
}

/**
 * The candidate that a misspelt name was most likely meant to be: edit distance at most a third of its
 * length, at least 1.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined, bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && distance < bestDistance) {
      [best, bestDistance] = [candidate, distance];
    }
  }
  return best;
}

/** `did you mean …?`, or the list of what there is. */
export function suggest(name: string, candidates: readonly string[]): string {
  const near = closest(name, candidates);
  if (near !== undefined) return `did you mean ${near}?`;
  return candidates.length === 0 ? "there is none" : `known: ${candidates.join(", ")}`;
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

/** Problems of rows, with what is wrong with them. @module */
import type { Problem } from "../graders/grader.ts";
import { type Duplicate, Seen } from "./duplicates.ts";
import { type Mapping, problemOf } from "./problems.ts";
import { lookUp, type Place, type Row } from "./row.ts";
import type { Filter } from "./where.ts";

/** How rows become a set. */
export interface Collecting {
  readonly mapping: Mapping;
  readonly filter: Filter;
  /** What is wrong with an answer. */
  readonly check?: (answer: string) => string | undefined;
  readonly duplicates: "keep" | "drop" | "refuse";
  readonly bad_rows: "refuse" | "drop";
  /** Problems after which no more rows are read. */
  readonly most: number;
  /** Problems of other sets. */
  readonly others?: readonly Problem[];
}

/** Something that is told with its places, the first few of which are kept. */
export interface Told {
  count: number;
  /** Duplicates of them with another answer than the first has. */
  differing: number;
  readonly lines: string[];
}

/** What came of the rows. */
export interface Collected {
  readonly problems: Problem[];
  /** Rows that were read, and those that the conditions left. */
  rows: number;
  taken: number;
  readonly bad: Told;
  /** Problems that were there before: in the set, and in the others. */
  readonly twice: Told;
  readonly elsewhere: Told;
  /** Fields that are to be kept, and that no row had. */
  readonly lacking: Set<string>;
}

/** Places that are shown. */
const SHOWN = 5;

/** What a problem repeats: a row, or a problem of another set by its id. */
type Origin = Place | { readonly id: string };

/** Makes problems of rows, one after the other. */
export class Collector {
  readonly collected: Collected = {
    problems: [],
    rows: 0,
    taken: 0,
    bad: { count: 0, differing: 0, lines: [] },
    twice: { count: 0, differing: 0, lines: [] },
    elsewhere: { count: 0, differing: 0, lines: [] },
    lacking: new Set(),
  };
  readonly #how: Collecting;
  readonly #ids = new Map<string, Place>();
  readonly #seen = new Seen<Origin>();

  constructor(how: Collecting) {
    this.#how = how;
    for (const path of Object.values(how.mapping.fields ?? {})) this.collected.lacking.add(path);
    for (const problem of how.others ?? []) {
      if (this.#seen.find(problem) === undefined) this.#seen.add(problem, { id: problem.id });
    }
  }

  /** Takes a row. @returns whether more are wanted @throws {SyntaxError} for an id that was there before */
  take(row: Row): boolean {
    const { collected } = this, { mapping, filter, check, duplicates, most } = this.#how;
    collected.rows++;
    if (!filter(row.columns)) return true;
    for (const path of collected.lacking) {
      if (lookUp(row.columns, path) !== undefined) collected.lacking.delete(path);
    }
    // Rows are counted as they stand, so that dropping some renames none.
    const made = problemOf(row, collected.taken++, mapping);
    if ("fault" in made) {
      tell(collected.bad, () => placed(row, made.fault.path, made.fault.message));
      return true;
    }
    const { problem } = made, duplicate = this.#seen.find(problem);
    if (duplicate !== undefined && duplicates === "drop") {
      this.#tellDuplicate(row, duplicate); // whatever its answer is
      return true;
    }
    const wrong = check?.(problem.answer);
    if (wrong !== undefined) {
      const message = () =>
        `${row.place.where} has an answer that does not count, ` +
        `${clip(problem.answer)}: ${wrong}`;
      tell(collected.bad, () => placed(row, mapping.answer, message()));
      return true;
    }
    if (duplicate === undefined) this.#seen.add(problem, row.place);
    else this.#tellDuplicate(row, duplicate);
    this.#checkId(row, problem.id);
    collected.problems.push(problem);
    return collected.problems.length < most;
  }

  #checkId({ place }: Row, id: string): void {
    const before = this.#ids.get(id);
    if (before === undefined) {
      this.#ids.set(id, place);
      return;
    }
    throw new SyntaxError(
      `Cannot read ${place.file}: ${place.where} has the id ${id} of ${nameOf(before, place)}; ` +
        "name another column with id, or leave it out",
    );
  }

  #tellDuplicate(row: Row, { of, differs }: Duplicate<Origin>): void {
    const told = "id" in of ? this.collected.elsewhere : this.collected.twice;
    if (differs) told.differing++;
    const but = differs ? ", with another answer" : "";
    const message = () => `${row.place.where} repeats ${nameOf(of, row.place)}${but}`;
    tell(told, () => placed(row, this.#how.mapping.problem, message()));
  }
}

function nameOf(origin: Origin, { file }: Place): string {
  if ("id" in origin) return `problem ${origin.id} of another set`;
  return origin.file === file ? origin.where : `${origin.where} of ${origin.file}`;
}

function placed({ place: { file }, at }: Row, path: string, message: string): string {
  const position = at(path);
  return `${file}${position === undefined ? "" : `:${position}`}: ${message}`;
}

function clip(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** Finding a place may take reading a file again: only those that are shown are looked for. */
function tell(told: Told, line: () => string): void {
  told.count++;
  if (told.lines.length < SHOWN) told.lines.push(line());
}

/** Places with their count, as lines below each other. */
function shown({ count, lines }: Told): string {
  const more = count > lines.length ? [`and ${count - lines.length} more`] : [];
  return [...lines, ...more].map((line) => `\n  ${line}`).join("");
}

/**
 * What is worth a line of how a set came about.
 *
 * @param name what the files are called
 * @throws {SyntaxError} when there is nothing in it, or something that is to be refused
 */
export function reportOf(
  collected: Collected,
  { bad_rows, duplicates }: Pick<Collecting, "bad_rows" | "duplicates">,
  name: string,
): string[] {
  const { problems, rows, taken, bad, twice, elsewhere } = collected;
  const lines = taken < rows ? [`rows as where says: ${taken} of ${rows}`] : [];
  const fail = (problem: string) => new SyntaxError(`Cannot read ${name}: ${problem}`);
  const report = (what: string, told: Told, asked: string, advice: string) => {
    if (told.count === 0) return;
    if (asked === "refuse") throw fail(`${what}; ${advice}${shown(told)}`);
    lines.push(`${what}${asked === "drop" ? ", dropped" : ""}:${shown(told)}`);
  };
  const unusable = `rows that cannot be used: ${bad.count} of ${taken}`;
  report(unusable, bad, bad_rows, "mend them, or write bad_rows: drop");
  for (
    const [told, what] of [[twice, "repeated problems"], [elsewhere, "problems of others"]] as const
  ) {
    const but = told.differing > 0 ? ` (${told.differing} with another answer)` : "";
    report(`${what}: ${told.count}${but}`, told, duplicates, "write duplicates: drop");
  }
  for (const path of collected.lacking) lines.push(`no row has ${path}, which fields names`);
  if (problems.length > 0) return lines;
  throw fail(
    rows === 0
      ? "it has no problems"
      : taken === 0
      ? `none of its ${rows} rows is as where says`
      : `none of its ${rows} rows is left: ${bad.count} cannot be used, and ` +
        `${twice.count + elsewhere.count} were there before${shown(bad)}`,
  );
}

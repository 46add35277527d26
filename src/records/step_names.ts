/** Steps by what people call them: a name as `plan` has it, a part of one, or a pattern. @module */
import { DiagnosticError, nearestStep } from "../core/mod.ts";

/** What a step's name says; see src/core/label.ts. */
export interface StepName {
  /** Without iterations and values, such as `meta.students`. */
  readonly name: string;
  /** Iterations by loop, the outermost first. */
  readonly loops: Readonly<Record<string, number>>;
  /** Values by axis, as they are written in names. */
  readonly values: Readonly<Record<string, string>>;
}

/** Takes a name apart; undefined when it is none. */
export function parseStepName(id: string): StepName | undefined {
  const names: string[] = [], loops: Record<string, number> = {};
  const values: Record<string, string> = {};
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(id)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const takeJson = () => {
    const found = json(id, at);
    at += found?.length ?? 0;
    return found;
  };
  for (;;) {
    const name = take(/[a-z][a-z0-9_]*/y);
    if (name === undefined) return undefined;
    names.push(name);
    for (let more = take(/@/y); more !== undefined; more = take(/,/y)) {
      const axis = take(/[A-Za-z_][A-Za-z0-9_-]*=/y);
      if (axis === undefined) return undefined;
      const value = '"[{'.includes(id[at] ?? " ") ? takeJson() : take(/[^,[]+/y);
      if (value === undefined) return undefined;
      values[axis.slice(0, -1)] = value;
    }
    const iteration = take(/\[\d+\]/y);
    if (iteration !== undefined) loops[names.join(".")] = Number(iteration.slice(1, -1));
    if (at === id.length) return { name: names.join("."), loops, values };
    if (take(/\./y) === undefined) return undefined;
  }
}

/** The JSON text of a string or a collection that begins at a place. */
function json(text: string, from: number): string | undefined {
  let depth = 0, quoted = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (quoted) {
      if (char === "\\") at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth--;
    if (depth === 0 && !quoted) return text.slice(from, at + 1);
  }
  return undefined;
}

/**
 * Whether a step is meant: by its name; by a part of it, such as `meta.students` (every iteration, every value) or
 * `meta[1].students`; or by a pattern with `*`, which stands for any text.
 */
export function isMeant(wanted: string, id: string): boolean {
  if (wanted === id) return true;
  const whole = parseStepName(id);
  if (wanted.includes("*")) {
    const pattern = new RegExp(
      `^${wanted.split("*").map((text) => RegExp.escape(text)).join(".*")}$`,
      "s",
    );
    return pattern.test(id) || whole !== undefined && pattern.test(whole.name);
  }
  const part = parseStepName(wanted);
  if (part === undefined || whole === undefined || part.name !== whole.name) return false;
  const agree = <T>(some: Readonly<Record<string, T>>, all: Readonly<Record<string, T>>) =>
    Object.entries(some).every(([name, value]) => all[name] === value);
  return agree(part.loops, whole.loops) && agree(part.values, whole.values);
}

/**
 * The steps that are meant, in their order; without a word, all.
 *
 * @param where the steps are, for the message
 * @throws {DiagnosticError} for a word that means none
 */
export function chooseSteps(
  ids: readonly string[],
  wanted: readonly string[],
  where: string,
): string[] {
  if (wanted.length === 0) return [...ids];
  for (const one of wanted) {
    if (!ids.some((id) => isMeant(one, id))) throw noStep(ids, one, where);
  }
  return ids.filter((id) => wanted.some((one) => isMeant(one, id)));
}

/** How the hint of a message says where to find the steps of a run. */
const SHOW_LISTS = "soar show lists its steps";
/** The same of a pipeline. */
export const PLAN_LISTS = "soar plan lists its steps";

/**
 * The one step that is meant.
 *
 * @param lists what lists the steps, for a hint
 * @throws {DiagnosticError} when it is none, or several
 */
export function chooseStep(
  ids: readonly string[],
  wanted: string,
  where: string,
  lists = SHOW_LISTS,
): string {
  if (ids.includes(wanted)) return wanted;
  const chosen = ids.filter((id) => isMeant(wanted, id));
  if (chosen.length === 0) throw noStep(ids, wanted, where, lists);
  const [only, ...more] = chosen;
  if (more.length === 0) return only!;
  const some = [only, ...more.slice(0, 4)].join(", ");
  const message = `${wanted} are ${more.length + 1} steps of ${where}`;
  throw new DiagnosticError([{ message, hint: `write one of them: ${some}` }]);
}

/** The step that may be meant by a name of none. */
export function nearStep(ids: readonly string[], wanted: string): string | undefined {
  const names = ids.flatMap((id) => [id, parseStepName(id)?.name ?? id]);
  return nearestStep(wanted, new Set(names));
}

/** The mistake of naming a step that is not there. */
export function noStep(
  ids: readonly string[],
  wanted: string,
  where: string,
  lists = SHOW_LISTS,
): DiagnosticError {
  const near = nearStep(ids, wanted);
  const listed = ids.length <= 8 ? `its steps: ${ids.join(", ")}` : lists;
  const hint = near !== undefined
    ? `did you mean ${near}?`
    : ids.length > 0
    ? listed
    : "it has none";
  return new DiagnosticError([{ message: `there is no step ${wanted} in ${where}`, hint }]);
}

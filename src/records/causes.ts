/** Why a step's key is not what it was, down to the settings, files and steps that are behind it. @module */
import {
  type Action,
  type KeyParts,
  listDifferences,
  type PlannedStep,
  possibleOutputs,
  type Prospect,
} from "../core/mod.ts";
import { type CodeChange, compareCode, type Modules } from "./code_record.ts";
import type { LineChange } from "./line_changes.ts";

/** A part of a step's key that differs. */
export interface Change {
  /** Such as `config.tau`. */
  readonly path: readonly string[];
  /** Undefined where there is none. */
  readonly before: unknown;
  readonly after: unknown;
  /** Of a setting: where it is written, as `file:line:column`; undefined where it is not, and holds by default. */
  readonly place?: string;
  /** Of a setting that is a file's contents: its path. */
  readonly file?: string;
  /** Of code: the modules that changed, where that is known. */
  readonly code?: readonly CodeChange[];
  /** Of an input: the steps whose results changed. */
  readonly from?: readonly string[];
}

/** What is different of a step; of one that is not known yet, what is different besides inputs. */
export interface Cause {
  readonly step: string;
  /** `new` was not there before; `unknown` waits for a step that has to run first; `same` gave another result with the same key. */
  readonly kind: "changed" | "new" | "unknown" | "same";
  readonly changes: readonly Change[];
}

/** What {@linkcode causesOf} looks at. */
export interface Then {
  /** Steps of the plan by id. */
  readonly steps: ReadonlyMap<string, PlannedStep<never>>;
  readonly prospects: ReadonlyMap<string, Prospect>;
  /** The result that a step had before. */
  readonly before: (step: string) => Action | undefined;
  /** What a step's key is made of besides inputs, which may not be known yet. */
  readonly own: (step: PlannedStep<never>) => KeyParts;
  /** The modules of a digest of code, before and now; undefined where they are not known. */
  readonly codeBefore: (digest: string) => Modules | undefined;
  readonly codeNow: (digest: string) => Modules | undefined;
  /** The lines of a module that differ, by what stood and stands for it; undefined where they are not known. */
  readonly lines: (before: string, after: string) => readonly LineChange[] | undefined;
  /** Writes down where something is written. */
  readonly place: (step: PlannedStep<never>, path: readonly string[]) => string | undefined;
}

/** What differs of a step, and then of those whose results it reads, down to what nothing before them explains. */
export function causesOf(step: string, then: Then): Cause[] {
  const causes: Cause[] = [], seen = new Set<string>();
  const follow = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const cause = causeOf(id, then);
    if (cause === undefined) return;
    causes.push(cause);
    const from = cause.changes.flatMap((change) => change.from ?? []);
    for (const one of cause.kind === "unknown" ? unsettled(id, then) : from) follow(one);
  };
  follow(step);
  return causes;
}

/** Those of causes that no other step is behind. */
export function rootsOf(causes: readonly Cause[]): Cause[] {
  return causes.flatMap((cause) => {
    const own = cause.changes.filter(({ path }) => path[0] !== "inputs");
    const isRoot = cause.kind === "new" || cause.kind === "same" || own.length > 0;
    return isRoot ? [{ ...cause, changes: own }] : [];
  });
}

function causeOf(id: string, then: Then): Cause | undefined {
  const before = then.before(id), { lookup, parts } = then.prospects.get(id)!;
  const step = then.steps.get(id)!;
  if (before === undefined) return { step: id, kind: "new", changes: [] };
  if (parts === undefined) {
    const own = then.own(step);
    const changes = detailed(step, { ...before.parts, inputs: own.inputs }, own, then);
    return { step: id, kind: "unknown", changes };
  }
  const changes = detailed(step, before.parts, parts, then);
  if (changes.length > 0) return { step: id, kind: "changed", changes: byInput(changes) };
  const isOther = lookup.kind === "hit" && !sameOutputs(lookup.action, before);
  return isOther ? { step: id, kind: "same", changes: [] } : undefined;
}

/** What differs, with what is known of each. */
function detailed(
  step: PlannedStep<never>,
  before: KeyParts,
  after: KeyParts,
  then: Then,
): Change[] {
  return listDifferences(before, after)
    .map((one) => ({ ...one, ...detailsOf(step, one.path, before, after, then) }));
}

/** Items of one input that differ are one change. */
function byInput(changes: readonly Change[]): Change[] {
  const seen = new Set<string>();
  return changes.filter(({ path: [part, port] }) => {
    if (part !== "inputs" || !seen.has(port!)) {
      if (part === "inputs") seen.add(port!);
      return true;
    }
    return false;
  });
}

function detailsOf(
  step: PlannedStep<never>,
  path: readonly string[],
  before: KeyParts,
  after: KeyParts,
  then: Then,
): Partial<Change> {
  const [part, ...inside] = path;
  const place = then.place(step, path), placed = place === undefined ? {} : { place };
  switch (part) {
    case "config": {
      const file = step.files.find((one) => inside.join("\n") === [...one, "digest"].join("\n"));
      if (file === undefined) return placed;
      return { ...placed, file: String(valueIn(step.config, file)) };
    }
    case "code":
      return { ...placed, ...codeOf(before.code, after.code, then) };
    case "uses": {
      const [name] = inside;
      const was = before.uses?.[name!], is = after.uses?.[name!];
      return { ...placed, ...was === undefined || is === undefined ? {} : codeOf(was, is, then) };
    }
    case "inputs":
      return { from: changedSources(step, inside[0]!, then) };
    default:
      return placed;
  }
}

function codeOf(before: string, after: string, then: Then): Partial<Change> {
  const was = then.codeBefore(before), is = then.codeNow(after);
  return was === undefined || is === undefined ? {} : { code: compareCode(was, is, then.lines) };
}

/** Steps that an input reads, whose results are not what they were. */
function changedSources(step: PlannedStep<never>, port: string, then: Then): string[] {
  return sourcesOf(step, port).filter((id) => {
    const before = then.before(id), now = then.prospects.get(id)?.lookup;
    return before === undefined || now?.kind !== "hit" || !sameOutputs(now.action, before);
  });
}

/** Steps that one reads and that have no result yet. */
function unsettled(id: string, { steps, prospects }: Then): string[] {
  const step = steps.get(id)!;
  const deciders = step.when.flatMap(({ loop, iteration }) => loop.deciders.slice(0, iteration));
  const sources = Object.keys(step.inputs).flatMap((port) => sourcesOf(step, port));
  return [...sources, ...deciders].filter((one) => {
    const kind = prospects.get(one)?.lookup.kind;
    return kind !== "hit" && kind !== "skipped";
  });
}

function sourcesOf({ inputs }: PlannedStep<never>, port: string): string[] {
  return [...new Set(possibleOutputs(inputs[port]?.sources ?? []).map(({ step }) => step))];
}

function sameOutputs(a: Action, b: Action): boolean {
  return JSON.stringify(a.outputs) === JSON.stringify(b.outputs);
}

function valueIn(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inside, part) =>
      typeof inside === "object" && inside !== null
        ? (inside as Record<string, unknown>)[part]
        : undefined,
    value,
  );
}

import {
  brief,
  clip,
  counted,
  type Forecast,
  forecast,
  formatPlace,
  keyOf,
  type KeyParts,
  keyParts,
  type Location,
  type PlannedStep,
  Store,
} from "../core/mod.ts";
import { type Cause, causesOf, type Change, rootsOf } from "../records/causes.ts";
import { type CodeChange, readCode } from "../records/code_record.ts";
import { baselineOf } from "../records/history.ts";
import { findRun } from "../records/mod.ts";
import { chooseStep, PLAN_LISTS } from "../records/step_names.ts";
import { endsBefore } from "./plan_command.ts";
import { lineChanges } from "../records/line_changes.ts";
import { print } from "./output.ts";
import { safeText } from "./safe_text.ts";
import { openPipeline, type ProjectOptions, trustOf } from "./project.ts";

/** Modules that are named of code that changed. */
const MODULES = 8;
/** Places that are told of a module that changed, and characters of a line. */
const LINES = 5, LINE = 80;
/** Steps that are told on the way to what is behind a change. */
const STEPS = 12;

/** Tells what a step's key is made of, and what is different from an earlier run: settings, code, and the steps it reads. */
export async function explain(
  file: string,
  wanted: string,
  overrides: readonly string[],
  options: ProjectOptions & { readonly run?: string; readonly json?: true },
): Promise<number> {
  const project = await openPipeline(
    file,
    [...overrides, ...options.set],
    trustOf(options),
  );
  const { plan: planned, code, modules, sources } = project;
  const steps = new Map<string, PlannedStep<never>>(planned.steps.map((one) => [one.id, one]));
  const step = chooseStep([...steps.keys()], wanted, file, PLAN_LISTS);
  const store = new Store(options.store);
  const digestOf = await code(), prospects = forecast(planned, store, digestOf);
  const runs = options.run === undefined ? undefined : [findRun(store, options.run).id];
  const baseline = baselineOf(store, planned.name, step, runs);
  const before = (id: string) => {
    const key = baseline?.keys.get(id);
    return key === undefined ? undefined : store.readAction(key);
  };
  const kept = baseline === undefined ? undefined : readCode(store, baseline.run);
  const { lookup, parts } = prospects.get(step)!, last = before(step);
  const causes = baseline === undefined || lookup.kind === "skipped" ? [] : causesOf(step, {
    steps,
    prospects,
    before,
    own: (one) => keyParts(one, {}, digestOf, store),
    codeBefore: (digest) => kept?.modules(digest),
    codeNow: (digest) => modules.get(digest),
    lines(was, is) {
      const [text, now] = [kept?.source(was), sources.get(is)];
      return text === undefined || now === undefined ? undefined : lineChanges(text, now);
    },
    place: (one, path) => {
      const location = locate(one, path);
      return location && formatPlace(location);
    },
  });
  const told: Explanation = {
    step,
    state: lookup,
    ...parts === undefined ? {} : { key: keyOf(parts), parts },
    ...baseline === undefined ? {} : { run: baseline.run },
    ...last === undefined ? {} : { before: last.parts },
    causes,
    roots: rootsOf(causes),
  };
  print(
    options.json === true
      ? JSON.stringify({ ...told, state: lookup.kind }, null, 2)
      : textOf(told).map(safeText).join("\n"),
  );
  return 0;
}

interface Explanation {
  readonly step: string;
  readonly state: Forecast;
  readonly key?: string;
  readonly parts?: KeyParts;
  /** The run that it is compared with. */
  readonly run?: string;
  /** What its key was made of there. */
  readonly before?: KeyParts;
  readonly causes: readonly Cause[];
  /** Those that nothing before them explains. */
  readonly roots: readonly Cause[];
}

/** Where what a part of a key says is written. */
function locate(step: PlannedStep<never>, path: readonly string[]): Location | undefined {
  const [part, ...inside] = path;
  switch (part) {
    case "config": {
      const file = step.files.find((one) => inside.join("\n") === [...one, "digest"].join("\n"));
      return step.locate("with", file ?? inside);
    }
    case "uses":
      return step.locate("with", inside[0]?.split(".") ?? []);
    case "seed":
      return inside[0] === "seed" ? step.locate("seed") : step.location;
    case "stage":
      return step.locate("uses");
    default:
      return undefined;
  }
}

function textOf({ step, state, key, parts, run, before, causes, roots }: Explanation): string[] {
  if (parts === undefined) {
    const why = state.kind === "skipped"
      ? `not reached, ${endsBefore(state)}`
      : "unknown until the steps it reads have run";
    const last = before === undefined ? [] : ["last key:", JSON.stringify(before, null, 2)];
    return [`${step}: ${why}`, ...last, ...changesText(run, causes, roots)];
  }
  const changes = before === undefined
    ? ["it never had a result in this store"]
    : causes.length === 0
    ? [`the key is the same as the last time, in ${run}; --run compares with an earlier one`]
    : changesText(run, causes, roots);
  return [`${step}: ${state.kind}, key ${key}`, JSON.stringify(parts, null, 2), ...changes];
}

function changesText(
  run: string | undefined,
  causes: readonly Cause[],
  roots: readonly Cause[],
): string[] {
  const all = causes.filter(({ kind, changes }) => kind !== "unknown" || changes.length > 0);
  if (all.length === 0) return [];
  const left = all.length - STEPS, [first] = all;
  const behind = roots.filter((one) => one.step !== first!.step).map(({ step }) => step);
  return [
    `since the last time, in ${run}:`,
    ...all.slice(0, STEPS).flatMap(causeText),
    ...left > 0 ? [`  and ${counted(left, "more step")}`] : [],
    ...behind.length > 0 ? [`behind it: ${behind.slice(0, STEPS).join(", ")}`] : [],
  ];
}

function causeText({ step, kind, changes }: Cause): string[] {
  switch (kind) {
    case "new":
      return [`  ${step}: it has no earlier result`];
    case "same":
      return [`  ${step}: the key is the same, but it was made again and came out otherwise`];
    default:
      return [`  ${step}:`, ...changes.flatMap(changeText).map((line) => `    ${line}`)];
  }
}

function changeText({ path, before, after, place, file, code, from }: Change): string[] {
  const where = place !== undefined ? ` (${place})` : path[0] === "config" ? " (by default)" : "";
  const name = file === undefined ? path.join(".") : `contents of ${file}`;
  const steps = from === undefined || from.length === 0 ? "" : ` (made by ${from.join(", ")})`;
  const known = code?.slice(0, MODULES).flatMap(codeText) ?? [];
  const more = (code?.length ?? 0) - MODULES;
  const lines = code === undefined && (path[0] === "code" || path[0] === "uses")
    ? ["  which file changed was not kept"]
    : known;
  return [
    `${name}: ${brief(before)} → ${brief(after)}${where}${steps}`,
    ...lines,
    ...more > 0 ? [`  and ${more} more`] : [],
  ];
}

/** A module that changed, and its lines where they are known. */
function codeText({ name, how, lines = [] }: CodeChange): string[] {
  const some = (texts: readonly string[]) => {
    const [first = "(nothing)"] = texts, more = texts.length - 1;
    return safeText(clip(first.trim(), LINE)) + (more > 0 ? ` (and ${more} more)` : "");
  };
  const left = lines.length - LINES;
  return [
    `  ${safeText(name)} ${how}`,
    ...lines.slice(0, LINES).map(({ line, before, after }) =>
      `    line ${line}: ${some(before)} → ${some(after)}`
    ),
    ...left > 0 ? [`    and ${left} more ${left === 1 ? "place" : "places"}`] : [],
  ];
}

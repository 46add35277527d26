import { readSteps } from "../records/run_steps.ts";
import { closest, DiagnosticError, Store } from "../core/mod.ts";
import { artifactsOf, beginnings, makersOf, outputOf } from "../records/artifacts.ts";
import { findRun, listRuns, type RunRecord } from "../records/mod.ts";
import { readPlanned } from "../records/planned_record.ts";
import { chooseStep, isMeant, nearStep } from "../records/step_names.ts";
import type { RunStep } from "../records/steps.ts";
import { print } from "./output.ts";
import {
  type ArtifactFacts,
  artifactText,
  type RunFacts,
  runText,
  type SeenStep,
  type StepFacts,
  stepText,
} from "./show_text.ts";

interface Options {
  readonly store: string;
  readonly run?: string;
  readonly json?: true;
}

/** Tells of a run, a step or an artifact; without a word, of the last run. */
export async function show(wanted: string | undefined, options: Options): Promise<number> {
  const store = new Store(options.store), found = find(store, wanted, options);
  const tell = <T>(facts: T, text: (facts: T) => readonly string[]) => {
    print(options.json === true ? JSON.stringify(facts, null, 2) : text(facts).join("\n"));
    return 0;
  };
  switch (found.kind) {
    case "run":
      return tell(runFacts(store, found), runText);
    case "step":
      return tell(await stepFacts(store, found.run, found.step), stepText);
    case "artifact":
      return tell(artifactFacts(store, found.digest), artifactText);
    default:
      return found satisfies never;
  }
}

type Found =
  | { readonly kind: "run"; readonly run: RunRecord; readonly steps: readonly RunStep[] }
  | { readonly kind: "step"; readonly run: RunRecord; readonly step: SeenStep }
  | { readonly kind: "artifact"; readonly digest: string };

/** What is meant: a run, before a step of the run, before an output of it, before the digest of an artifact. */
function find(store: Store, wanted: string | undefined, options: Options): Found {
  const runs = listRuns(store);
  const seen = (run: RunRecord) => readSteps(store, run, false);
  const isRun = wanted !== undefined && options.run === undefined &&
    (wanted === "last" || runs.some(({ id, name }) => id === wanted || name === wanted));
  if (wanted === undefined || isRun) {
    const run = findRun(store, wanted ?? options.run);
    return { kind: "run", run, steps: seen(run) };
  }
  const digests = artifactsOf(store, wanted);
  if (runs.length > 0 || digests.length === 0) {
    const run = findRun(store, options.run), steps = seen(run);
    const planned = notBegun(store, run, steps), all: SeenStep[] = [...steps, ...planned];
    const ids = all.map(({ step }) => step);
    if (ids.some((id) => isMeant(wanted, id))) {
      const id = chooseStep(ids, wanted, run.id);
      return { kind: "step", run, step: all.find(({ step }) => step === id)! };
    }
    const output = outputOf(all, wanted, run.id);
    if (output !== undefined) return { kind: "artifact", digest: output };
    if (digests.length === 0) return findBegun(store, wanted, options, run, ids);
  }
  if (digests.length === 1) return { kind: "artifact", digest: digests[0]! };
  const hint = `write more of it: ${digests.slice(0, 5).map((one) => one.slice(0, 12)).join(", ")}`;
  const message = `${wanted} is the beginning of ${digests.length} artifacts`;
  throw new DiagnosticError([{ message, hint }]);
}

/** The beginning of a run's id, as the last that may be meant. */
function findBegun(
  store: Store,
  wanted: string,
  options: Options,
  last: RunRecord,
  ids: readonly string[],
): Found {
  const runs = listRuns(store);
  if (options.run === undefined && runs.some(({ id }) => id.startsWith(wanted))) {
    const run = findRun(store, wanted);
    return {
      kind: "run",
      run,
      steps: readSteps(store, run),
    };
  }
  const isSweep = ({ sweep }: RunRecord) => sweep?.id === wanted || sweep?.name === wanted;
  if (options.run === undefined && runs.some(isSweep)) findRun(store, wanted); // which tells
  const called = runs.flatMap(({ id, name }) => name ? [id, name] : [id]);
  const near = nearStep(ids, wanted) ??
    (options.run === undefined ? closest(wanted, called) : undefined);
  const hint = near === undefined
    ? ids.length <= 8
      ? `steps of ${last.id}: ${ids.join(", ")}`
      : "soar runs lists runs, soar show the steps of one"
    : `did you mean ${near}?`;
  const message = options.run === undefined
    ? `there is no run, step of ${last.id}, output or artifact ${wanted}`
    : `there is no step or output ${wanted} in ${last.id}`;
  throw new DiagnosticError([{ message, hint }]);
}

/** Steps that a run was to go through and has told nothing of, in their order. */
function notBegun(store: Store, run: RunRecord, seen: readonly RunStep[]): SeenStep[] {
  const known = new Set(seen.map(({ step }) => step));
  return readPlanned(store, run.id).filter(({ step }) => !known.has(step))
    .map(({ step, stage }) => ({ step, stage, state: "planned", metrics: {}, outputs: {} }));
}

function runFacts(
  store: Store,
  { run, steps }: { readonly run: RunRecord; readonly steps: readonly RunStep[] },
): RunFacts {
  return { ...run, steps, planned: notBegun(store, run, steps).map(({ step }) => step) };
}

async function stepFacts(store: Store, run: RunRecord, step: SeenStep): Promise<StepFacts> {
  const planned = readPlanned(store, run.id).find((one) => one.step === step.step);
  const action = step.key === undefined ? undefined : store.readAction(step.key);
  const tables: StepFacts["tables"][number][] = [];
  for (const name of step.key === undefined ? [] : store.tables.names(step.key)) {
    let rows = 0, damage: string | undefined;
    try {
      for await (const _row of store.tables.read(step.key!, name)) rows++;
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      damage = error.diagnostics[0]!.message;
    }
    const leftOut = store.tables.leftOut(step.key!)[name];
    const bytes = store.tables.size(step.key!, name);
    tables.push({
      ...{ name, rows, bytes },
      ...leftOut === undefined ? {} : { leftOut },
      ...damage === undefined ? {} : { damage },
    });
  }
  const { parts, seconds, machine } = action ?? {}, config = parts?.config ?? planned?.config;
  return {
    run: run.id,
    ...step,
    ...seconds === undefined ? {} : { seconds },
    ...parts === undefined ? {} : { parts },
    ...config === undefined ? {} : { config },
    ...machine === undefined ? {} : { machine },
    inputs: artifactsAt(store, parts?.inputs ?? {}),
    outputs: artifactsAt(store, step.outputs),
    tables,
  };
}

function artifactsAt(
  store: Store,
  ports: Readonly<Record<string, string | readonly string[]>>,
): StepFacts["inputs"] {
  return Object.entries(ports).flatMap(([port, digests]) =>
    (typeof digests === "string" ? [digests] : digests).map((digest, i) => {
      const manifest = store.manifestOf(digest);
      return {
        port: typeof digests === "string" ? port : `${port}[${i}]`,
        digest,
        ...manifest === undefined ? {} : { kind: manifest.kind, bytes: bytesOf(manifest.files) },
      };
    })
  );
}

function bytesOf(files: Readonly<Record<string, { readonly size: number }>>): number {
  return Object.values(files).reduce((sum, { size }) => sum + size, 0);
}

function artifactFacts(store: Store, digest: string): ArtifactFacts {
  const manifest = store.manifestOf(digest), made = makersOf(store, digest);
  if (manifest === undefined) {
    const [maker] = made, short = digest.slice(0, 12);
    const hint = maker === undefined
      ? "soar verify tells what is damaged"
      : `${maker.step} of ${maker.run} made it: run that again`;
    throw new DiagnosticError([{ message: `artifact ${short} is gone, or damaged`, hint }]);
  }
  return {
    digest,
    kind: manifest.kind,
    bytes: bytesOf(manifest.files),
    directory: store.directoryOf(digest),
    files: Object.entries(manifest.files).map(([name, file]) => ({ name, ...file })),
    made,
    beginnings: beginnings(store, digest, manifest),
  };
}

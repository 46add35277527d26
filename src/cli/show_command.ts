import { DiagnosticError, Store, suggest } from "../core/mod.ts";
import { artifactsOf, beginnings, makersOf, outputOf } from "../records/artifacts.ts";
import { findRun, listRuns, readEvents, type RunRecord } from "../records/mod.ts";
import { chooseStep, isMeant, parseStepName } from "../records/step_names.ts";
import { type RunStep, stepsOf } from "../records/steps.ts";
import { print } from "./output.ts";
import {
  type ArtifactFacts,
  artifactText,
  runText,
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
      return tell({ ...found.run, steps: found.steps }, runText);
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
  | { readonly kind: "step"; readonly run: RunRecord; readonly step: RunStep }
  | { readonly kind: "artifact"; readonly digest: string };

/** What is meant: a run, before a step of the run, before an output of it, before the digest of an artifact. */
function find(store: Store, wanted: string | undefined, options: Options): Found {
  const runs = listRuns(store);
  const seen = (run: RunRecord) => {
    const isTold = (line: string) => !line.includes('"kind":"step-progress"');
    return stepsOf(readEvents(store, run.id, isTold), run.status === "running");
  };
  const isRun = wanted !== undefined && options.run === undefined &&
    (wanted === "last" || runs.some(({ id, name }) => id === wanted || name === wanted));
  if (wanted === undefined || isRun) {
    const run = findRun(store, wanted ?? options.run);
    return { kind: "run", run, steps: seen(run) };
  }
  const digests = artifactsOf(store, wanted);
  if (runs.length > 0 || digests.length === 0) {
    const run = findRun(store, options.run), steps = seen(run);
    const ids = steps.map(({ step }) => step);
    if (ids.some((id) => isMeant(wanted, id))) {
      const id = chooseStep(ids, wanted, run.id);
      return { kind: "step", run, step: steps.find(({ step }) => step === id)! };
    }
    const output = outputOf(steps, wanted);
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
      steps: stepsOf(readEvents(store, run.id), run.status === "running"),
    };
  }
  const names = ids.flatMap((id) => [id, parseStepName(id)?.name ?? id]);
  const known = [
    ...options.run === undefined ? runs.flatMap(({ id, name }) => name ? [id, name] : [id]) : [],
    ...new Set(names),
  ];
  const message = options.run === undefined
    ? `there is no run, step of ${last.id}, output or artifact ${wanted}`
    : `there is no step or output ${wanted} in ${last.id}`;
  throw new DiagnosticError([{ message, hint: suggest(wanted, known) }]);
}

async function stepFacts(store: Store, run: RunRecord, step: RunStep): Promise<StepFacts> {
  const action = step.key === undefined ? undefined : store.readAction(step.key);
  const tables: StepFacts["tables"][number][] = [];
  for (const name of step.key === undefined ? [] : store.tables.names(step.key)) {
    let rows = 0;
    for await (const _row of store.tables.read(step.key!, name)) rows++;
    const leftOut = store.tables.leftOut(step.key!)[name];
    const bytes = store.tables.size(step.key!, name);
    tables.push({ name, rows, bytes, ...leftOut === undefined ? {} : { leftOut } });
  }
  const { parts, seconds, machine } = action ?? {};
  return {
    run: run.id,
    ...step,
    ...seconds === undefined ? {} : { seconds },
    ...parts === undefined ? {} : { parts },
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
      ? "soar store --verify tells what is damaged"
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

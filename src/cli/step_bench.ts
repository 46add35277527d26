/** What a process needs to run steps that a run has written into its store. @module */
import {
  type Action,
  DiagnosticError,
  type Listener,
  makeJob,
  type Outcome,
  type Stage,
  type Store,
} from "../core/mod.ts";
import { type Ending, endingOf } from "../executors/protocol.ts";
import type { DeviceName, DeviceSetting } from "../runtime/mod.ts";
import { Definitions } from "../stage/definitions.ts";
import type { Services } from "../stage/define_stage.ts";
import { ModuleDigests, openDigests } from "./code_digests.ts";
import { jobOf, locatedJob, modulesOf } from "./job_places.ts";
import { machine } from "./machine_text.ts";
import { askInTerminal, ModuleLoader } from "./modules.ts";
import { narrowed } from "./narrow.ts";
import { ProjectLibrary } from "./project_library.ts";
import { findDevice, openServices } from "./start_engine.ts";

/** How jobs are run. */
export interface BenchOptions {
  /** Directory of the store. */
  readonly store: string;
  readonly device: DeviceSetting;
  readonly trust?: true;
}

/** What runs jobs: what one has loaded the next need not load. */
export class Bench implements Disposable {
  readonly #store: Store;
  readonly #options: BenchOptions;
  readonly #library = new ProjectLibrary();
  #digests: ModuleDigests | undefined;
  #loader: ModuleLoader | undefined;
  #services: Promise<Services> | undefined;
  #device: DeviceName | undefined;
  /** The step whose job runs, as soon as that is known. */
  step: string | undefined;

  constructor(store: Store, options: BenchOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Runs a job. */
  async run(key: string, listen: Listener, signal: AbortSignal): Promise<Ending> {
    try {
      return await this.#run(key, listen, signal);
    } catch (error) {
      return endingOf(error);
    } finally {
      this.step = undefined;
    }
  }

  /** Closes what jobs shared. */
  [Symbol.dispose](): void {
    this.#services?.then(({ sessions }) => sessions[Symbol.dispose](), () => {});
  }

  async #run(key: string, listen: Listener, signal: AbortSignal): Promise<Outcome> {
    const written = jobOf(this.#store.jobs.read(key), key);
    if (written === undefined) {
      const action = this.#stored(key);
      if (action !== undefined) return { kind: "found", action };
      const message = `store ${this.#store.directory} has no job ${key} that is whole`;
      const hint = "run the pipeline: it writes the job when it begins the step";
      throw new DiagnosticError([{ message, hint }]);
    }
    this.step = written.step;
    const { digests, loader } = await this.#open();
    await loader.load(modulesOf(written));
    const job = locatedJob(written);
    const stage = job && this.#stage(written.url ?? job.stage.name, loader);
    if (job === undefined || stage === undefined) {
      const message = `this version of the program lacks what ${written.step} runs`;
      throw new DiagnosticError([{ message, hint: "use the version that began the run" }]);
    }
    await digests.read([job.url, ...job.uses.map(({ url }) => url)]);
    return await makeJob(job, narrowed(stage, job, this.#store), {
      store: this.#store,
      services: () => this.#services ??= this.#openServices(loader, listen),
      code: digests.of,
      machine: () => machine(this.#device ?? "cpu"),
      listen,
      signal,
    });
  }

  /** A sound result whose job is no longer there: a run takes it away with the result. */
  #stored(key: string): Action | undefined {
    const action = this.#store.readAction(key);
    const digests = Object.values(action?.outputs ?? {}).flat();
    const isSound = digests.every((digest) => this.#store.examine(digest).problem === undefined);
    return isSound ? action : undefined;
  }

  #stage(uses: string, { definitions }: ModuleLoader): Stage<Services> | undefined {
    return this.#library.stage(uses)?.definition ??
      definitions.get(`stage ${uses}`) as unknown as Stage<Services> | undefined;
  }

  async #open() {
    const { store, trust } = this.#options;
    if (this.#loader === undefined || this.#digests === undefined) {
      const digests = await openDigests(store);
      this.#loader = new ModuleLoader(
        { store, all: trust === true, ask: askInTerminal() },
        digests,
      );
      this.#digests = new ModuleDigests(digests, this.#loader.packages);
    }
    return { loader: this.#loader, digests: this.#digests };
  }

  async #openServices({ definitions }: ModuleLoader, listen: Listener): Promise<Services> {
    const warn = (message: string) => listen({ kind: "warning", message });
    this.#device = await findDevice(this.#options.device, warn);
    return openServices(this.#device, new Definitions(definitions), this.#store);
  }
}

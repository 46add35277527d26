/** Where the code of a job is: what ships with this program is where the program is, on whatever machine. @module */
import { type Job, keyOf, type ModuleUse } from "../core/mod.ts";
import { ProjectLibrary } from "./project_library.ts";

/** A job as it is written: without addresses of what ships. */
export type WrittenJob = Written<Job>;

/** What tells where the code of a job is. */
type Placed = Pick<Job, "stage" | "url" | "uses">;

type Written<J extends Placed> = Omit<J, "url" | "uses"> & {
  readonly url: string | null;
  readonly uses: readonly (Omit<Job["uses"][number], "url"> & { readonly url: string | null })[];
};

const shipped = new ProjectLibrary();

/** Leaves out where what ships is. */
export function writtenJob<J extends Placed>(job: J): Written<J> {
  return {
    ...job,
    url: shipped.stage(job.stage.name)?.url === job.url ? null : job.url,
    uses: job.uses.map((use) => ({
      ...use,
      url: shipped.definition(use.kind, use.name)?.url === use.url ? null : use.url,
    })),
  };
}

/** Modules of the user's that a job needs. */
export function modulesOf({ url, uses }: Pick<WrittenJob, "url" | "uses">): ModuleUse[] {
  return [{ kind: "stage", url }, ...uses].flatMap(({ kind, url }) =>
    url === null ? [] : [{ kind, specifier: url }]
  );
}

/** A job with where all of it is here; undefined where something that shipped with another version is not here. */
export function locatedJob(job: WrittenJob): Job | undefined {
  const url = job.url ?? shipped.stage(job.stage.name)?.url;
  const uses = job.uses.flatMap((use) => {
    const url = use.url ?? shipped.definition(use.kind, use.name)?.url;
    return url === undefined ? [] : [{ ...use, url }];
  });
  if (url === undefined || uses.length < job.uses.length) return undefined;
  return { ...job, url, uses };
}

/** A written job; undefined when what is written is none of this key. */
export function jobOf(written: unknown, key: string): WrittenJob | undefined {
  const job = written as WrittenJob | undefined;
  return job?.key === key && keyOf(job.parts) === key ? job : undefined;
}

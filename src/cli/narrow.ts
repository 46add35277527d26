/** Which stages run with only some of the user's rights, and what these need to be read at all. @module */
import { fileURLToPath } from "node:url";
import type { Job, Stage, Store } from "../core/mod.ts";
import { narrow } from "../executors/narrowed_stage.ts";
import { openDigests } from "./code_digests.ts";
import { modulesOf, writtenJob } from "./job_places.ts";

const ROOT = new URL("../../", import.meta.url);
/** What of the program stages may import. */
const PARTS = ["mod.ts", "deno.json", "src", "stages", "schemas"];

/** The stage of a job, narrowed where its step says so. */
export function narrowed<S>(stage: Stage<S>, job: Job, store: Store): Stage<S> {
  const { permissions } = job;
  if (permissions === undefined) return stage;
  return narrow(stage, { ...job, permissions }, {
    program: new URL("narrow_guest.ts", import.meta.url).href,
    async code() {
      const digests = await openDigests(store.directory), parts = PARTS.map(partOf);
      const modules = modulesOf(writtenJob(job)).map(({ specifier }) => specifier);
      const files = modules.filter((specifier) => specifier.startsWith("file:"));
      const whole = await Promise.all(files.map((file) => digests.whole(file)));
      const own = whole.flatMap(({ places }) => Object.keys(places))
        .filter((place) => !parts.some((part) => place.startsWith(part)));
      return [...parts, ...files, ...own].filter((place) => place.startsWith("file:"))
        .map((place) => fileURLToPath(place));
    },
  });
}

function partOf(name: string): string {
  return new URL(name, ROOT).href;
}

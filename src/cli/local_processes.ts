/** Processes of this machine that run jobs. @module */
import { Processes } from "../executors/processes.ts";
import type { Opening } from "./executors.ts";
import { chosenCudaDevice } from "../runtime/device_name.ts";
import { writtenJob } from "./job_places.ts";

const PROGRAM = new URL("../../mod.ts", import.meta.url).href;

/** Opens as many as there are processors: each runs on one thread, unless there is room for more. */
export function openProcesses({ store, device, capacity }: Opening): Processes {
  const gpus = device === "cpu" ? [] : gpuNames(capacity.gpu ?? 1);
  const common = ["--serve", "--trust", "--store", store.directory, "--device", device];
  return new Processes({
    store,
    write: (job) => JSON.parse(JSON.stringify(writtenJob(job))),
    command: (threads) => [
      Deno.execPath(),
      ...["run", "--allow-all", "--quiet", PROGRAM, "step", ...common],
      ...["--threads", String(threads)],
    ],
    capacity,
    jobs: Math.max(1, Math.floor(capacity.cpu ?? 1)),
    gpus,
    envOf: (seen) => device === "cuda" ? { CUDA_VISIBLE_DEVICES: seen.join(",") } : {},
  });
}

/** Names of GPUs: those that this process may see, as it was told to, or else numbers from 0 on. */
export function gpuNames(count: number): string[] {
  const told = Deno.env.get("CUDA_VISIBLE_DEVICES");
  const names = told === undefined ? [] : told.split(",").filter((name) => name !== "");
  const chosen = chosenCudaDevice();
  if (chosen !== undefined) return [names[chosen] ?? String(chosen)];
  return names.length > 0 ? names.slice(0, count) : Array.from({ length: count }, (_, i) => `${i}`);
}

import type {
  Executor,
  Inline,
  Job,
  Listener,
  Outcome,
  Resources,
  RunOptions,
} from "../../src/core/mod.ts";
import { Inline as InlineExecutor } from "../../src/core/mod.ts";
import type { Services } from "../../stages/mod.ts";

/** Runs jobs in this process, many at a time, each after a while; remembers what it was asked for. */
export class Crowd implements Executor {
  readonly capacity: Resources;
  readonly jobs: number;
  /** Steps in the order in which they began, with what each was granted. */
  readonly begun: { readonly step: string; readonly granted: Resources }[] = [];
  /** The most that ran at a time. */
  most = 0;
  /** The most that was granted at a time, by name. */
  readonly held: Record<string, number> = {};
  readonly #inline: Inline<Services>;
  readonly #before: (job: Job) => Promise<void>;
  #running = 0;
  #now: Record<string, number> = {};

  /** @param before runs before each job; what it throws, the job throws */
  constructor(
    inline: Inline<Services>,
    capacity: Resources,
    jobs: number,
    before: (job: Job) => Promise<void> = () => Promise.resolve(),
  ) {
    this.#inline = inline;
    this.capacity = capacity;
    this.jobs = jobs;
    this.#before = before;
  }

  demand(declared: Resources): Resources {
    return declared;
  }

  async run(
    job: Job,
    granted: Resources,
    listen: Listener,
    signal: AbortSignal,
  ): Promise<Outcome> {
    this.begun.push({ step: job.step, granted });
    this.most = Math.max(this.most, ++this.#running);
    this.#count(granted, 1);
    try {
      await this.#before(job);
      return await this.#inline.run(job, granted, listen, signal);
    } finally {
      this.#running--;
      this.#count(granted, -1);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #count(granted: Resources, sign: number): void {
    for (const [name, amount] of Object.entries(granted)) {
      this.#now[name] = (this.#now[name] ?? 0) + sign * amount;
      this.held[name] = Math.max(this.held[name] ?? 0, this.#now[name]);
    }
  }
}

/** An inline executor of a plan's stages. */
export function inlineOf(
  plan: { readonly steps: readonly { readonly id: string; readonly stage: unknown }[] },
  { store, code }: Pick<RunOptions<Services>, "store" | "code">,
): Inline<Services> {
  const stages = new Map(plan.steps.map(({ id, stage }) => [id, stage as never]));
  const services = () => Promise.resolve(undefined as unknown as Services);
  return new InlineExecutor({ store, code, services }, ({ step }) => stages.get(step)!);
}

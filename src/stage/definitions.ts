/** What the settings of a stage name, loaded when it runs. @module */
import type { Used } from "../../schemas/infer.ts";
import type { Grader, GraderDefinition } from "../graders/grader.ts";
import { bindLoss, type Loss, type LossDefinition } from "../losses/loss.ts";
import type { RewardDefinition } from "../rewards/reward.ts";
import type { WeightedReward } from "../rl/rewards.ts";
import type { Task, TaskDefinition } from "../tasks/task.ts";

/** Kinds of definitions that settings name. */
export interface Kinds {
  readonly task: TaskDefinition;
  readonly grader: GraderDefinition;
  readonly reward: RewardDefinition;
  readonly loss: LossDefinition;
}

/** A setting of a map with weights. */
type Weighted = Used & { readonly weight: number };

/**
 * Gives stages what their settings name.
 *
 * @internal
 */
export class Definitions {
  readonly #modules: ReadonlyMap<string, unknown>;

  /** @param modules definitions of the user's, by kind and specifier of their module */
  constructor(modules: ReadonlyMap<string, unknown> = new Map()) {
    this.#modules = modules;
  }

  /** The task that a setting names, ready to ask and to grade. */
  async task({ uses, ...settings }: Used): Promise<Task> {
    const { create } = await this.#get("task", uses);
    return await create(settings, { grader: (used) => this.grader(used) });
  }

  /** The grader that a setting names. */
  async grader({ uses, ...settings }: Used): Promise<Grader> {
    const { create } = await this.#get("grader", uses);
    return await create(settings);
  }

  /** The rewards that a setting names, in its order. */
  async rewards(used: Readonly<Record<string, Weighted>>): Promise<WeightedReward[]> {
    return await Promise.all(
      Object.entries(used).map(async ([name, { uses, weight, ...settings }]) => {
        const definition = await this.#get("reward", uses);
        return { name, weight, score: (sample) => definition.score(sample, settings) };
      }),
    );
  }

  /** The loss that a setting names. */
  async loss({ uses, ...settings }: Used): Promise<Loss> {
    return bindLoss(await this.#get("loss", uses), settings, uses);
  }

  async #get<K extends keyof Kinds>(kind: K, uses: string): Promise<Kinds[K]> {
    const found = this.#modules.get(`${kind} ${uses}`) ?? (await TABLES[kind]())[uses];
    if (found === undefined) throw new RangeError(`Cannot load ${kind} ${uses}: there is none`);
    return found as Kinds[K];
  }
}

/** The tables of what ships. */
export const TABLES: {
  readonly [K in keyof Kinds]: () => Promise<Readonly<Record<string, Kinds[K]>>>;
} = {
  task: async () => (await import("../tasks/mod.ts")).TASKS,
  grader: async () => (await import("../graders/mod.ts")).GRADERS,
  reward: async () => (await import("../rewards/mod.ts")).REWARDS,
  loss: async () => (await import("../losses/mod.ts")).LOSSES,
};

/** Where the files of a kind are, from the project's root. */
export const FOLDERS: { readonly [K in keyof Kinds | "stage"]: string } = {
  stage: "stages",
  task: "src/tasks",
  grader: "src/graders",
  reward: "src/rewards",
  loss: "src/losses",
};

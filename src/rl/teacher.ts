import type { Random } from "../random/random.ts";
import type { Problem, World } from "../worlds/mod.ts";
import { advantages } from "./advantages.ts";
import type { Engine, Policy } from "./policy.ts";
import { type PolicyGradient, policyStep, policyTrainer, toRow } from "./reinforce.ts";
import { drawRollouts, type Rollout, type Sampling, selfTest } from "./rollouts.ts";

/** A problem that a teacher posed, with the rollout that posed it. */
export interface ProposedProblem extends Problem {
  readonly rollout: Rollout;
  /** Whether its answer is right, by the world's checker; never shown to the teacher. */
  readonly correct: boolean;
}

/** Accepted proposals in datasets of equal size, and how many were drawn for them. */
export interface Proposals {
  readonly datasets: readonly (readonly ProposedProblem[])[];
  readonly drawn: number;
  readonly well_formed: number;
}

/**
 * Samples the teacher until exactly `datasets × size` well-formed problems exist (soar.md 1, step 1).
 * Nothing else is filtered: neither duplicates nor wrong answers.
 *
 * @throws {Error} when `limit` draws do not give enough
 */
export async function proposeDatasets(
  teacher: Policy,
  engine: Engine,
  world: World,
  settings: { datasets: number; size: number; limit: number } & Omit<Sampling, "samples">,
  random: Random,
): Promise<Proposals> {
  const wanted = settings.datasets * settings.size;
  const accepted: ProposedProblem[] = [];
  let drawn = 0, wellFormed = 0;
  for (let round = 0; accepted.length < wanted; round++) {
    if (drawn >= settings.limit) {
      throw new Error(
        `Cannot fill ${settings.datasets} datasets of ${settings.size}: of ${drawn} proposals ` +
          `${wellFormed} are well-formed; raise limit, or use a teacher that poses problems`,
      );
    }
    const samples = Math.min(wanted - accepted.length, settings.limit - drawn);
    const sampling = { ...settings, samples };
    const source = random.derive(round);
    const rollouts = await drawRollouts(teacher, engine, [world.teacherPrompt], sampling, source);
    drawn += rollouts.length;
    for (const rollout of rollouts) {
      const proposal = rollout.finished ? world.parseProposal(rollout.text) : undefined;
      if (proposal === undefined) continue;
      wellFormed++;
      const id = `p${accepted.length}`;
      const correct = world.solve(proposal.problem) === proposal.answer;
      accepted.push({ id, ...proposal, correct, rollout });
    }
  }
  const datasets = Array.from(
    { length: settings.datasets },
    (_, k) => accepted.slice(k * settings.size, (k + 1) * settings.size),
  );
  return { datasets, drawn, well_formed: wellFormed };
}

/**
 * Updates the teacher in place: every rollout of dataset k has reward R_k, with the leave-one-out baseline
 * over the datasets (soar.md 1, step 4).
 *
 * @throws {RangeError} when there is not one reward for each dataset
 */
export async function updateTeacher(
  teacher: Policy,
  engine: Engine,
  datasets: readonly (readonly ProposedProblem[])[],
  rewards: readonly number[],
  settings: PolicyGradient & { readonly temperature: number },
): Promise<{ loss: number; gradNorm: number }> {
  if (rewards.length !== datasets.length) {
    throw new RangeError(
      `Cannot update the teacher: ${rewards.length} rewards for ${datasets.length} datasets`,
    );
  }
  const values = advantages(rewards, rewards.length, settings.estimator);
  const all = datasets.flat();
  await selfTest(teacher, engine, all.map(({ rollout }) => rollout), settings.temperature);
  using trainer = policyTrainer(teacher, engine, settings);
  const rows = datasets.flatMap((dataset, k) =>
    dataset.map(({ rollout }) => toRow(rollout, values[k]!))
  );
  return await policyStep(trainer, rows, settings, settings.learning_rate, settings.temperature);
}

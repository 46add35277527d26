import { Random } from "../src/random/random.ts";
import { loadPolicy } from "../src/policy/mod.ts";
import {
  byReason,
  countProposals,
  MAX_COMPLETION_LENGTH,
  type Proposal,
  proposeDatasets,
  type ProposedProblem,
  type RejectedProposal,
  tellRollouts,
  type Told,
  TooFewProposals,
  TRAINING_TEMPERATURE,
} from "../src/rl/mod.ts";
import {
  PROBLEMS_FILE,
  REJECTED_FILE,
  writeJson,
  writeLines,
} from "../src/stage/artifact_files.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { checkProposals, madeByProposals } from "../src/stage/checks/check_proposals.ts";
import { defineStage, engineOf } from "../src/stage/define_stage.ts";

/** Lets a teacher write datasets of problems (SOAR, step 1 of the loop). */
export const sample_problems = defineStage({
  name: "sample_problems",
  version: 1,
  summary: "Samples a teacher until there are exactly datasets × size well-formed problems.",
  config: {
    type: "object",
    properties: {
      task: TASK,
      datasets: {
        type: "integer",
        minimum: 1,
        default: 4,
        description: "Datasets (the paper's g).",
      },
      size: { type: "integer", minimum: 1, default: 32, description: "Problems in each (n)." },
      limit: {
        type: "integer",
        minimum: 1,
        default: 20000,
        description: "Draws before giving up.",
      },
      temperature: TRAINING_TEMPERATURE,
      max_completion_length: MAX_COMPLETION_LENGTH,
    },
    required: ["task"],
    additionalProperties: false,
  },
  inputs: { policy: "policy" },
  outputs: { datasets: "problems[]", summary: "proposals" },
  check: checkProposals,
  made: madeByProposals,
  footprint: "sampling",
  async run({ config, inputs, outputs, seed, services, signal, log, progress, record }) {
    using teacher = loadPolicy(inputs.policy.directory);
    const engine = engineOf({ services, signal });
    const task = await services.library.task(config.task);
    const source = new Random(seed);
    const wanted = config.datasets * config.size;
    let accepted = 0, drawn = 0;
    const proposals = await proposeDatasets(teacher, engine, task, config, source, (round, all) => {
      accepted += all.filter(isProblem).length;
      drawn += all.length;
      progress(accepted, wanted, { drawn });
      tellRollouts(teacher, round, all.map(toldOf), (rows) => record("proposals", rows));
    })
      .catch((error) => {
        if (error instanceof TooFewProposals) logRejected(error.rejected, log, SHOWN_IN_FAILURE);
        throw error;
      });
    const { datasets, rejected } = proposals;
    logRejected(rejected, log, SHOWN);
    datasets.forEach((dataset, k) => writeLines(outputs.datasets.item(k), PROBLEMS_FILE, dataset));
    const summary = countProposals(proposals, task.proposer!.prompt);
    writeLines(outputs.summary.directory, REJECTED_FILE, rejected);
    writeJson(outputs.summary, "proposals", summary);
    return { ...summary };
  },
});

/** A proposal as a table has it: what was read of the completion is the problem. */
function toldOf(proposal: Proposal): Told {
  const { rollout } = proposal, group = 0;
  if (!isProblem(proposal)) {
    const verdict = { outcome: "rejected", answer: null, reason: proposal.reason };
    return { rollout, group, verdict };
  }
  const { problem, judgement } = proposal;
  const score = judgement === undefined ? {} : { score: Number(judgement.right) };
  const verdict = { outcome: "accepted", answer: problem, ...score };
  return { rollout, group, problem: proposal, verdict };
}

function isProblem(proposal: Proposal): proposal is ProposedProblem {
  return Object.hasOwn(proposal, "problem");
}

/** So many completions of each reason are shown, and so many where there is nothing else to look at. */
const SHOWN = 1, SHOWN_IN_FAILURE = 20;

/** Shows what poses no problem, by reason. */
function logRejected(
  rejected: readonly RejectedProposal[],
  log: (message: string) => void,
  most: number,
): void {
  for (const alike of byReason(rejected).values()) {
    for (const { reason, rollout: { text } } of alike.slice(0, most)) {
      log(`${alike.length} rejected: ${reason}; such as ${JSON.stringify(text)}`);
    }
  }
}

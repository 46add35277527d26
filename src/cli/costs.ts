/** What a plan costs, as a table. @module */
import { addWork, type Work } from "../stage/work.ts";
import { formatBytes, formatColumns, formatCount, formatSeconds } from "./format.ts";

/** A step that has work to do. */
export interface CostedStep {
  readonly step: string;
  readonly stage: string;
  readonly work: Work;
}

/**
 * Rows by stage: of an iteration of the outermost loop with most work, and of everything.
 *
 * @param steps that are to run
 * @returns lines to print; none where there is no work
 */
export function costTable(steps: readonly CostedStep[]): string[] {
  const works = steps.filter(({ work: { flops, bytes } }) => flops > 0 || bytes > 0);
  if (works.length === 0) return [];
  const loops = Map.groupBy(works, ({ step }) => /^(.*?)\[\d+\]/.exec(step)?.[1] ?? "");
  const rows = [["", "steps", "rollouts", "tokens", "FLOP", "to keep"]];
  for (const [loop, inside] of loops) {
    if (loop === "") continue;
    const iterations = Map.groupBy(inside, ({ step }) => /\[(\d+)\]/.exec(step)![1]!);
    const first = largest([...iterations.values()]);
    const share = iterations.size === 1 ? "" : `, one of ${iterations.size}`;
    rows.push([`an iteration of ${loop}${share}:`], ...byStage(first));
  }
  rows.push(["in all:"], ...byStage(works), ["  together", ...cells(works)]);
  return formatColumns(rows);
}

/** The steps with most work: of an iteration that was begun some are done. */
function largest(iterations: readonly (readonly CostedStep[])[]): readonly CostedStep[] {
  const flops = (steps: readonly CostedStep[]) => addWork(steps.map(({ work }) => work)).flops;
  return iterations.reduce((most, steps) => flops(steps) > flops(most) ? steps : most);
}

function byStage(steps: readonly CostedStep[]): string[][] {
  return [...Map.groupBy(steps, ({ stage }) => stage)]
    .map(([stage, some]) => [`  ${stage}`, ...cells(some)]);
}

function cells(steps: readonly CostedStep[]): string[] {
  const { rollouts, tokens, flops, bytes } = addWork(steps.map(({ work }) => work));
  return [
    formatCount(steps.length),
    rollouts === 0 ? "" : formatCount(rollouts),
    tokens === 0 ? "" : formatCount(tokens),
    flops === 0 ? "" : flops.toPrecision(3).replace("e+", "e"),
    bytes === 0 ? "" : formatBytes(bytes),
  ];
}

/**
 * How long the work takes.
 *
 * @param tflops what one device does, in 10¹² floating-point operations a second
 * @param past what was computed before, and in which time
 */
export function timeAt(
  steps: readonly CostedStep[],
  tflops: number | undefined,
  past: { readonly flops: number; readonly seconds: number },
): string {
  const { flops } = addWork(steps.map(({ work }) => work));
  const rate = tflops === undefined ? past.flops / past.seconds : 1e12 * tflops;
  if (!(rate > 0)) return "--tflops N tells how long that takes at N · 10¹² FLOP a second";
  const at = `${Number((rate / 1e12).toPrecision(3))} TFLOP/s`;
  const source = tflops === undefined ? "as stored steps did" : "one device";
  return `${formatHours(flops / rate)} at ${at}, ${source}, completions as long as they may be`;
}

function formatHours(seconds: number): string {
  return seconds < 3600 ? formatSeconds(seconds) : `${formatCount(seconds / 3600)} device-hours`;
}

/**
 * Why a plan cannot run, where a step needs more memory than there is.
 *
 * @param limit in bytes; undefined where nothing is known
 */
export function tooLarge(
  steps: readonly { readonly step: string; readonly memory?: number }[],
  limit = Infinity,
): string | undefined {
  const large = steps.filter(({ memory = 0 }) => memory > limit);
  const [first] = large.toSorted((a, b) => b.memory! - a.memory!);
  if (first === undefined) return undefined;
  const others = large.length === 1 ? "" : ` (${large.length} steps need more)`;
  return `error: ${first.step} needs ${formatBytes(first.memory!)}, and there are ` +
    `${formatBytes(limit)}${others}; train adapters (adapter), hold weights in fewer bits ` +
    "(precision), recompute activations (gradient_checkpointing), take a smaller model, or say " +
    "what there is (--memory 80GiB)";
}

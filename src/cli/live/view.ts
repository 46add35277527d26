/** The lines of the live view, as a function of what is known. @module */
import { formatNumber, formatSeconds } from "../format.ts";
import { type RunningStep, type RunState, secondsLeft } from "./run_state.ts";
import { fit } from "./width.ts";

/** Marks of a text; each gives it back as it is where there are no colours. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  cyan(text: string): string;
}

/** Steps that are shown at a time. */
const SHOWN = 4;
/** Cells of a bar of progress, and of a curve. */
const BAR = 10, CURVE = 40;
const LEVELS = "▁▂▃▄▅▆▇█";

/**
 * What a terminal shows below what has been told: the run, the steps that run with their curves, and rewards by iteration.
 *
 * @param left seconds that the run still takes, where that is known
 * @param columns of the terminal; no line has more
 */
export function viewLines(
  state: RunState,
  now: number,
  left: number | undefined,
  columns: number,
  paint: Paint,
): string[] {
  const { running, rewards } = state;
  const shown = running.slice(0, SHOWN);
  const lines = [
    paint.bold(fit(headOf(state, now, left), columns)),
    ...shown.flatMap((step) => stepLines(step, now, columns, paint)),
  ];
  if (running.length > SHOWN) {
    lines.push(paint.dim(fit(`  and ${running.length - SHOWN} more`, columns)));
  }
  if (rewards.length > 0) {
    const last = `${formatNumber(rewards.at(-1)!)} in iteration ${rewards.length - 1}`;
    lines.push(paint.dim(fit(`  rewards ${sparkline(rewards, CURVE)} ${last}`, columns)));
  }
  return lines;
}

function headOf(state: RunState, now: number, left: number | undefined): string {
  const parts = [
    `${state.ended}/${state.steps.length} steps`,
    formatSeconds((now - state.started) / 1000),
  ];
  if (left !== undefined) parts.push(`${formatSeconds(left)} left`);
  return parts.join(" · ");
}

function stepLines(step: RunningStep, now: number, columns: number, paint: Paint): string[] {
  const { done, total, numbers, points, shown } = step;
  const parts = total === 0 ? [] : [`${bar(done / total)} ${done}/${total}`];
  for (const [name, value] of Object.entries(numbers)) parts.push(`${name} ${formatNumber(value)}`);
  const left = secondsLeft(step, now);
  if (left !== undefined) parts.push(`${formatSeconds(left)} left`);
  const name = `▸ ${step.step}`;
  const lines = [paint.cyan(fit(name, columns))];
  if (parts.length > 0) lines.push(fit(`  ${parts.join(" · ")}`, columns));
  if (points.length > 1) {
    lines.push(
      fit(
        `  ${shown} ${sparkline(points, Math.min(CURVE, columns - 24))} ${
          formatNumber(points.at(-1)!)
        }`,
        columns,
      ),
    );
  }
  return lines;
}

function bar(share: number): string {
  const full = Math.round(BAR * Math.min(1, Math.max(0, share)));
  return "━".repeat(full) + "╌".repeat(BAR - full);
}

/** A curve of so many cells at most, each the mean of its points, from the least to the most. */
export function sparkline(points: readonly number[], cells: number): string {
  const finite = points.filter(Number.isFinite),
    count = Math.min(Math.max(cells, 1), finite.length);
  const means = Array.from({ length: count }, (_, i) => {
    const part = finite.slice(
      Math.floor(i * finite.length / count),
      Math.floor((i + 1) * finite.length / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const low = Math.min(...means), high = Math.max(...means);
  return means.map((value) => {
    const level = high === low ? 0.5 : (value - low) / (high - low);
    return LEVELS[Math.min(LEVELS.length - 1, Math.floor(level * LEVELS.length))];
  }).join("");
}

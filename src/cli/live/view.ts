/** The lines of the live view, as a function of what is known. @module */
import { formatNamed, formatNumber, formatSeconds } from "../format.ts";
import { safeLine } from "../safe_text.ts";
import type { Iteration, RunningStep, RunState } from "./run_state.ts";
import { sparkline } from "./sparkline.ts";
import { secondsLeft } from "./time_left.ts";
import { fit, widthOf } from "./width.ts";

/** Marks of a text; each gives it back as it is where there are no colours. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  cyan(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

/** What a view is drawn for. */
export interface Frame {
  /** Milliseconds. */
  readonly now: number;
  /** Seconds that the run still takes, where that is known. */
  readonly left: number | undefined;
  /** No line has more. */
  readonly columns: number;
  /** There are not more. */
  readonly lines: number;
  /** What the run is part of. */
  readonly title?: string | undefined;
}

/** Cells of a bar of progress, and of a curve. */
const BAR = 10, CURVE = 40;
/** Columns of what stands beside a curve, at most; and of a curve, at least. */
const BESIDE = 22, LEAST_CURVE = 8;
/** Columns that a step's name has at least. */
const NAME = 8;

/**
 * What a terminal shows below what has been told: the run, the steps that run, and rewards by iteration. The more steps run,
 * the fewer lines each has: with its curve, without it, or one.
 */
export function viewLines(state: RunState, frame: Frame, paint: Paint): string[] {
  const { columns, title } = frame;
  const heads = [...title === undefined ? [] : [safeLine(title)], headOf(state, frame)]
    .map((line) => paint.bold(fit(line, columns)));
  const below = [...asideLines(state, frame, paint), ...rewardsLine(state, frame, paint)];
  const steps = fitting(state.running, frame, frame.lines - heads.length - below.length, paint);
  const lines = [...heads, ...steps, ...below];
  // On a screen of a few rows, what runs is more than what has been.
  return (lines.length <= frame.lines ? lines : [...heads, ...steps]).slice(0, frame.lines);
}

/** The steps that run, in as many lines as there is room for. */
function fitting(
  running: readonly RunningStep[],
  frame: Frame,
  room: number,
  paint: Paint,
): string[] {
  for (const linesOf of [withCurve, withProgress]) {
    const lines = running.flatMap((step) => linesOf(step, frame, paint));
    if (lines.length <= room) return lines;
  }
  const least = Math.max(1, room);
  const shown = running.length <= least ? running : running.slice(0, Math.max(1, least - 1));
  const rest = running.slice(shown.length);
  const lines = shown.map((step) => inOneLine(step, frame, paint));
  if (rest.length === 0) return lines;
  const more = `  and ${rest.length} more: ${byStage(rest)}`;
  return [...lines, paint.dim(fit(more, frame.columns))];
}

/** Steps that run by stage, such as `8 train_student, 4 evaluate`. */
export function byStage(running: readonly RunningStep[]): string {
  return [...Map.groupBy(running, ({ stage }) => stage)]
    .map(([stage, steps]) => `${steps.length} ${safeLine(stage)}`).join(", ");
}

/** Steps that do not run, but will: they are tried again, or another process makes them. */
function asideLines(state: RunState, { now, columns }: Frame, paint: Paint): string[] {
  const again = state.resting.map(({ step, until }) =>
    until > now ? `${step} in ${formatSeconds((until - now) / 1000)}` : step
  );
  const lines = [["tried again", again], ["made by another process", state.elsewhere]] as const;
  return lines.flatMap(([what, steps]) =>
    steps.length === 0 ? [] : [paint.dim(fit(`  ${what}: ${safeLine(steps.join(", "))}`, columns))]
  );
}

function headOf(state: RunState, { now, left }: Frame): string {
  const parts = [
    `${state.ended}/${state.steps.length} steps`,
    ...state.running.length > 1 ? [`${state.running.length} running`] : [],
    formatSeconds((now - state.started) / 1000),
  ];
  if (left !== undefined) parts.push(`${formatSeconds(left)} left`);
  const { iterations } = state, innermost = iterations.at(-1);
  parts.push(...iterations.slice(0, -1).map(aroundText));
  if (innermost !== undefined) parts.push(innermostText(innermost));
  return parts.join(" · ");
}

/** An iteration with others in it, which are told behind it. */
function aroundText({ name, index, times }: Iteration): string {
  return `${safeLine(name)} ${index + 1}/${times}`;
}

function innermostText({ name, index, times, mayEnd }: Iteration): string {
  return `${safeLine(name)}: iteration ${index + 1} of ${times}${mayEnd ? " at most" : ""}`;
}

function withCurve(step: RunningStep, frame: Frame, paint: Paint): string[] {
  const lines = withProgress(step, frame, paint), { points, shown } = step, { columns } = frame;
  const cells = Math.min(CURVE, columns - BESIDE);
  if (points.length > 1 && cells >= LEAST_CURVE) {
    const text = `  ${shown} ${sparkline(points, cells)} ${formatNumber(points.at(-1)!)}`;
    lines.push(fit(text, columns));
  }
  return lines;
}

function withProgress(step: RunningStep, frame: Frame, paint: Paint): string[] {
  const { total, last, numbers } = step, { now, columns } = frame;
  const parts = last === undefined || total <= 0
    ? []
    : [`${bar(last.done / total)} ${last.done}/${total}`];
  for (const [name, value] of Object.entries(numbers)) {
    const text = formatNamed(safeLine(name), value);
    if (text !== undefined) parts.push(text);
  }
  const left = secondsLeft(step, now);
  if (left !== undefined) parts.push(`${formatSeconds(left)} left`);
  const lines = [nameLine(step, [elapsed(step, now)], columns, paint)];
  if (parts.length > 0) lines.push(fit(`  ${parts.join(" · ")}`, columns));
  return lines;
}

function inOneLine(step: RunningStep, { now, columns }: Frame, paint: Paint): string {
  const { total, last } = step, left = secondsLeft(step, now);
  const parts = [elapsed(step, now)];
  if (last !== undefined && total > 0) parts.push(`${last.done}/${total}`);
  if (left !== undefined) parts.push(`${formatSeconds(left)} left`);
  return nameLine(step, parts, columns, paint);
}

/** A step's name, cut for what stands behind it. */
function nameLine(
  { step, attempt }: RunningStep,
  parts: readonly string[],
  columns: number,
  paint: Paint,
): string {
  const tried = attempt > 1 ? [`attempt ${attempt}`] : [];
  const behind = [...tried, ...parts].map((part) => ` · ${part}`).join("");
  const name = fit(`▸ ${safeLine(step)}`, Math.max(NAME, columns - widthOf(behind)));
  const rest = columns - widthOf(name);
  if (rest < 0) return paint.cyan(fit(name, columns));
  return paint.cyan(name) + (rest > 1 ? fit(behind, rest) : "");
}

function elapsed({ started }: RunningStep, now: number): string {
  return formatSeconds((now - started) / 1000);
}

function rewardsLine({ rewards }: RunState, { columns }: Frame, paint: Paint): string[] {
  if (rewards === undefined) return [];
  const { loop, points, last } = rewards, curve = sparkline(points, CURVE);
  const text = `  rewards ${curve} ${formatNumber(points.at(-1)!)} in ${safeLine(loop)}[${last}]`;
  return [paint.dim(fit(text, columns))];
}

function bar(share: number): string {
  const full = Math.round(BAR * Math.min(1, Math.max(0, share)));
  return "━".repeat(full) + "╌".repeat(BAR - full);
}

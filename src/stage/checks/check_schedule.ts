/** Of schedules of a learning rate. @module */
import type { ConfigProblem } from "../../core/stage.ts";

/** Settings of a schedule. */
export interface Schedule {
  readonly lr_scheduler_type: string;
  readonly schedule_steps?: number;
  readonly warmup_steps: number;
  readonly warmup_from: string;
}

/** Of a schedule. */
export function checkSchedule(
  { lr_scheduler_type: type, schedule_steps, warmup_steps, warmup_from }: Schedule,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (warmup_steps === 0 && warmup_from !== "zero") {
    problems.push({
      key: "warmup_from",
      message: `warmup_from: ${warmup_from} does nothing with warmup_steps: 0`,
      hint: "set warmup_steps, or leave it out",
    });
  }
  if (type === "constant" && schedule_steps !== undefined) {
    problems.push({
      key: "schedule_steps",
      message: "schedule_steps does nothing with lr_scheduler_type: constant",
      hint: "leave it out, or write lr_scheduler_type: linear or cosine",
    });
  }
  if (type !== "constant" && schedule_steps !== undefined && schedule_steps <= warmup_steps) {
    problems.push({
      key: "schedule_steps",
      message:
        `schedule_steps: ${schedule_steps} leaves nothing after warmup_steps: ${warmup_steps}`,
      hint: `write more than ${warmup_steps}: the warm-up is part of it`,
    });
  }
  return problems;
}

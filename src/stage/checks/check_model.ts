/** Of `pretrain`. @module */
import type { ConfigProblem } from "../../core/stage.ts";
import { checkSchedule, type Schedule } from "./check_schedule.ts";

/** Of `pretrain`. */
export function checkModel(
  { model, ...schedule }: Schedule & {
    readonly model: Readonly<
      Record<"hidden_size" | "num_attention_heads" | "num_key_value_heads", number>
    >;
  },
): ConfigProblem[] {
  const { hidden_size: width, num_attention_heads: heads, num_key_value_heads: shared } = model;
  const problems = checkSchedule(schedule);
  // Positions are turned in pairs.
  if (width % (2 * heads) !== 0) {
    problems.push({
      key: "model",
      message: `hidden_size: ${width} cannot be split among ${heads} heads of an even size`,
      hint: `write hidden_size: ${2 * heads * Math.ceil(width / (2 * heads))}`,
    });
  }
  if (heads % shared !== 0) {
    problems.push({
      key: "model",
      message: `${heads} query heads cannot share ${shared} key-value heads`,
      hint: "write a num_key_value_heads that divides num_attention_heads",
    });
  }
  return problems;
}

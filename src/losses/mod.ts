/** The table of losses: a new one is a file and a line here. @module */
import { cross_entropy } from "./cross_entropy.ts";
import { dapo } from "./dapo.ts";
import { dr_grpo } from "./dr_grpo.ts";
import { grpo } from "./grpo.ts";
import { gspo } from "./gspo.ts";
import type { LossDefinition } from "./loss.ts";
import { rloo } from "./rloo.ts";

/** Every loss, by the name that `loss:` takes. */
export const LOSSES: Readonly<Record<string, LossDefinition>> = {
  cross_entropy,
  dapo,
  dr_grpo,
  grpo,
  gspo,
  rloo,
};

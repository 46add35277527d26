/** Runs programs that nobody trusts (docs/decisions/0032). @module */
export type { Language, Limits } from "./limits.ts";
export type { Answer, Failure } from "./messages.ts";
export { type Assertions, type Judged, type Program, Sandbox } from "./sandbox.ts";
export { fromJson, parseJson, toJson, type Value } from "./wire.ts";

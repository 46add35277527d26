export { cacheBytes, rowsThatFit } from "./cache.ts";
export { type Completion, generate, type GenerateOptions } from "./generate.ts";

export { cacheBytes, rowsThatFit } from "./cache.ts";
export { type Completion, generate, type GenerateOptions, type Generator } from "./generate.ts";

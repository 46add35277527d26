export { cacheBytes } from "./cache.ts";
export {
  CACHE_BUDGET,
  type Completion,
  generate,
  type GenerateOptions,
  type Generator,
} from "./generate.ts";

export { backward, pullback, sumTo } from "./backward.ts";
export { type Gradient, GRADIENTS } from "./gradients.ts";
export { type Passes, splitPasses } from "./passes.ts";

export { backward, sumTo } from "./backward.ts";
export { type Gradient, GRADIENTS } from "./gradients.ts";

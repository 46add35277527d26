export { type Completion, generate, type GenerateOptions, type Generator } from "./generate.ts";

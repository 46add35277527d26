export {
  Graph,
  type Node,
  type Operand,
  type Operators,
  reachableNodes,
  type Value,
  valueName,
} from "./graph.ts";
export { isTurned, layoutRows } from "./layout.ts";
export { extract } from "./extract.ts";
export { formFor } from "./device_forms.ts";
export { toModel, withGaps } from "./model_proto.ts";
export { writeModel } from "./model_files.ts";
export { type Attributes, type OpDefinition, type OpName, OPS } from "./ops.ts";
export { portable } from "./portable.ts";
export { printGraph } from "./print.ts";
export {
  type Dim,
  formatShape,
  multiply,
  type Shape,
  sizesOf,
  type TensorType,
  unknownShape,
} from "./types.ts";
export { Sessions } from "./sessions.ts";

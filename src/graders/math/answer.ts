/** What answers are: relations, lists, tuples, sets, intervals, matrices, texts, and single values. @module */
import type { Node } from "./node.ts";
import type { Quantity } from "./quantity.ts";

/** What an answer says. */
export type Answer =
  | Quantity
  /** Words. */
  | {
    readonly kind: "text";
    readonly text: string;
    /** What a choice says beside its letter. */
    readonly said?: Answer;
  }
  /** Several values, in brackets or bare. */
  | Sequence
  | Union
  | { readonly kind: "matrix"; readonly rows: readonly (readonly Answer[])[] }
  /** Two or more sides. */
  | Relation
  | Ratio
  /** What is left when it is divided. */
  | {
    readonly kind: "residue";
    readonly name?: string;
    readonly value: Node;
    readonly modulus: Node;
  };

/** Several values. */
export interface Sequence {
  readonly kind: "sequence";
  readonly open: "" | "(" | "[" | "{";
  readonly close: "" | ")" | "]" | "}";
  readonly items: readonly Answer[];
  /** Whether any of them is meant, as in x < 1 or x > 2. */
  readonly or?: boolean;
}

/** Parts of the real line, or sets, put together; or what they have in common. */
export interface Union {
  readonly kind: "union";
  readonly parts: readonly Answer[];
  readonly without?: Answer;
  readonly common?: boolean;
}

/** Numbers that are only compared with each other, such as 7:32; a time of day. */
export interface Ratio {
  readonly kind: "ratio";
  readonly parts: readonly Node[];
  readonly time?: Time;
}

/** Hours, minutes and seconds. */
export interface Time {
  readonly parts: readonly number[];
  readonly half?: "am" | "pm";
}

/** Sides with an operator between each two. */
export interface Relation {
  readonly kind: "relation";
  readonly operators: readonly Operator[];
  readonly sides: readonly Answer[];
}

/** What stands between sides. */
export type Operator = "=" | "<" | ">" | "<=" | ">=" | "!=" | "in" | "~";

/** Whether a relation gives a value to a name: x = 5, f(x) = 1, |AB| = 1, (p, q) = (3, 2), and not x + y = 3. */
export function isAssignment({ operators, sides }: Relation): boolean {
  return operators.every((operator) => operator === "=" || operator === "in") && isName(sides[0]!);
}

/** Whether it is a name, or several. */
function isName(answer: Answer): boolean {
  switch (answer.kind) {
    case "text":
      return true;
    case "sequence":
      return answer.items.every(isName);
    case "matrix":
      return answer.rows.flat().every(isName);
    case "ratio":
      return answer.parts.every(isNameNode);
    case "quantity":
      return answer.unit === undefined && isNameNode(answer.node);
    default:
      return false;
  }
}

function isNameNode(node: Node): boolean {
  if (node.kind === "symbol") return true;
  if (node.kind === "number") return false;
  if (node.head === "Add" || node.head === "Subtract" || node.head === "Power") return false;
  if (node.head === "Negate") return false;
  if (node.head === "Multiply") {
    // Points side by side, such as AB or the angle ABC; 2x is none.
    return node.args.every((arg) => arg.kind === "symbol" && /^[A-Z]/.test(arg.name));
  }
  if (node.head === "Derivative") return isNameNode(node.args[0]!);
  if (node.head === "Divide" || node.head === "Abs") return node.args.every(isNameNode);
  return /^([a-zA-Z](_\w+)?|Prime|Apply|Inverse|Over\w+|Conjugate|Mean|Subscript|Degrees)$/.test(
    node.head,
  ) ||
    /^[A-Z]\w*$/.test(node.head) && node.args.every(({ kind }) => kind === "symbol");
}

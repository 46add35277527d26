/** Names that answers give to their values. @module */
import { type Answer, isAssignment, type Sequence } from "./answer.ts";
import { nodeText } from "./node.ts";

/** Without the names that one of them gives to its values. */
export function unnamed(a: Answer, b: Answer): [Answer, Answer] {
  if (a.kind === "relation" && b.kind === "relation") return [a, b];
  const [x, y] = [spread(a), spread(b)].map(valueOf) as [Answer, Answer];
  if (x.kind !== "sequence" && y.kind !== "sequence") return [x, y];
  const [left, right] = [isNamed(x), isNamed(y)];
  if (left === right) return [x, y];
  return left ? [valuesOf(x as Sequence), y] : [x, valuesOf(y as Sequence)];
}

/** Whether it is a list of names with their values. */
function isNamed(answer: Answer): boolean {
  return answer.kind === "sequence" && answer.items.length > 0 &&
    answer.items.every((item) => item.kind === "relation" && isAssignment(item));
}

/** x = ±1 as x = 1 or x = -1. */
function spread(answer: Answer): Answer {
  if (answer.kind !== "relation" || answer.operators.join() !== "=") return answer;
  const [name, value] = answer.sides;
  if (value?.kind !== "sequence" || value.or !== true) return answer;
  return { ...value, items: value.items.map((item) => ({ ...answer, sides: [name!, item] })) };
}

function valueOf(answer: Answer): Answer {
  if (answer.kind !== "relation" || answer.operators.some((operator) => operator !== "=")) {
    return answer;
  }
  // The last of a chain is what it comes to.
  return isAssignment(answer) || answer.operators.length > 1 ? answer.sides.at(-1)! : answer;
}

/** Values of names, in the order of these; in none where it is one name, or one with indices. */
function valuesOf(list: Sequence): Sequence {
  const names = list.items.map((item) => item.kind === "relation" ? textOf(item.sides[0]!) : "");
  const letters = new Set(names.map((name) => name.replace(/_\w+$/, "")));
  const items = list.items.map(valueOf);
  if (new Set(names).size < names.length) return { ...list, items, or: true };
  if (letters.size < names.length) return { ...list, items };
  return { ...list, items, open: "(", close: ")" };
}

export function textOf(answer: Answer): string {
  switch (answer.kind) {
    case "text":
      return answer.text;
    case "quantity":
      return nodeText(answer.node);
    case "sequence":
      return answer.items.map(textOf).join(",");
    case "ratio":
      return answer.parts.map(nodeText).join(":");
    default:
      return answer.kind;
  }
}

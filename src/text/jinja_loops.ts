/** Bodies and loops of Jinja templates. @module */
import type { Node } from "./jinja_nodes.ts";
import { itemsOf, type Scope, truth, type Value, within, wrap } from "./jinja_values.ts";

/** Evaluates a part of a template. */
export type Evaluate = (node: Node | undefined, scope: Scope) => Value;

/** Ends a loop, or a turn of it, with what the turn has written so far. */
export class LoopExit extends Error {
  readonly kind: string;
  written = "";

  constructor(kind: string) {
    super(`${kind} outside a loop`);
    this.kind = kind;
  }
}

/** What a body writes. */
export function writeBlock(body: readonly Node[], scope: Scope, evaluate: Evaluate): string {
  let written = "";
  for (const statement of body) {
    try {
      const { type, value } = evaluate(statement, scope);
      if (type === "StringValue") written += value;
    } catch (error) {
      if (error instanceof LoopExit) error.written = written + error.written;
      throw error;
    }
  }
  return written;
}

/**
 * A loop, whose turns each start with the variables from before it.
 *
 * @param need evaluates what it goes over
 */
export function writeLoop(
  node: Node,
  scope: Scope,
  evaluate: Evaluate,
  need: Evaluate,
): string {
  const source = node.iterable as Node, selects = source.type === "SelectExpression";
  const iterable = need((selects ? source.lhs : source) as Node, scope);
  const all = itemsOf(iterable);
  if (all === undefined) throw new Error(`a ${iterable.type} cannot be looped over`);
  const turn = (item: Value) => {
    const inner = within(scope);
    assign(node.loopvar as Node, item, inner);
    return inner;
  };
  const items = selects
    ? all.filter((item) => truth(evaluate(source.test as Node, turn(item))))
    : all;
  let written = "", ended = false;
  for (const [i, item] of items.entries()) {
    const inner = turn(item);
    inner.setVariable("loop", loopState(items, i) as never);
    try {
      written += writeBlock(node.body as Node[], inner, evaluate);
      ended = true;
    } catch (error) {
      if (!(error instanceof LoopExit)) throw error;
      written += error.written;
      if (error.kind === "break") break;
    }
  }
  // Jinja2's `else` is for loops of which no turn came to its end.
  return ended ? written : written + writeBlock(node.defaultBlock as Node[], scope, evaluate);
}

function assign(target: Node, item: Value, scope: Scope): void {
  if (target.type === "Identifier") {
    scope.setVariable(target.value as string, item as never);
    return;
  }
  const names = target.value as Node[], parts = itemsOf(item);
  if (parts?.length !== names.length) {
    throw new Error(`a ${item.type} cannot be unpacked to ${names.length} variables`);
  }
  for (const [i, name] of names.entries()) assign(name, parts[i]!, scope);
}

function loopState(items: readonly Value[], i: number): Value {
  const length = items.length;
  const state = wrap({
    index: i + 1,
    index0: i,
    revindex: length - i,
    revindex0: length - i - 1,
    first: i === 0,
    last: i === length - 1,
    length,
  });
  const fields = state.value as Map<string, Value>;
  fields.set("previtem", items[i - 1] ?? wrap(undefined));
  fields.set("nextitem", items[i + 1] ?? wrap(undefined));
  return state;
}

/** Parts of values of Jinja templates. @module */
import type { Evaluate } from "./jinja_loops.ts";
import type { Node } from "./jinja_nodes.ts";
import {
  isList,
  isMapping,
  isText,
  isUndefined,
  list,
  type Scope,
  tuple,
  type Value,
  wrap,
} from "./jinja_values.ts";

/** `a.b`, `a[b]` and `a[b:c]`. @throws {Error} where Python does */
export function member(node: Node, scope: Scope, evaluate: Evaluate): Value {
  const object = evaluate(node.object as Node, scope), property = node.property as Node;
  if (isUndefined(object)) throw new Error("a part is asked of what is undefined");
  if (property.type === "SliceExpression") return slice(object, property, scope, evaluate);
  const plain = node.computed !== true && property.type === "Identifier";
  const key = plain ? wrap(property.value) : evaluate(property, scope);
  if (isMapping(object) || object.type === "NamespaceValue") {
    const fields = object.value as ReadonlyMap<string, Value>;
    return (isText(key) ? fields.get(key.value) : undefined) ?? wrap(undefined);
  }
  const at = key.type === "IntegerValue" ? key.value as number : undefined;
  const found = at === undefined
    ? undefined
    : isList(object)
    ? object.value.at(at)
    : isText(object)
    ? [...object.value].at(at)
    : undefined;
  return typeof found === "string" ? wrap(found) : found ?? wrap(undefined);
}

function slice(object: Value, range: Node, scope: Scope, evaluate: Evaluate): Value {
  const items = isText(object) ? [...object.value] : isList(object) ? object.value : undefined;
  if (items === undefined) throw new Error(`a ${object.type} cannot be sliced`);
  const [start, stop, given] = [range.start, range.stop, range.step].map((part) => {
    const value = part === undefined ? wrap(null) : evaluate(part as Node, scope);
    if (value.type === "NullValue") return undefined;
    if (value.type === "IntegerValue") return value.value as number;
    throw new Error(`a slice ends at a ${value.type}`);
  });
  const step = given ?? 1, length = items.length;
  if (step === 0) throw new Error("a slice has step 0");
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (at: number | undefined, missing: number) =>
    at === undefined ? missing : Math.min(high, Math.max(low, at < 0 ? at + length : at));
  const to = clamp(stop, step > 0 ? high : low), picked: (string | Value)[] = [];
  for (let i = clamp(start, step > 0 ? low : high); step > 0 ? i < to : i > to; i += step) {
    picked.push(items[i]!);
  }
  if (isText(object)) return wrap(picked.join(""));
  return (object.type === "TupleValue" ? tuple : list)(picked as Value[]);
}

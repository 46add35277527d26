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

/** Python's methods, which Jinja2 finds where it is asked for a part of that name; for mappings, before their keys. */
const METHODS = {
  mapping: "clear copy fromkeys get items keys pop popitem setdefault update values",
  list: "append clear copy count extend index insert pop remove reverse sort",
  text:
    "capitalize casefold center count encode endswith expandtabs find format format_map index isalnum " +
    "isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper " +
    "join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust " +
    "rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill",
} as const;

/** Refuses a method that is not called. @throws {Error} naming it */
function refuseMethod(kind: keyof typeof METHODS, key: Value): void {
  if (!isText(key) || !METHODS[kind].split(" ").includes(key.value)) return;
  throw new Error(`method ${key.value} of a ${kind} is not called, which is not supported`);
}

/** `a.b`, `a[b]` and `a[b:c]`. @throws {Error} where Python does, and for a method that is not called */
export function member(node: Node, scope: Scope, evaluate: Evaluate, need: Evaluate): Value {
  const object = need(node.object as Node, scope), property = node.property as Node;
  if (isUndefined(object)) throw new Error("a part is asked of what is undefined");
  if (property.type === "SliceExpression") return slice(object, property, scope, evaluate);
  const plain = node.computed !== true && property.type === "Identifier";
  const key = plain ? wrap(property.value) : evaluate(property, scope);
  if (isMapping(object) || object.type === "NamespaceValue") {
    const fields = object.value as ReadonlyMap<string, Value>;
    const found = isText(key) ? fields.get(key.value) : undefined;
    if (isMapping(object) && (plain || found === undefined)) refuseMethod("mapping", key);
    return found ?? wrap(undefined);
  }
  if (isText(object)) refuseMethod("text", key);
  else if (isList(object)) refuseMethod("list", key);
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

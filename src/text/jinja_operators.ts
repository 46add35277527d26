/** Python's operators on the values of a Jinja template. @module */
import { contains } from "./jinja_functions.ts";
import {
  equal,
  float,
  isList,
  isNumber,
  isText,
  isUndefined,
  list,
  text,
  tuple,
  type Value,
  wrap,
} from "./jinja_values.ts";

/**
 * Applies an operator that takes both sides.
 *
 * @throws {Error} where Python does
 */
export function operate(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case "==":
      return wrap(equal(left, right));
    case "!=":
      return wrap(!equal(left, right));
    case "~":
      return wrap(text(left) + text(right));
    case "in":
      return wrap(contains(right, left));
    case "not in":
      return wrap(!contains(right, left));
  }
  const refuse = () => new Error(`${left.type} ${operator} ${right.type} is not supported`);
  if (isUndefined(left) || isUndefined(right)) throw refuse();
  if (isNumber(left) && isNumber(right)) {
    const result = calculate(operator, Number(left.value), Number(right.value));
    if (result === undefined) throw refuse();
    if (typeof result === "boolean") return wrap(result);
    const floats = operator === "/" || left.type === "FloatValue" || right.type === "FloatValue" ||
      (operator === "**" && Number(right.value) < 0);
    if (!floats && !Number.isSafeInteger(result)) {
      throw new Error(`the result of ${operator} is not exact`);
    }
    return floats ? float(result) : wrap(result);
  }
  if (operator === "*") return repeated(left, right) ?? repeated(right, left) ?? fail(refuse());
  if (isText(left) && isText(right)) {
    if (operator === "+") return wrap(left.value + right.value);
    const order = calculate(operator, compareTexts(left.value, right.value), 0);
    if (typeof order === "boolean") return wrap(order);
  }
  if (operator === "+" && isList(left) && isList(right) && left.type === right.type) {
    return (left.type === "TupleValue" ? tuple : list)([...left.value, ...right.value]);
  }
  throw refuse();
}

function fail(error: Error): never {
  throw error;
}

function calculate(operator: string, a: number, b: number): number | boolean | undefined {
  if (["/", "//", "%"].includes(operator) && b === 0) throw new Error("division by zero");
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "//":
      return Math.floor(a / b);
    case "%":
      return a - b * Math.floor(a / b); // has the sign of b
    case "**":
      return a ** b;
    case "<":
      return a < b;
    case ">":
      return a > b;
    case "<=":
      return a <= b;
    case ">=":
      return a >= b;
  }
  return undefined;
}

/** By code points. */
function compareTexts(a: string, b: string): number {
  const left = [...a], right = [...b];
  const at = left.findIndex((char, i) => char !== right[i]);
  if (at < 0) return left.length - right.length;
  return at >= right.length ? 1 : left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!;
}

/** Most characters that a text is repeated to. */
const MOST = 1e6;

function repeated(whole: Value, times: Value): Value | undefined {
  if (times.type !== "IntegerValue" || !(isText(whole) || isList(whole))) return undefined;
  const count = Math.max(0, times.value as number);
  if (whole.value.length * count > MOST) throw new Error(`a text is repeated ${count} times`);
  return isText(whole)
    ? wrap(whole.value.repeat(count))
    : (whole.type === "TupleValue" ? tuple : list)(
      Array.from({ length: count }, () => whole.value).flat(),
    );
}

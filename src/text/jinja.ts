/**
 * Jinja templates rendered as transformers renders them (`utils/chat_template_utils.py`: Jinja2 with `trim_blocks` and
 * `lstrip_blocks`). `@huggingface/jinja` reads them; values, operators, filters, tests, methods and loops are Python's
 * here, where the library's are JavaScript's (decision 16).
 *
 * @module
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { member } from "./jinja_access.ts";
import { checkTemplate, inBlocks, nameOf, type Node } from "./jinja_nodes.ts";
import { type Callable, FILTERS, MAPPING_METHODS, TESTS, TEXT_METHODS } from "./jinja_functions.ts";
import { type Evaluate, LoopExit, writeBlock, writeLoop } from "./jinja_loops.ts";
import { operate } from "./jinja_operators.ts";
import {
  isMapping,
  isText,
  isUndefined,
  type Scope,
  text,
  truth,
  type Value,
  within,
  wrap,
} from "./jinja_values.ts";
import { shortened, shown } from "./shown.ts";
import { strftime } from "./strftime.ts";

/** A template. */
export class Jinja {
  readonly #program: Node;
  readonly #date: Date;
  readonly #strict: boolean;

  /**
   * @param date what `strftime_now` tells, as YYYY-MM-DD
   * @param strict whether it is an error to write what is not there, or to make something of it; Jinja writes nothing
   * @throws {SyntaxError} when it cannot be read, or uses what is not supported
   */
  constructor(source: string, date: string, strict = false) {
    this.#strict = strict;
    this.#date = new Date(`${date}T00:00:00Z`);
    if (Number.isNaN(this.#date.getTime()) || this.#date.toISOString().slice(0, 10) !== date) {
      throw new SyntaxError(`the date is ${shown(date)}; it is written as YYYY-MM-DD`);
    }
    this.#program = readTemplate(source);
  }

  /** @throws {Error} what the template raises, or would raise in Python */
  render(variables: Readonly<Record<string, unknown>>): string {
    const environment = new Environment();
    const globals = {
      true: true,
      True: true,
      false: false,
      False: false,
      none: null,
      None: null,
      range,
      raise_exception(message: unknown) {
        throw new Error(String(message));
      },
      strftime_now: (format: string) => strftime(this.#date, format),
      ...variables,
    };
    for (const [name, value] of Object.entries(globals)) environment.set(name, value);
    return new Python(environment, this.#strict).run(this.#program as never)
      .value as unknown as string;
  }
}

function readTemplate(source: string): Node {
  let program: Node;
  try {
    const tokens = tokenize(source.replace(/\r\n?/g, "\n"), {
      lstrip_blocks: true,
      trim_blocks: true,
    });
    program = inBlocks(parse(tokens) as unknown as Node);
  } catch (error) {
    const message = shortened((error as Error).message, 300);
    throw new SyntaxError(`Cannot read the chat template: ${message}`, { cause: error });
  }
  checkTemplate(program);
  return program;
}

/** Most that a template counts to. */
const MOST_STEPS = 1e6;

function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (!(count <= MOST_STEPS)) throw new Error(`range() of ${count} steps`);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

/** Evaluates what the library would evaluate as JavaScript does. */
class Python extends Interpreter {
  readonly #strict: boolean;

  constructor(environment: Environment, strict: boolean) {
    super(environment);
    this.#strict = strict;
  }

  override evaluate(statement: unknown, scope: Scope): never {
    const node = statement as Node;
    const own = Object.hasOwn(NODES, node?.type) ? NODES[node.type] : undefined;
    const evaluate: Evaluate = (inner, at) => this.evaluate(inner, at);
    const library: Evaluate = (inner, at) => super.evaluate(inner as never, at);
    const need: Evaluate = (inner, at) => {
      const value = evaluate(inner, at);
      if (isUndefined(value)) throw new Error(`${nameOf(inner)} is not defined`);
      return value;
    };
    return (own ?? library)(
      node,
      scope,
      evaluate,
      library,
      this.#strict ? need : evaluate,
    ) as never;
  }
}

/** @param need evaluates what something is made of: where templates are strict, it has to be there */
type Rule = (
  node: Node,
  scope: Scope,
  evaluate: Evaluate,
  library: Evaluate,
  need: Evaluate,
) => Value;

/** Operators that tell of what is not there that it is not. */
const ASKING: ReadonlySet<string> = new Set(["and", "or", "==", "!="]);
/** Filters that are for what may not be there. */
const FILLING: ReadonlySet<string> = new Set(["default", "d"]);

/** What Jinja2 defines besides, and is not known here. */
const NO_GLOBALS: ReadonlySet<string> = new Set(["cycler", "dict", "joiner", "lipsum", "self"]);

/** How each kind of node is evaluated that is not left to the library. */
const NODES: Readonly<Record<string, Rule>> = {
  Output: (node, scope, _, __, need) => wrap(text(need(node.value as Node, scope))),
  ArrayLiteral: listed,
  TupleLiteral: listed,
  Block: (node, scope, evaluate) => wrap(writeBlock(node.body as Node[], scope, evaluate)),
  Break() {
    throw new LoopExit("break");
  },
  Continue() {
    throw new LoopExit("continue");
  },
  For: (node, scope, evaluate, _, need) => wrap(writeLoop(node, scope, evaluate, need)),
  Macro: (node, scope, _, library) => defineMacro(node, scope, library),
  BinaryExpression: (node, scope, evaluate, _, need) => {
    const operator = (node.operator as { value: string }).value;
    const side = ASKING.has(operator) ? evaluate : need, left = side(node.left as Node, scope);
    if (operator === "and" && !truth(left)) return left;
    if (operator === "or" && truth(left)) return left;
    const right = side(node.right as Node, scope);
    return operator === "and" || operator === "or" ? right : operate(operator, left, right);
  },
  Identifier(node, scope, _, library) {
    const value = library(node, scope), name = node.value as string;
    if (!isUndefined(value) || !NO_GLOBALS.has(name)) return value;
    throw new Error(`the chat template uses ${name}, which is not supported`);
  },
  MemberExpression: (node, scope, evaluate, _, need) => member(node, scope, evaluate, need),
  CallExpression(node, scope, _, library, need) {
    const callee = node.callee as Node, name = methodName(callee);
    if (name === undefined) return library(node, scope);
    const object = need(callee.object as Node, scope);
    const methods = isText(object) ? TEXT_METHODS : isMapping(object) ? MAPPING_METHODS : {};
    if (!Object.hasOwn(methods, name)) {
      throw new Error(`a ${object.type} has no method ${name} that is supported`);
    }
    return call(name, methods[name]!, object, node.args as Node[], scope, need);
  },
  FilterExpression(node, scope, evaluate, _, need) {
    const filter = node.filter as Node, fills = FILLING.has(filterName(filter));
    const operand = (fills ? evaluate : need)(node.operand as Node, scope);
    return filtered(operand, filter, scope, fills ? evaluate : need);
  },
  FilterStatement: (node, scope, evaluate) =>
    filtered(
      wrap(writeBlock(node.body as Node[], scope, evaluate)),
      node.filter as Node,
      scope,
      evaluate,
    ),
  TestExpression(node, scope, evaluate) {
    const holds = TESTS[(node.test as { value: string }).value]!(
      evaluate(node.operand as Node, scope),
    );
    return wrap(holds !== node.negate);
  },
};

/** A macro sees the variables of where it is written, and not of where it is called. */
function defineMacro(node: Node, scope: Scope, library: Evaluate): Value {
  const result = library(node, scope);
  type Run = (args: readonly Value[], scope: Scope) => Value;
  const macro = scope.lookupVariable((node.name as { value: string }).value) as unknown as {
    value: Run;
  };
  const run = macro.value;
  macro.value = (args, from) => {
    const inner = within(scope), caller = from.variables.get("caller");
    if (caller !== undefined) inner.setVariable("caller", caller);
    return run(args, inner);
  };
  return result;
}

/** Name of the method that is called; undefined for a function. */
function methodName(callee: Node): string | undefined {
  if (callee.type !== "MemberExpression" || callee.computed === true) return undefined;
  return (callee.property as { value: string }).value;
}

function listed(node: Node, scope: Scope, _: Evaluate, library: Evaluate, need: Evaluate): Value {
  for (const item of node.value as Node[]) {
    if (item.type === "Identifier" || item.type === "MemberExpression") need(item, scope);
  }
  return library(node, scope);
}

function filterName(filter: Node): string {
  return (filter.type === "CallExpression" ? filter.callee as Node : filter).value as string;
}

function filtered(operand: Value, filter: Node, scope: Scope, evaluate: Evaluate): Value {
  const name = filterName(filter);
  const args = filter.type === "CallExpression" ? filter.args as Node[] : [];
  return call(name, FILTERS[name]!, operand, args, scope, evaluate);
}

/** Calls a function of ours with its arguments by name. */
function call(
  name: string,
  { parameters, apply }: Callable,
  value: Value,
  args: readonly Node[],
  scope: Scope,
  evaluate: Evaluate,
): Value {
  const bound: Record<string, Value> = {}, rest: Value[] = [];
  const takesRest = parameters[0] === "*";
  for (const arg of args) {
    if (arg.type === "KeywordArgumentExpression") {
      const key = (arg.key as { value: string }).value;
      if (!parameters.includes(key)) throw new Error(`${name} takes no argument ${key}`);
      bound[key] = evaluate(arg.value as Node, scope);
    } else if (arg.type.endsWith("SpreadExpression")) {
      throw new Error(`${name} with * or ** is not supported`);
    } else rest.push(evaluate(arg, scope));
  }
  if (!takesRest) {
    if (rest.length > parameters.length) {
      throw new Error(`${name} takes ${parameters.length} arguments, given are ${rest.length}`);
    }
    for (const [i, given] of rest.entries()) bound[parameters[i]!] = given;
  }
  return apply(value, bound, rest);
}

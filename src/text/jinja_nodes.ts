/** What a template consists of: brought into a form that {@link Jinja} evaluates, and checked. @module */
import { shown } from "./shown.ts";
import { FILTERS, MAPPING_METHODS, TESTS, TEXT_METHODS } from "./jinja_functions.ts";

/** A node of a template, as `@huggingface/jinja` reads it. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Nodes that write themselves, and are no expressions. */
const STATEMENTS: ReadonlySet<string> = new Set([
  "If",
  "For",
  "Set",
  "Macro",
  "Break",
  "Continue",
  "CallStatement",
  "Comment",
]);

/** Fields that hold statements. */
const BODIES: ReadonlySet<string> = new Set(["body", "alternate", "defaultBlock"]);

/** The template with each body as one `Block`, and with each expression that is written in an `Output`. */
export function inBlocks(node: Node): Node {
  const fields = Object.entries(node).map(([field, value]) => {
    if (!BODIES.has(field) || !Array.isArray(value)) return [field, rewritten(value)] as const;
    const body = (value as Node[]).map((statement) => {
      const inner = inBlocks(statement);
      return STATEMENTS.has(inner.type) ? inner : { type: "Output", value: inner };
    });
    // A body of nothing stays one: `set` with a value has such.
    return [field, body.length === 0 ? body : [{ type: "Block", body }]] as const;
  });
  // The library tells some nodes by their class.
  return Object.assign(Object.create(Object.getPrototypeOf(node)), Object.fromEntries(fields));
}

function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [rewritten(key), rewritten(item)]));
  }
  return isNode(value) ? inBlocks(value) : value;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

const METHODS: ReadonlySet<string> = new Set([
  ...Object.keys(TEXT_METHODS),
  ...Object.keys(MAPPING_METHODS),
]);

/** Fields of `loop` that are not kept. */
const NO_LOOP_FIELDS: ReadonlySet<string> = new Set(["depth", "depth0", "cycle", "changed"]);

/**
 * Refuses what would be rendered otherwise than by transformers.
 *
 * @throws {SyntaxError} naming it
 */
export function checkTemplate(value: unknown): void {
  if (Array.isArray(value)) return value.forEach(checkTemplate);
  if (value instanceof Map) {
    for (const [key, item] of value) checkTemplate([key, item]);
    return;
  }
  if (!isNode(value)) return;
  const problem = CHECKS[value.type]?.(value);
  if (problem !== undefined) {
    throw new SyntaxError(`the chat template uses ${problem}, which is not supported`);
  }
  Object.values(value).forEach(checkTemplate);
}

const CHECKS: Readonly<Record<string, (node: Node) => string | undefined>> = {
  IntegerLiteral: ({ value }) =>
    Number.isSafeInteger(value) ? undefined : `the whole number ${value}, beyond 2^53`,
  FilterExpression: unknownFilter,
  FilterStatement: unknownFilter,
  TestExpression({ test }) {
    const name = (test as Node).value as string;
    return Object.hasOwn(TESTS, name) ? undefined : `test ${name}`;
  },
  CallExpression({ callee }) {
    const { type, computed, property } = callee as Node;
    if (type !== "MemberExpression") return undefined;
    const name = (property as Node).value as string;
    return computed !== true && METHODS.has(name) ? undefined : `method ${name}`;
  },
  MemberExpression({ object, property }) {
    const { type, value } = object as Node, name = (property as Node).value as string;
    const unkept = type === "Identifier" && value === "loop" && NO_LOOP_FIELDS.has(name);
    return unkept ? `loop.${name}` : undefined;
  },
};

function unknownFilter({ filter }: Node): string | undefined {
  const { type, callee, value } = filter as Node;
  const name = (type === "CallExpression" ? (callee as Node).value : value) as string;
  return Object.hasOwn(FILTERS, name) ? undefined : `filter ${name}`;
}

/** What a value is called that is not there. */
export function nameOf(node: Node | undefined): string {
  switch (node?.type) {
    case "Identifier":
      return String(node.value);
    case "MemberExpression": {
      const { object, property, computed } = node as Node & Record<"object" | "property", Node>;
      const part = computed === true ? `[${shown(property.value ?? "…")}]` : `.${property.value}`;
      return `${nameOf(object)}${part}`;
    }
    case "FilterExpression":
      return nameOf(node.operand as Node);
    default:
      return "a value that is written";
  }
}

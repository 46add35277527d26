/** What a module runs: its code without types, comments and layout, and what it imports to run. @module */
import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";
import { getLineInfo, type Node, parse } from "acorn";

/** What is taken from another module: names that it exports, or all of them. */
export type Wanted = readonly string[] | "all";

/** What counts of a module. */
export interface ModuleCode {
  /** Of what it runs itself, re-exports left out. */
  readonly hash: string;
  /** What its own code takes from others; no names where it is imported for what it does. */
  readonly imports: readonly { readonly from: string; readonly names: Wanted }[];
  /** Names that it exports itself, types left out; what is no module has any. */
  readonly exports?: readonly string[];
  /** Names that it passes on: what they are called where they come from. */
  readonly passed: Readonly<Record<string, { readonly from: string; readonly name: string }>>;
  /** Modules all of whose names it passes on. */
  readonly passedWhole: readonly string[];
  /** Where it imports what only running it can tell, as `line:column`. */
  readonly computed?: string;
}

/** Whether a file of this name is code or JSON; others are what their importer says. */
export function isCode(name: string): boolean {
  return /\.([cm]?[jt]sx?|json)$/.test(name);
}

/** What counts of any other file: every byte, and what it imports, where it is WebAssembly or can be run as JavaScript. */
export function dataCode(name: string, bytes: Uint8Array<ArrayBuffer>): ModuleCode {
  const none = { hash: sha256(bytes), passed: {}, passedWhole: [] };
  if (name.endsWith(".wasm")) {
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
    return {
      ...none,
      imports: imports.map(({ module, name }) => ({ from: module, names: [name] })),
    };
  }
  try {
    const { exports: _, ...code } = parseModule(name, new TextDecoder().decode(bytes));
    return { ...code, hash: none.hash };
  } catch {
    return { ...none, imports: [] };
  }
}

/**
 * Takes the text of a module apart.
 *
 * @param name ends in `.ts` where types have to be taken out, in `.json` where it is data
 * @throws {SyntaxError} when it cannot be read
 */
export function parseModule(name: string, text: string): ModuleCode {
  if (name.endsWith(".json")) {
    const hash = sha256(JSON.stringify(JSON.parse(text)));
    return { hash, imports: [], passed: {}, passedWhole: [] };
  }
  const code = isTyped(name) ? withoutTypes(text) : text;
  const program = parse(code, {
    ecmaVersion: "latest",
    sourceType: "module",
    allowHashBang: true,
  });
  const declarations: ImportDeclaration[] = [];
  const passed: Record<string, { from: string; name: string }> = {};
  const passedWhole: string[] = [];
  const own = program.body.filter((statement) => {
    switch (statement.type) {
      case "ImportDeclaration":
        declarations.push(statement);
        return statement.specifiers.length === 0;
      case "ExportAllDeclaration": {
        const from = String(statement.source.value);
        if (!statement.exported) passedWhole.push(from);
        else passed[nameOf(statement.exported)] = { from, name: "*" };
        return false;
      }
      case "ExportNamedDeclaration":
        if (!statement.source) return true;
        for (const { exported, local } of statement.specifiers) {
          passed[nameOf(exported)] = { from: String(statement.source.value), name: nameOf(local) };
        }
        return false;
      default:
        return true;
    }
  });
  const imports: { from: string; names: Wanted }[] = declarations.map((declaration) => ({
    from: String(declaration.source.value),
    names: importedNames(declaration),
  }));
  const nodes = nodesOf(own);
  let computed: string | undefined;
  for (const node of nodes) {
    const from = elsewhere(node);
    if (from !== undefined) imports.push({ from, names: "all" });
    else if (node.type === "ImportExpression") computed ??= placeOf(node, code);
  }
  // Neither the order of imports nor how they are grouped says anything, nor one that nothing uses: it may be a type.
  const used = new Set(nodes.flatMap((node) => node.type === "Identifier" ? [nameOf(node)] : []));
  const bindings = declarations.flatMap(({ source, attributes, specifiers }) =>
    specifiers.filter(({ local }) => used.has(local.name))
      .map((one) => JSON.stringify([source, attributes, one], meaning))
  );
  const hash = sha256(JSON.stringify([bindings.toSorted(), own], meaning));
  const exports = own.flatMap(exportedNames), more = computed === undefined ? {} : { computed };
  return { hash, imports, exports, passed, passedWhole, ...more };
}

function isTyped(name: string): boolean {
  return /\.[cm]?tsx?$/.test(name);
}

/** Enums and the like are no types alone: where there are some, the module is rewritten. */
function withoutTypes(text: string): string {
  try {
    return stripTypeScriptTypes(text, { mode: "strip" });
  } catch {
    return stripTypeScriptTypes(text, { mode: "transform" });
  }
}

type Statement = ReturnType<typeof parse>["body"][number];
type ImportDeclaration = Extract<Statement, { readonly type: "ImportDeclaration" }>;
function importedNames({ specifiers, attributes }: ImportDeclaration): Wanted {
  // What is taken as a text or as bytes is taken whole, also where it could be imported as a module.
  if (attributes.some(({ value }) => value.value === "text" || value.value === "bytes")) {
    return "all";
  }
  const names = specifiers.map((specifier) => {
    switch (specifier.type) {
      case "ImportDefaultSpecifier":
        return "default";
      case "ImportNamespaceSpecifier":
        return "*";
      default:
        return nameOf(specifier.imported);
    }
  });
  return names.includes("*") ? "all" : names;
}

/** Names that a statement exports; of a pattern also names that are in it for something else. */
function exportedNames(statement: Statement): string[] {
  if (statement.type === "ExportDefaultDeclaration") return ["default"];
  if (statement.type !== "ExportNamedDeclaration") return [];
  const { declaration, specifiers } = statement;
  if (!declaration) return specifiers.map(({ exported }) => nameOf(exported));
  const named = "declarations" in declaration
    ? declaration.declarations.map(({ id }) => id)
    : [declaration.id];
  return nodesOf(named).flatMap((node) => node.type === "Identifier" ? [nameOf(node)] : []);
}

function nameOf(name: { readonly type: string }): string {
  const { name: identifier, value } = name as { readonly name?: string; readonly value?: string };
  return identifier ?? value!;
}

/** The nodes of a syntax tree, in no order that matters. */
function nodesOf(roots: readonly Node[]): Node[] {
  const found: Node[] = [], pending: unknown[] = [...roots];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== "object" || next === null) continue;
    if ("type" in next) found.push(next as Node);
    pending.push(...Object.values(next).filter((value) => value !== undefined));
  }
  return found.toReversed();
}

/** Nodes as {@linkcode elsewhere} looks at them. */
type Part =
  & Node
  & {
    readonly [key in "source" | "callee" | "object" | "property" | "left" | "right"]?: Part;
  }
  & {
    readonly [key in "arguments" | "expressions" | "quasis"]?: readonly Part[];
  }
  & { readonly value?: unknown; readonly name?: string; readonly operator?: string };

/** The module or file that `import("…")` or `new URL("…", import.meta.url)` names; undefined where neither does. */
function elsewhere(node: Part): string | undefined {
  if (node.type === "ImportExpression") return specifierOf(node.source!);
  return node.type === "NewExpression" ? besideOf(node) : undefined;
}

/** What an imported specifier is; undefined where only running it tells. */
function specifierOf(node: Part): string | undefined {
  const { object, property, callee } = node;
  if (node.type === "MemberExpression" && property!.name === "href") return besideOf(object!);
  if (node.type !== "CallExpression") return textOf(node);
  const { object: of, property: called } = callee!;
  if (of?.type === "MetaProperty" && called!.name === "resolve") return textOf(node.arguments![0]);
  return called?.name === "toString" ? besideOf(of!) : undefined;
}

/** The path in `new URL("path", import.meta.url)`. */
function besideOf({ type, callee, arguments: [path, base] = [] }: Part): string | undefined {
  const isBeside = type === "NewExpression" && callee!.name === "URL" &&
    base?.type === "MemberExpression" && base.object!.type === "MetaProperty";
  const text = isBeside ? textOf(path) : undefined;
  return text === undefined || /^(\.{0,2}\/|[a-z]+:)/.test(text) ? text : `./${text}`;
}

/** A text that is written out, in one piece or in several. */
function textOf(node: Part | undefined): string | undefined {
  switch (node?.type) {
    case "Literal":
      return typeof node.value === "string" ? node.value : undefined;
    case "TemplateLiteral":
      return node.expressions!.length > 0
        ? undefined
        : (node.quasis![0]!.value as { readonly cooked: string }).cooked;
    case "BinaryExpression": {
      const left = textOf(node.left), right = textOf(node.right);
      return node.operator !== "+" || left === undefined || right === undefined
        ? undefined
        : left + right;
    }
    default:
      return undefined;
  }
}

function placeOf({ start }: Node, code: string): string {
  const { line, column } = getLineInfo(code, start);
  return `${line}:${column + 1}`;
}

/** Leaves out of a syntax tree where things stand, and how numbers and texts are written. */
function meaning(this: unknown, key: string, value: unknown): unknown {
  const { type, value: own } = this as { readonly type?: string; readonly value?: unknown };
  if (type !== undefined && (key === "start" || key === "end")) return undefined;
  // JSON has no infinity: it would be null.
  if (type === "Literal" && key === "raw" && own !== Infinity) return undefined;
  return typeof value === "bigint" ? `${value}n` : value;
}

function sha256(contents: string | Uint8Array): string {
  return createHash("sha256").update(contents).digest("hex");
}

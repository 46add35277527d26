/** What a module runs: its code without types, comments and layout, and what it imports to run. @module */
import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";
import { type Node, parse } from "acorn";

/** What is taken from another module: names that it exports, or all of them. */
export type Wanted = readonly string[] | "all";

/** What counts of a module. */
export interface ModuleCode {
  /** Of what it runs itself, re-exports left out. */
  readonly hash: string;
  /** What its own code takes from others; no names where it is imported for what it does. */
  readonly imports: readonly { readonly from: string; readonly names: Wanted }[];
  /** Names that it passes on: what they are called where they come from. */
  readonly passed: Readonly<Record<string, { readonly from: string; readonly name: string }>>;
  /** Modules all of whose names it passes on. */
  readonly passedWhole: readonly string[];
}

/**
 * Takes the text of a module apart.
 *
 * @param name ends in `.ts` where types have to be taken out, in `.json` where it is data
 * @throws {SyntaxError} when it cannot be read
 */
export function parseModule(name: string, text: string): ModuleCode {
  if (name.endsWith(".json")) {
    return { hash: sha256(text), imports: [], passed: {}, passedWhole: [] };
  }
  const program = parse(isTyped(name) ? withoutTypes(text) : text, {
    ecmaVersion: "latest",
    sourceType: "module",
    allowHashBang: true,
  });
  const imports: { from: string; names: Wanted }[] = [];
  const passed: Record<string, { from: string; name: string }> = {};
  const passedWhole: string[] = [];
  const own = program.body.filter((statement) => {
    switch (statement.type) {
      case "ImportDeclaration":
        imports.push({ from: String(statement.source.value), names: importedNames(statement) });
        return true;
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
  for (const from of dynamicImports(own)) imports.push({ from, names: "all" });
  return { hash: sha256(JSON.stringify(own, meaning)), imports, passed, passedWhole };
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

type ImportDeclaration = Extract<
  ReturnType<typeof parse>["body"][number],
  { readonly type: "ImportDeclaration" }
>;

function importedNames({ specifiers }: ImportDeclaration): Wanted {
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

function nameOf(name: { readonly type: string }): string {
  const { name: identifier, value } = name as { readonly name?: string; readonly value?: string };
  return identifier ?? value!;
}

/** Specifiers of `import("…")` that are plain text; others cannot be known. */
function dynamicImports(nodes: readonly Node[]): string[] {
  const found: string[] = [], pending: unknown[] = [...nodes];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== "object" || next === null) continue;
    const { type, source } = next as { readonly type?: string; readonly source?: Node };
    const { value } = (source ?? {}) as { readonly value?: unknown };
    if (type === "ImportExpression" && typeof value === "string") found.push(value);
    pending.push(...Object.values(next));
  }
  return found.toReversed();
}

/** Leaves out of a syntax tree where things stand, and how numbers and texts are written. */
function meaning(this: unknown, key: string, value: unknown): unknown {
  const { type } = this as { readonly type?: string };
  if (type !== undefined && (key === "start" || key === "end")) return undefined;
  if (type === "Literal" && key === "raw") return undefined;
  return typeof value === "bigint" ? `${value}n` : value;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Packs the program, without its tests, into a folder that `deno publish` takes, and that runs from there or from a web
 * server: packages are named as `npm:` specifiers, since the map in deno.json counts for nobody who imports it, and
 * schemas/code.json says what the modules are, since keys are made of their digests and there may be no files to read.
 *
 *     deno task pack DIR
 *
 * @module
 */
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dataCode, parseModule } from "../src/core/module_code.ts";
import type { PackedCode } from "../src/core/mod.ts";
import denoConfig from "../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** What is packed. */
const PARTS = [
  ...["mod.ts", "src", "stages", "schemas", "pipelines", "examples", "docs"],
  ...["README.md", "CHANGELOG.md", "LICENSE"],
];

const PACKAGES: Readonly<Record<string, string>> = denoConfig.imports;

/** `from "name"` and `import("name")`. */
const SPECIFIER = /(\bfrom\s+|\bimport\s*\(?\s*)"([@\w][\w@./-]*)"/g;

/** The text of a module with packages by their whole names. */
function withPackages(text: string, file: string): string {
  const changed = text.replace(SPECIFIER, (whole, before: string, name: string) => {
    const mapped = PACKAGES[name];
    // An example of how others import this package stays as they write it.
    return mapped === undefined || mapped.startsWith("./") ? whole : `${before}"${mapped}"`;
  });
  const other = parseModule(file, changed).imports.find(({ from }) =>
    /^(?!node:|npm:|\.)/.test(from)
  );
  if (other === undefined) return changed;
  throw new Error(`Cannot pack ${file}: it imports ${other.from}, which deno.json does not map`);
}

/** Files below a path; hidden ones, such as a store or what an editor left, are nobody else's. */
function* filesOf(path: string): Generator<string> {
  if (!Deno.statSync(join(ROOT, path)).isDirectory) return yield path;
  for (
    const { name } of [...Deno.readDirSync(join(ROOT, path))].toSorted((a, b) =>
      a.name < b.name ? -1 : 1
    )
  ) {
    if (!name.startsWith(".")) yield* filesOf(join(path, name));
  }
}

/** Packs into a folder, which must not be there. */
export function pack(target: string): void {
  Deno.mkdirSync(target);
  const code: Record<string, ReturnType<typeof parseModule>> = {};
  for (const file of PARTS.flatMap((part) => [...filesOf(part)])) {
    const to = join(target, file);
    Deno.mkdirSync(dirname(to), { recursive: true });
    if (!/\.(ts|js|json)$/.test(file) || file.startsWith("examples")) {
      Deno.copyFileSync(join(ROOT, file), to);
      // What a module imports as a text.
      if (file.startsWith("src/")) code[file] = dataCode(file, Deno.readFileSync(to));
      continue;
    }
    const text = Deno.readTextFileSync(join(ROOT, file));
    code[file] = parseModule(file, text);
    Deno.writeTextFileSync(to, /\.(ts|js)$/.test(file) ? withPackages(text, file) : text);
  }
  code["deno.json"] = parseModule("deno.json", Deno.readTextFileSync(join(ROOT, "deno.json")));
  const { name, version, license, exports, compilerOptions, imports } = denoConfig;
  const published = { name, version, license, exports, compilerOptions, imports };
  Deno.writeTextFileSync(join(target, "deno.json"), JSON.stringify(published, null, 2) + "\n");
  Deno.writeTextFileSync(
    join(target, "schemas/code.json"),
    JSON.stringify(code satisfies PackedCode),
  );
}

if (import.meta.main) {
  const [target] = Deno.args;
  if (target === undefined) {
    console.error("deno task pack DIR");
    Deno.exit(2);
  }
  try {
    pack(target);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    console.error(`error: ${target} is there already\n  help: name a folder that is not`);
    Deno.exit(2);
  }
  console.log(`${relative(Deno.cwd(), target)}: ${pathToFileURL(target).href}`);
}

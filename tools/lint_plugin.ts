/**
 * The house rules that a linter can check: imports point down the list of layers, and each external package
 * has one importing file.
 *
 * @module
 */

/** What each folder may import besides itself, in the order in which data flows. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "schemas": [],
  "src/core": ["schemas"],
  "src/runtime": [],
  "src/random": [],
  "src/onnx": ["src/runtime"],
  "src/autodiff": ["src/onnx"],
  "src/models": ["src/random", "src/onnx", "src/runtime"],
  "src/generate": ["src/models", "src/onnx", "src/runtime"],
  "src/losses": ["schemas", "src/onnx"],
  "src/train": [
    "schemas",
    "src/losses",
    "src/models",
    "src/autodiff",
    "src/onnx",
    "src/runtime",
    "src/random",
  ],
  "src/text": ["schemas"],
  "src/hub": [],
  "src/data": ["schemas", "src/graders", "src/text", "src/random"],
  "src/sandbox": [],
  "src/graders": ["schemas", "src/text", "src/sandbox"],
  "src/tasks": ["schemas", "src/graders", "src/text", "src/random"],
  "src/rewards": ["schemas", "src/graders"],
  "src/policy": ["src/text", "src/models", "src/random"],
  "src/export": ["src/policy", "src/text", "src/models", "src/onnx", "src/runtime"],
  "src/rl": [
    "schemas",
    "src/policy",
    "src/tasks",
    "src/rewards",
    "src/graders",
    "src/text",
    "src/train",
    "src/losses",
    "src/generate",
    "src/models",
    "src/onnx",
    "src/runtime",
    "src/random",
  ],
  "src/stage": [
    "schemas",
    "src/core",
    "src/data",
    "src/rl",
    "src/policy",
    "src/tasks",
    "src/rewards",
    "src/graders",
    "src/losses",
    "src/text",
    "src/train",
    "src/models",
    "src/onnx",
    "src/random",
  ],
  "stages": [
    "schemas",
    "src/core",
    "src/stage",
    "src/rl",
    "src/policy",
    "src/hub",
    "src/data",
    "src/graders",
    "src/text",
    "src/train",
    "src/losses",
    "src/models",
    "src/random",
  ],
  "src/executors": ["src/core"],
  // Of src/rl what rows are, and how they are graded again: nothing that runs a model.
  "src/records": ["schemas", "src/core", "src/rl", "src/graders", "src/tasks"],
  // Its page runs in a browser, and imports types alone.
  "src/ui": ["schemas", "src/core", "src/records"],
  // Of RL, what evaluations mean; it loads no engine.
  "src/report": ["src/core", "src/records", "src/rl"],
  "src/cli": [
    "schemas",
    "src/executors",
    "src/records",
    "src/report",
    "src/ui",
    "stages",
    "src/stage",
    "src/core",
    "src/export",
    "src/policy",
    "src/rl",
    "src/graders",
    "src/onnx",
    "src/runtime",
    "src/models",
  ],
};

/** The one file that imports each package; a second is a decision, and written down here. */
const IMPORTERS: Readonly<Record<string, readonly string[]>> = {
  "@observablehq/plot": ["src/report/plot.ts"],
  "ansi-escapes": ["src/cli/live/screen.ts"],
  "tinyqueue": ["src/core/scheduler.ts", "src/core/waiting.ts"],
  "picocolors": ["src/cli/live/live_view.ts"],
  "acorn": ["src/core/module_code.ts"],
  // The second is a graph of one node, below the compiler.
  "@bufbuild/protobuf": ["src/onnx/model_proto.ts", "src/runtime/device_memory.ts"],
  "@bufbuild/protobuf/wire": ["src/records/event_file.ts"],
  "@cortex-js/compute-engine/latex-syntax": ["src/graders/math/node.ts"],
  "@commander-js/extra-typings": [
    "src/cli/main.ts",
    "src/cli/argument_types.ts",
    "src/cli/upkeep.ts",
    "src/cli/run_commands.ts",
    "src/cli/rollout_commands.ts",
    "src/cli/executing.ts",
  ],
  "@huggingface/hub": ["src/hub/repository.ts"],
  // The second makes values of the library's, the third scopes.
  "@huggingface/jinja": [
    "src/text/jinja.ts",
    "src/text/jinja_values.ts",
    "src/text/jinja_loops.ts",
  ],
  "@huggingface/tokenizers": ["src/text/tokenizer.ts"],
  "ajv": ["schemas/compile.ts"],
  "canonicalize": ["src/core/key.ts"],
  "csv-parse": ["src/data/formats/csv.ts"],
  "csv-stringify/sync": ["src/cli/metrics_command.ts", "src/cli/sweep_command.ts"],
  "diff": ["src/records/line_changes.ts"],
  "fflate": ["src/data/zip.ts"],
  "hyparquet": ["src/data/formats/parquet.ts"],
  "hyparquet-compressors": ["src/data/formats/parquet.ts"],
  "jsonc-parser": ["src/data/json_text.ts"],
  "linkedom": ["src/report/server_dom.ts"],
  "decimal.js": ["src/graders/math/precise.ts"],
  "onnx-buf": ["src/onnx/model_proto.ts", "src/runtime/device_memory.ts"],
  "onnxruntime-node/package.json": ["src/runtime/ort_library.ts"],
  "pyodide/package.json": ["src/sandbox/pyodide.ts"],
  "re2js": ["src/graders/pattern.ts"],
  "string-width": ["src/cli/table.ts", "src/cli/live/width.ts"],
  "uplot": ["src/ui/page/plot.ts"],
  // As texts, for the page.
  "uplot/dist/uPlot.esm.js": ["src/ui/assets.ts"],
  "uplot/dist/uPlot.min.css": ["src/ui/assets.ts"],
  // The second reads the front matter of data sets' cards, below the runner.
  "yaml": ["src/core/yaml.ts", "src/data/card.ts"],
};

/** Path of a file from the project's root, with forward slashes. */
function projectPath(file: string): string {
  const path = file.replaceAll("\\", "/");
  const root = new URL("../", import.meta.url).pathname;
  return path.startsWith(root) ? path.slice(root.length) : path;
}

/** The layer that a file belongs to. */
export function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS).find((layer) => path.startsWith(`${layer}/`));
}

/** What is wrong with an import; undefined when nothing is. */
export function importProblem(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) {
    const importers = IMPORTERS[specifier];
    if (specifier.startsWith("node:") || layerOf(file) === undefined) return undefined;
    if (importers === undefined) return `${specifier} is not a dependency of this project`;
    if (importers.includes(file)) return undefined;
    return `${specifier} is imported by ${importers.join(" and ")} alone: use what they export`;
  }
  const from = layerOf(file);
  const target = new URL(specifier, `file:///${file}`).pathname.slice(1);
  const to = layerOf(target);
  if (from === undefined || to === undefined || from === to) return undefined;
  if (LAYERS[from]!.includes(to)) return undefined;
  return `${from} must not import ${to}: imports point down (ARCHITECTURE.md)`;
}

const plugin: Deno.lint.Plugin = {
  name: "soar",
  rules: {
    "imports": {
      create(context) {
        const check = (node: { readonly source: Deno.lint.StringLiteral | null }) => {
          if (node.source === null) return;
          const problem = importProblem(projectPath(context.filename), node.source.value);
          if (problem !== undefined) context.report({ node: node.source, message: problem });
        };
        return {
          ImportDeclaration: check,
          ExportNamedDeclaration: check,
          ExportAllDeclaration: check,
        };
      },
    },
    "no-default-export": {
      create(context) {
        return {
          ExportDefaultDeclaration(node) {
            // Deno's own interface asks for one here.
            if (projectPath(context.filename) === "tools/lint_plugin.ts") return;
            context.report({ node, message: "export by name" });
          },
        };
      },
    },
  },
};

export default plugin;

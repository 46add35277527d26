/** Runs a stage by itself, as the runner would, in a temporary directory. @module */
import { join } from "node:path";
import { Document, type Json, type JsonObject } from "../../src/core/document.ts";
import { Mistakes } from "../../src/core/mistakes.ts";
import { isMap } from "../../src/core/node.ts";
import { SettingsChecker } from "../../src/core/settings.ts";
import type { Artifact, Checkpointing, Input, Stage } from "../../src/core/stage.ts";
import { parsePort } from "../../src/core/stage.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { ENGINE_DEFAULTS } from "../../src/rl/mod.ts";
import { Definitions } from "../../src/stage/definitions.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { type Services, STAGES } from "../../stages/mod.ts";
import { PROBLEMS_FILE, writeLines } from "../../src/stage/artifact_files.ts";

/** What a stage has made: artifacts by port, and what it gave back. */
export interface Made {
  readonly outputs: Readonly<Record<string, Artifact>>;
  readonly items: Readonly<Record<string, readonly Artifact[]>>;
  readonly metrics: Readonly<Record<string, unknown>>;
}

const NO_CHECKPOINTS: Checkpointing = { last: undefined, offer: () => {} };

/** A place for artifacts, and what runs stages. */
export class Bench implements Disposable {
  readonly directory: string = Deno.makeTempDirSync({ prefix: "soar-test-" });
  readonly services: Services = {
    sessions: new Sessions(),
    ...ENGINE_DEFAULTS,
    library: new Definitions(),
  };
  /** What stages have logged. */
  readonly logs: string[] = [];
  #count = 0;

  /** An artifact of a kind that `write` makes. */
  artifact(kind: string, write: (directory: string) => void): Artifact {
    const directory = join(this.directory, String(this.#count++));
    Deno.mkdirSync(directory);
    write(directory);
    return { kind, digest: directory, directory };
  }

  /** Problems as an artifact. */
  problems(problems: readonly unknown[]): Artifact {
    return this.artifact("problems", (to) => writeLines(to, PROBLEMS_FILE, problems));
  }

  /** JSON as an artifact. */
  json(kind: string, value: unknown): Artifact {
    const write = (to: string) =>
      Deno.writeTextFileSync(join(to, `${kind}.json`), JSON.stringify(value));
    return this.artifact(kind, write);
  }

  /** Runs a stage. @throws {TypeError} when the configuration does not fit its schema, or its check */
  async run(
    name: string,
    settings: Readonly<Record<string, unknown>>,
    inputs: Readonly<Record<string, Input | undefined>>,
    seed = "seed",
    { checkpoints = NO_CHECKPOINTS, progress = () => {} }: {
      readonly checkpoints?: Checkpointing;
      readonly progress?: (done: number, total: number) => void;
    } = {},
  ): Promise<Made> {
    const stage: Stage<Services> = STAGES[name]!;
    const config = settingsOf(stage, settings, connectedOf(stage, inputs));
    const outputs: Record<string, Artifact> = {}, items: Record<string, Artifact[]> = {};
    const places = Object.fromEntries(
      Object.entries(stage.outputs).map(([port, spec]) => {
        const { kind } = parsePort(spec);
        const made = outputs[port] = this.artifact(kind, () => {});
        items[port] = [];
        const item = (index: number) => {
          const directory = join(made.directory, String(index).padStart(6, "0"));
          Deno.mkdirSync(directory);
          items[port]!.push({ kind, digest: directory, directory });
          return directory;
        };
        return [port, { directory: made.directory, item, place: Deno.copyFileSync }];
      }),
    );
    const metrics = await stage.run({
      config,
      inputs,
      outputs: places,
      seed,
      services: this.services,
      signal: new AbortController().signal,
      log: (message) => this.logs.push(message),
      progress,
      checkpoints,
      record: () => {},
    });
    return { outputs, items, metrics: metrics ?? {} };
  }

  /** Removes everything. */
  [Symbol.dispose](): void {
    this.services.sessions[Symbol.dispose]();
    Deno.removeSync(this.directory, { recursive: true });
  }
}

/** Every file of an artifact with its bytes as text, folders included: equal text is equal bytes. */
export function contents(directory: string, prefix = ""): string {
  return [...Deno.readDirSync(directory)].toSorted((a, b) => a.name < b.name ? -1 : 1)
    .map(({ name, isDirectory }) => {
      const path = join(directory, name);
      return isDirectory
        ? contents(path, `${prefix}${name}/`)
        : `${prefix}${name} ${Deno.readFileSync(path).toBase64()}\n`;
    }).join("");
}

/**
 * Settings as the planner gives them to a stage: checked, complete, and with what they name written out.
 *
 * @param connected names of inputs; of what stands under a name of a port, `port.name`
 * @throws {TypeError} with everything that is wrong
 */
export function settingsOf(
  stage: Stage<Services>,
  given: Readonly<Record<string, unknown>>,
  connected: readonly string[],
): JsonObject {
  const document = Document.parse("settings.yaml", JSON.stringify(given)),
    mistakes = new Mistakes();
  const checker = new SettingsChecker(document, new ProjectLibrary(), Deno.cwd(), mistakes);
  const inputs: Record<string, Json> = {};
  for (const name of connected) {
    const [port, entry] = name.split(".");
    const known = inputs[port!] ?? null, names = isMap(known) ? known : {};
    inputs[port!] = entry === undefined ? "given" : { ...names, [entry]: "given" };
  }
  const { config } = checker.check(
    stage,
    document.value as JsonObject,
    inputs,
    (path) => path,
  );
  if (mistakes.all.length === 0) return config;
  throw new TypeError(mistakes.all.map(({ message }) => message).join("\n"));
}

/** Names of what is connected; of what stands under a name of a port, `port.name`. */
function connectedOf(
  stage: Stage<Services>,
  inputs: Readonly<Record<string, Input | undefined>>,
): string[] {
  return Object.entries(inputs).flatMap(([port, input]) => {
    if (input === undefined) return [];
    if (!parsePort(stage.inputs[port]!).named) return [port];
    return Object.keys(input).map((name) => `${port}.${name}`);
  });
}

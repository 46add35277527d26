/** What a step is given: its configuration and what its inputs read. @module */
import { resolve as resolvePath } from "node:path";
import type { ObjectSchema } from "../../schemas/infer.ts";
import { checkSchema } from "./check.ts";
import { clip, type Location, suggest } from "./diagnostic.ts";
import type { Document, Json, JsonObject, Path } from "./document.ts";
import type { Mistakes } from "./mistakes.ts";
import type { Binding } from "./plan.ts";
import type { Resolver } from "./resolve.ts";
import type { Labels, Scope } from "./scope.ts";
import { parsePort, type Port, type Stage } from "./stage.ts";

/** Checks configurations and connects inputs, telling what is wrong. */
export class Binder {
  readonly #document: Document;
  readonly #directory: string;
  readonly #mistakes: Mistakes;
  readonly #resolver: Resolver;
  /** Whether files are there, by path: runs of a matrix ask for the same ones. */
  readonly #there = new Map<string, boolean>();

  /** @param directory what paths in the pipeline are relative to */
  constructor(document: Document, directory: string, mistakes: Mistakes, resolver: Resolver) {
    this.#document = document;
    this.#directory = directory;
    this.#mistakes = mistakes;
    this.#resolver = resolver;
  }

  /**
   * Checks a step's configuration, fills in defaults and makes paths absolute, in place.
   *
   * @param id of the step
   * @param given the inputs that are connected
   * @returns the keys that name files
   */
  checkConfig(
    id: string,
    stage: Pick<Stage<never>, "config" | "check" | "made">,
    config: Record<string, Json>,
    given: JsonObject,
    path: Path,
  ): string[] {
    const schema: ObjectSchema = stage.config;
    const problems = checkSchema(this.#document, schema, config, [...path, "with"], path);
    problems.forEach((problem) => this.#mistakes.add(problem));
    if (problems.length === 0) {
      this.#checkSettings(stage, config, given, path);
      this.#resolver.expect(id, stage.made?.(config, new Set(Object.keys(given))));
    }
    const keys = Object.entries(schema.properties)
      .filter(([key, property]) => "format" in property && typeof config[key] === "string")
      .map(([key]) => key);
    for (const key of keys) {
      const written = config[key] as string, file = resolvePath(this.#directory, written);
      if (!this.#isThere(file)) {
        const place = this.#document.locate([...path, "with", key]);
        const hint = `looked for ${file}`;
        this.#mistakes.tell(`no file or directory ${clip(written, 200)}`, place, hint);
      }
      config[key] = file;
    }
    return keys;
  }

  /** Tells what a schema cannot say: settings that need others, or inputs. */
  #checkSettings(
    stage: Pick<Stage<never>, "check">,
    config: JsonObject,
    given: JsonObject,
    path: Path,
  ): void {
    const problems = stage.check?.(config, new Set(Object.keys(given))) ?? [];
    for (const { key, message, hint } of problems) {
      const place = this.#document.locateKey([...path, "with", key]) ?? this.#key(path);
      this.#mistakes.tell(message, place, hint);
    }
  }

  #isThere(file: string): boolean {
    let there = this.#there.get(file);
    if (there === undefined) {
      try {
        Deno.statSync(file);
        there = true;
      } catch {
        there = false;
      }
      this.#there.set(file, there);
    }
    return there;
  }

  /** Connects a step's inputs; those with a mistake are left out. */
  bindInputs(
    stage: Pick<Stage<never>, "name" | "inputs">,
    given: JsonObject,
    path: Path,
    scope: Scope,
    labels: Labels,
  ): Record<string, Binding> {
    const ports = Object.keys(stage.inputs);
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(stage.inputs, name)) continue;
      const message = `stage ${stage.name} has no input ${clip(name, 80)}`;
      this.#mistakes.tell(message, this.#key([...path, "in", name]), suggest(name, ports));
    }
    const inputs: Record<string, Binding> = {};
    for (const [name, spec] of Object.entries(stage.inputs)) {
      const port = parsePort(spec), place = () => this.#document.locate([...path, "in", name]);
      if (!Object.hasOwn(given, name)) {
        if (port.optional) continue;
        const message = `input ${name} of stage ${stage.name} is not connected`;
        const hint = `add ${name}: a reference to something of kind ${spec}`;
        const around = this.#document.locateKey([...path, "in"]) ?? this.#key(path);
        this.#mistakes.tell(message, around, hint);
        continue;
      }
      const resolved = this.#resolver.resolve(given[name]!, scope, labels, place);
      if (resolved === undefined) continue;
      if (resolved === null) {
        if (port.optional) continue;
        const message = `${clip(String(given[name]), 80)} is nothing in the first iteration`;
        this.#mistakes.tell(message, place(), "give it a first value under loop.carry");
        continue;
      }
      const list = resolved.many || resolved.lists;
      if (resolved.kind !== port.kind || (list && !port.list)) {
        this.#mistakes.tell(
          `input ${name} of stage ${stage.name} takes ${spec}, ` +
            `${clip(String(given[name]), 80)} is ${resolved.kind}${list ? "[]" : ""}`,
          place(),
          adviceFor(port, resolved),
        );
        continue;
      }
      inputs[name] = { list: port.list, sources: resolved.sources };
    }
    return inputs;
  }

  #key(path: Path): Location {
    return this.#document.locateKey(path) ?? this.#document.locate(path);
  }
}

function adviceFor(port: Port, given: { kind: string; many: boolean; lists: boolean }): string {
  if (given.kind !== port.kind) return "refer to another output";
  if (!given.many || !given.lists) return "pick one with [0]";
  return "share the axis with the step that it comes from, and pick one with [0]";
}

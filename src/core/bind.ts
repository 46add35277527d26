/** What the inputs of a step read. @module */
import { clip, closest, type Location, show, suggest } from "./diagnostic.ts";
import type { Document, Json, JsonObject, Path } from "./document.ts";
import { NAME } from "./label.ts";
import type { Mistakes } from "./mistakes.ts";
import { isMap } from "./node.ts";
import type { Binding } from "./planned.ts";
import type { Resolver } from "./resolve.ts";
import type { Labels, Scope } from "./scope.ts";
import { parsePort, type Port, type Stage } from "./stage.ts";

/** Connects inputs, telling what is wrong. */
export class Binder {
  readonly #document: Document;
  readonly #mistakes: Mistakes;
  readonly #resolver: Resolver;

  constructor(document: Document, mistakes: Mistakes, resolver: Resolver) {
    this.#document = document;
    this.#mistakes = mistakes;
    this.#resolver = resolver;
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
    const unknown = Object.keys(given).filter((name) => !Object.hasOwn(stage.inputs, name));
    const missing = ports.filter((name) =>
      !Object.hasOwn(given, name) && !parsePort(stage.inputs[name]!).optional
    );
    for (const name of unknown) {
      const message = `stage ${stage.name} has no input ${clip(name, 80)}`;
      const hint = missing.length > 0 && closest(name, ports) === undefined
        ? missing.length === 1 ? `write ${missing[0]}` : `not connected yet: ${missing.join(", ")}`
        : adviceOnName(name, stage);
      this.#mistakes.tell(message, this.#key([...path, "in", name]), hint);
    }
    const inputs: Record<string, Binding> = {};
    const reader = { stage: stage.name, scope, labels };
    for (const name of ports) {
      const spec = stage.inputs[name]!, port = parsePort(spec), at = [...path, "in", name];
      if (!Object.hasOwn(given, name)) {
        // An input of another name is likely to be meant.
        if (port.optional || unknown.length >= missing.length) continue;
        const message = `input ${name} of stage ${stage.name} is not connected`;
        const hint = port.named
          ? `add ${name}: { NAME: a reference to something of kind ${port.kind} }`
          : `add ${name}: a reference to something of kind ${spec}`;
        const around = this.#document.locateKey([...path, "in"]) ?? this.#key(path);
        this.#mistakes.tell(message, around, hint);
      } else if (port.named) {
        Object.assign(inputs, this.#bindNamed(name, port, given[name]!, at, reader));
      } else {
        const binding = this.#bind(name, port, given[name]!, at, reader);
        if (binding !== undefined) inputs[name] = binding;
      }
    }
    return inputs;
  }

  /** What stands under each name, by `port.name`. */
  #bindNamed(
    name: string,
    port: Port,
    given: Json,
    path: Path,
    reader: InputReader,
  ): Record<string, Binding> {
    const input = `input ${name} of stage ${reader.stage}`, { kind } = port;
    if (!isMap(given)) {
      const written = typeof given === "string" ? clip(given, 80) : "step.port";
      const message = `${input} takes references under names, not ${show(given)}`;
      const hint = `write ${name}: { NAME: ${written} }, with a name of your own`;
      this.#mistakes.tell(message, this.#document.locateGiven(path), hint);
      return {};
    }
    const bindings: Record<string, Binding> = {};
    for (const [entry, reference] of Object.entries(given)) {
      const at = [...path, entry];
      if (!NAME.test(entry)) {
        const message = `${clip(entry, 80)} is no name for what ${input} takes`;
        this.#mistakes.tell(message, this.#key(at), "use a-z, 0-9 and _, a letter first");
        continue;
      }
      const each = { ...port, named: false, optional: true };
      const binding = this.#bind(`${name}.${entry}`, each, reference, at, reader);
      if (binding === undefined) continue;
      bindings[`${name}.${entry}`] = { ...binding, entry: { port: name, name: entry } };
    }
    if (Object.keys(given).length === 0 && !port.optional) {
      const hint = `write ${name}: { NAME: a reference to something of kind ${kind} }`;
      this.#mistakes.tell(`${input} is given nothing`, this.#key(path), hint);
    }
    return bindings;
  }

  /** @returns undefined where nothing is connected, or a mistake was told */
  #bind(
    name: string,
    port: Port,
    given: Json,
    path: Path,
    { stage, scope, labels }: InputReader,
  ): Binding | undefined {
    const place = () => this.#document.locateGiven(path), written = clip(String(given), 80);
    const resolved = this.#resolver.resolve(given, scope, labels, place);
    if (resolved.is === "wrong") return undefined;
    if (resolved.is === "nothing") {
      if (port.optional) return undefined;
      const message = `${written} is nothing in the first iteration`;
      this.#mistakes.tell(message, place(), "give it a first value under loop.carry");
      return undefined;
    }
    const list = resolved.many || resolved.lists;
    if (resolved.kind === port.kind && (!list || port.list)) {
      return { list: port.list, sources: resolved.sources };
    }
    this.#mistakes.tell(
      `input ${name} of stage ${stage} takes ${port.kind}${port.list ? "[]" : ""}, ` +
        `${written} is ${resolved.kind}${list ? "[]" : ""}`,
      place(),
      adviceFor(port, resolved),
    );
    return undefined;
  }

  #key(path: Path): Location {
    return this.#document.locateKey(path) ?? this.#document.locate(path);
  }
}

/** Who reads an input. */
interface InputReader {
  /** Name of its stage. */
  readonly stage: string;
  readonly scope: Scope;
  readonly labels: Labels;
}

/** What to write instead of an input that a stage does not have. */
function adviceOnName(name: string, { inputs }: Pick<Stage<never>, "inputs">): string {
  const ports = Object.keys(inputs), hint = suggest(name, ports);
  const named = ports.find((port) => parsePort(inputs[port]!).named);
  if (named === undefined || !NAME.test(name) || !hint.startsWith("known:")) return hint;
  return `${hint}; a name of your own stands below: ${named}: { ${name}: … }`;
}

function adviceFor(port: Port, given: { kind: string; many: boolean; lists: boolean }): string {
  if (given.kind !== port.kind) return "refer to another output";
  if (!given.many || !given.lists) return "pick one with [0]";
  return "share the axis with the step that it comes from, and pick one with [0]";
}

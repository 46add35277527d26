/** What the inputs of a step read. @module */
import { clip, type Location, suggest } from "./diagnostic.ts";
import type { Document, JsonObject, Path } from "./document.ts";
import type { Mistakes } from "./mistakes.ts";
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
      if (resolved.is === "wrong") continue;
      if (resolved.is === "nothing") {
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

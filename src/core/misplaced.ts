/** Names that stand where they mean nothing, and where they belong: parameters, steps and settings of this pipeline. @module */
import { calledBefore } from "../../schemas/validate.ts";
import type { ObjectSchema } from "../../schemas/infer.ts";
import { PIPELINE_SCHEMA, STEP_SCHEMA } from "../../schemas/pipeline.ts";
import { clip, closest } from "./diagnostic.ts";
import type { Json, JsonObject, Path } from "./document.ts";
import type { Library } from "./library.ts";
import { isMap } from "./node.ts";
import type { Unplaced } from "./override.ts";
import { type Location, Override } from "./source.ts";

/** Steps that a hint names. */
const MAX_NAMED = 4;

/** Keys that name a stage, here or elsewhere. */
const USES: ReadonlySet<string> = new Set(["uses", ...STEP_SCHEMA.properties.uses.was]);

/** A step or loop as an override names it, `meta.students`, and the settings of its stage. */
interface Step {
  readonly name: string;
  readonly config: ObjectSchema | undefined;
}

/** A setting as it is written here. */
interface Setting {
  readonly step: string;
  readonly keys: readonly string[];
  /** How it is reckoned, where another tool's counts something else. */
  readonly reckoned: string | undefined;
}

/** Says where names of a pipeline belong. */
export class Misplaced<S> {
  readonly #params: JsonObject;
  readonly #steps: readonly Step[];
  readonly #library: Library<S>;

  /** @param pipeline as it is written, whatever is wrong with it */
  constructor(pipeline: Json, library: Library<S>) {
    const { params, steps } = isMap(pipeline) ? pipeline : {};
    this.#params = isMap(params) ? params : {};
    this.#steps = stepsIn(steps, "", library);
    this.#library = library;
  }

  /** What to write instead of a key at the top of a pipeline. */
  atTop(key: string, location: Location): string | undefined {
    const override = overrideAt(location), value = valueOf(override);
    if (Object.hasOwn(this.#params, key)) {
      return override === undefined
        ? `it is a parameter: write it under params:`
        : `write params.${key}=${value}`;
    }
    if (Object.hasOwn(STEP_SCHEMA.properties, key)) return `it belongs to a step: write it there`;
    const known = this.#whereSet(key, override) ?? this.#library.advice?.(key);
    if (known !== undefined) return known;
    if (override === undefined || closest(key, Object.keys(PIPELINE_SCHEMA.properties))) return;
    const near = closest(key, Object.keys(this.#params));
    return near && `write params.${near}=${value}`;
  }

  /** What to write instead of a key of a step. @param path of the step */
  inStep(key: string, location: Location, path: Path): string | undefined {
    const name = path.filter((_, i) => i % 2 === 1).join(".");
    const own = this.#steps.filter((step) => step.name === name);
    if (Object.hasOwn(PIPELINE_SCHEMA.properties, key)) {
      return `write ${clip(key, 80)} at the top of the file`;
    }
    return this.#whereSet(key, overrideAt(location), own) ?? this.#library.advice?.(key);
  }

  /** What to write instead of a setting that no step below has. */
  inherited(key: string): string | undefined {
    const [found] = this.#find(key);
    if (found === undefined) {
      const known = this.#steps.flatMap(({ config }) => Object.keys(config?.properties ?? {}));
      const near = closest(key, known);
      return near === undefined ? this.#library.advice?.(key) : `did you mean ${near}?`;
    }
    const { keys, reckoned } = found;
    return `write ${keys.length === 1 ? keys[0] : nested(keys)}${
      reckoned === undefined ? "" : `: ${reckoned}`
    }`;
  }

  /** What to write instead of a path that leads nowhere. */
  inPath({ names, part, known, override }: Unplaced): string | undefined {
    const name = names[part]!, rest = names.slice(part + 1);
    if (names[0] !== "params" && part <= 1) {
      const wanted = this.#stepCalled(name, known);
      const written = wanted && `steps.${[wanted, ...rest].join(".")}`;
      if (written !== undefined) return `write ${written}=${valueOf(override)}`;
    }
    if (closest(name, known) !== undefined) return undefined;
    const last = names.at(-1)!;
    if (names[0] !== "params" && Object.hasOwn(this.#params, last)) {
      return `write params.${last}=${valueOf(override)}`;
    }
    return this.#whereSet(last, override) ?? this.#library.advice?.(name) ??
      this.#library.advice?.(last);
  }

  /** The step of a name in whatever loop; of a misspelt one, unless something nearer has a name like it. */
  #stepCalled(name: string, known: readonly string[]): string | undefined {
    const last = (step: Step) => step.name.split(".").at(-1)!;
    const exact = this.#steps.filter((step) => last(step) === name);
    if (exact.length > 0 || closest(name, known) !== undefined) return exact[0]?.name;
    const near = closest(name, this.#steps.map(last));
    return this.#steps.find((step) => last(step) === near)?.name;
  }

  /** Where a setting of some steps is written. */
  #whereSet(
    key: string,
    override: Override | undefined,
    among: readonly Step[] = this.#steps,
  ): string | undefined {
    const found = this.#find(key, among), [first] = found;
    if (first === undefined) return undefined;
    const { keys, reckoned } = first, steps = found.map(({ step }) => step);
    const why = reckoned === undefined ? "" : `: ${reckoned}`;
    const named = steps.slice(0, MAX_NAMED).join(" or ") +
      (steps.length > MAX_NAMED ? " or …" : "");
    if (override === undefined) {
      const where = among === this.#steps ? ` in step ${named}` : "";
      return `it is a setting: write with: { ${nested(keys)} }${where}${why}`;
    }
    const step = steps.length === 1 ? first.step : "STEP";
    const value = reckoned === undefined ? valueOf(override) : "…";
    const which = steps.length === 1 ? "" : `, where STEP is ${named}`;
    return `write steps.${step}.with.${keys.join(".")}=${value}${which}${why}`;
  }

  #find(key: string, among: readonly Step[] = this.#steps): Setting[] {
    return among.flatMap(({ name, config }) => {
      const keys = config && keysTo(config, key);
      return keys === undefined ? [] : [{ step: name, ...keys }];
    });
  }
}

/** How a setting is written, by its name here or elsewhere. */
function keysTo(
  { properties }: Pick<ObjectSchema, "properties">,
  key: string,
): Omit<Setting, "step"> | undefined {
  const now = Object.hasOwn(properties, key) ? key : calledBefore(properties, key);
  if (now !== undefined) {
    const { unlike = {} } = properties[now]!;
    return { keys: [now], reckoned: Object.hasOwn(unlike, key) ? unlike[key] : undefined };
  }
  for (const [name, property] of Object.entries(properties)) {
    const inside = "properties" in property ? keysTo(property, key) : undefined;
    if (inside !== undefined) return { ...inside, keys: [name, ...inside.keys] };
  }
  return undefined;
}

function stepsIn<S>(steps: Json | undefined, prefix: string, library: Library<S>): Step[] {
  if (!isMap(steps)) return [];
  return Object.entries(steps).flatMap(([key, step]): Step[] => {
    if (!isMap(step)) return [];
    const name = prefix + key, { steps } = step;
    const uses = Object.entries(step).find(([key]) => USES.has(key))?.[1];
    const stage = typeof uses === "string" ? library.stage(uses) : undefined;
    return [{ name, config: stage?.definition.config }, ...stepsIn(steps, `${name}.`, library)];
  });
}

function overrideAt({ source }: Location): Override | undefined {
  return source instanceof Override ? source : undefined;
}

/** What an override gives its path. */
function valueOf(override: Override | undefined): string {
  const { text = "" } = override ?? {};
  return clip(text.slice(text.indexOf("=") + 1), 80);
}

/** `a: { b: … }` */
function nested(keys: readonly string[]): string {
  return keys.reduceRight(
    (inside, key, i) => i === keys.length - 1 ? `${key}: …` : `${key}: { ${inside} }`,
    "",
  );
}

/** The configuration of a step: checked, complete, and with what it names looked up. @module */
import { resolve as resolvePath } from "node:path";
import type { ObjectSchema, Schema } from "../../schemas/infer.ts";
import { calledBefore } from "../../schemas/validate.ts";
import { checkSchema } from "./check.ts";
import { clip, type Given, type Location, show, suggest } from "./diagnostic.ts";
import type { Document, Json, JsonObject, Path } from "./document.ts";
import {
  isModule,
  type Library,
  type Located,
  moduleSpecifier,
  type ModuleUse,
  type Use,
} from "./library.ts";
import type { Mistakes } from "./mistakes.ts";
import { isMap } from "./node.ts";
import type { Made, Stage } from "./stage.ts";
import { Override } from "./source.ts";
import { askStage } from "./stage_checks.ts";

/** Where a part of a configuration stands in the document. */
export type Place = (path: Path) => Path;

/** Settings of a configuration that name something outside of it. */
interface Named {
  /** Files and directories. */
  readonly files: Path[];
  /** Definitions. */
  readonly uses: Use[];
  /** Settings that change nothing that comes out. */
  readonly unkeyed: Path[];
}

/** A configuration that was checked. */
export interface Checked extends Named {
  /** Complete. */
  readonly config: JsonObject;
  /** What is known of the outputs; see `StageDefinition.made`. */
  readonly made?: Readonly<Record<string, Made>> | undefined;
}

/** What a step is called, where it stands, and the module of its stage. */
interface Whose {
  readonly id?: string;
  readonly location?: Location;
  readonly url?: string;
}

type Settings = Record<string, Json>;
type Component = Extract<Schema, { readonly component: string }>;
type Components = Extract<Schema, { readonly components: string }>;

/** Checks configurations, telling what is wrong. */
export class SettingsChecker<S> {
  /** Modules that have to be loaded before all can be checked. */
  readonly modules: ModuleUse[] = [];
  readonly #document: Document;
  readonly #library: Library<S>;
  readonly #directory: string;
  readonly #mistakes: Mistakes;
  /** Whether files are there, by path: runs of a matrix ask for the same ones. */
  readonly #there = new Map<string, boolean>();

  /** @param directory what paths in the pipeline are relative to */
  constructor(document: Document, library: Library<S>, directory: string, mistakes: Mistakes) {
    this.#document = document;
    this.#library = library;
    this.#directory = directory;
    this.#mistakes = mistakes;
  }

  /**
   * Checks a step's configuration, fills in defaults, makes paths absolute, and writes out what names a definition as
   * `{ uses: … }`.
   *
   * @param settings changed inside
   * @param given the inputs that are connected
   * @param step whose it is, for what the stage itself fails to say
   */
  check(
    stage: Pick<Stage<never>, "name" | "config" | "check" | "made">,
    settings: JsonObject,
    given: JsonObject,
    place: Place,
    step: Whose = {},
  ): Checked {
    const config: Settings = { ...settings },
      named: Checked = { config, files: [], uses: [], unkeyed: [] };
    const before = this.#mistakes.told, waiting = this.modules.length;
    this.#checkSchema(stage.config, config, place);
    this.#follow(stage.config, config, [], named, place);
    if (this.#mistakes.told > before || this.modules.length > waiting) return named;
    const connected = new Set(Object.entries(given).flatMap(namesOf));
    const { problems, made } = askStage(stage, config, connected, (what, message) => {
      this.#mistakes.tell(
        `${step.id ?? "a step"}: ${what} of stage ${stage.name} fails: ${message}`,
        step.location ?? this.#document.locate(place([])),
        `mend ${what} in ${step.url ?? stage.name}`,
      );
    });
    for (const { key, message, hint } of problems) {
      const at = this.#document.locateKey(place([key])) ?? this.#document.locate(place([]));
      this.#mistakes.tell(message, at, hint);
    }
    return { ...named, made };
  }

  /**
   * The stage or definition that `uses` names.
   *
   * @param path where it is used
   * @param location where it is written
   * @returns undefined when it is none, which was told, or is a module that is not loaded
   */
  find<D>(
    kind: string,
    uses: string,
    path: Path,
    location: Location,
    get: (uses: string) => Located<D> | undefined,
  ): Located<D> | undefined {
    if (!isModule(uses)) {
      const found = get(uses);
      if (found !== undefined) return found;
      const hint = /\.[cm]?[jt]s$/.test(uses)
        ? `write ./${clip(uses, 80)} for a module`
        : /\.py$/.test(uses)
        ? "name a module of TypeScript or JavaScript by its path, ./name.ts"
        : suggest(uses, this.#library.names(kind));
      this.#mistakes.tell(`unknown ${kind} ${clip(uses, 80)}`, this.#given(location, path), hint);
      return undefined;
    }
    const module = moduleSpecifier(uses, this.#directoryOf(location));
    if ("message" in module) {
      this.#mistakes.tell(clip(module.message, 200), this.#given(location, path), module.hint);
      return undefined;
    }
    const found = get(module.specifier);
    if (found === undefined) this.modules.push({ kind, ...module, location });
    return found;
  }

  #checkSchema(schema: ObjectSchema, value: Json, place: Place): void {
    const elsewhere = (key: string) => this.#settingOf(schema, value, key);
    for (const problem of checkSchema(this.#document, schema, value, place, elsewhere)) {
      this.#mistakes.add(problem);
    }
  }

  /** How a key is written that is a setting of what another setting names: what it names first, then anything it could. */
  #settingOf({ properties }: ObjectSchema, given: Json, key: string): string | undefined {
    for (const [setting, property] of Object.entries(properties)) {
      if (!("component" in property)) continue;
      const kind = property.component;
      for (
        const name of [usedBy(given, setting) ?? property.default, ...this.#library.names(kind)]
      ) {
        if (name === undefined) continue;
        const own = this.#library.definition(kind, name)?.definition.config.properties ?? {};
        const now = Object.hasOwn(own, key) ? key : calledBefore(own, key);
        if (now === undefined) continue;
        return `it is a setting of ${setting}: write ${setting}: { uses: ${name}, ${now}: … }`;
      }
    }
    if (key === "device") return "write device at the top of the file";
    if (BESIDE.has(key)) return `write ${key} beside with:, not in it`;
    return this.#library.advice?.(key);
  }

  /** Goes through settings that name files or definitions, which may have such settings themselves. */
  #follow(schema: ObjectSchema, config: Settings, path: Path, named: Named, place: Place): void {
    for (const [key, property] of Object.entries(schema.properties)) {
      if (!Object.hasOwn(config, key)) continue;
      config[key] = this.#followed(property, config[key]!, [...path, key], named, place);
    }
  }

  /** A setting, with what it names written out. */
  #followed(property: Schema, value: Json, path: Path, named: Named, place: Place): Json {
    if (property.unkeyed === true) named.unkeyed.push(path);
    if ("component" in property) return this.#use(property, value, path, named, place);
    if ("components" in property) {
      if (isMap(value)) return this.#useAll(property, value, path, named, place);
      const message = `expected a map of ${property.components}s, got ${show(value)}`;
      const names = [value].flat().filter((one) => typeof one === "string");
      const weight = property.shorthand.toUpperCase();
      const all = (names.length > 0 ? names : ["NAME"]).map((name) => `${name}: ${weight}`);
      this.#tell(message, place(path), clip(`write { ${all.join(", ")} }`, 200));
    } else if ("properties" in property) {
      if (isMap(value)) this.#follow(property, value as Settings, path, named, place);
    } else if ("additionalProperties" in property) {
      if (!isMap(value)) return value;
      const all = Object.entries(value).map(([key, item]) => [
        key,
        this.#followed(property.additionalProperties, item, [...path, key], named, place),
      ]);
      return Object.fromEntries(all);
    } else if ("items" in property) {
      if (!Array.isArray(value)) return value;
      return value.map((item, i) =>
        this.#followed(property.items, item, [...path, i], named, place)
      );
    } else if ("format" in property && typeof value === "string") {
      named.files.push(path);
      return this.#file(value, place(path), property.hub);
    }
    return value;
  }

  /** @param hub what fetches `OWNER/NAME` */
  #file(written: string, path: Path, hub: string | undefined): string {
    const location = this.#document.locateWritten(path);
    const file = this.absolute(written, path);
    if (!this.#isThere(file)) {
      const message = `no file or directory ${clip(written, 200)}`;
      const isName = hub !== undefined && /^[\w-][\w.-]*\/[\w.-]+$/.test(written);
      const hint = `looked for ${file}${isName ? `; ${hub}` : ""}`;
      this.#mistakes.tellAbsent({ message, ...this.#given(location, path), hint });
    }
    return file;
  }

  /** `name`, or `{ uses: name, … }` with settings of its own. */
  #use(
    { component: kind }: Component,
    given: Json,
    path: Path,
    named: Named,
    place: Place,
  ): Json {
    const settings = typeof given === "string" ? { uses: given } : given;
    if (!isMap(settings) || typeof settings.uses !== "string") {
      // The name may stand under a key of another program's.
      const [key, name] = Object.entries(isMap(settings) ? settings : {})
        .find(([, value]) => typeof value === "string") ?? [];
      const hint = key === undefined
        ? `write the name of a ${kind}, or { uses: name, … } with settings of its own`
        : clip(`write uses: ${name} for ${key}: ${name}`, 200);
      this.#tell(`${show(given)} names no ${kind}`, place(path), hint);
      return given;
    }
    return this.#settings(kind, settings, path, named, place);
  }

  /** `{ name: value }`, where the value is the setting that all of the map have, or `{ label: { uses: name, … } }`. */
  #useAll(
    { components: kind, each, shorthand }: Components,
    given: JsonObject,
    path: Path,
    named: Named,
    place: Place,
  ): Json {
    return Object.fromEntries(
      Object.entries(given).map(([label, value]) => {
        const here = [...path, label];
        const settings = isMap(value) ? value : { [shorthand]: value! };
        const { uses = label } = settings;
        if (typeof uses !== "string") {
          const hint = `write uses: with the name of a ${kind}`;
          this.#tell(`${show(uses)} names no ${kind}`, place(here), hint);
          return [label, value];
        }
        const own: Settings = { ...settings, uses }, shared: Settings = {};
        for (const key of Object.keys(each.properties)) {
          if (!Object.hasOwn(settings, key)) continue;
          shared[key] = settings[key]!;
          delete own[key];
        }
        this.#checkSchema(each, shared, below(place, here));
        return [label, { ...this.#settings(kind, own, here, named, place, true), ...shared }];
      }),
    );
  }

  #settings(
    kind: string,
    { uses, ...given }: JsonObject,
    path: Path,
    named: Named,
    place: Place,
    label = false,
  ): JsonObject {
    const location = this.#locateName(place(path), label);
    const found = this.find(
      kind,
      uses as string,
      this.#document.locateKey(place([...path, "uses"])) ? place([...path, "uses"]) : place(path),
      location,
      (name) => this.#library.definition(kind, name),
    );
    if (found === undefined) return { uses: uses!, ...given };
    const { definition, url } = found, config: Settings = { ...given };
    this.#checkSchema(definition.config, config, below(place, path));
    this.#follow(definition.config, config, path, named, place);
    const locate = (setting: Path) => {
      const at = place([...path, ...setting]);
      return this.#document.locateKey(at) === undefined ? location : this.#document.locate(at);
    };
    named.uses.push({ kind, path, name: definition.name, url, location, locate });
    return { uses: isModule(uses as string) ? url : definition.name, ...config };
  }

  /** Where a definition is named: by `uses`, or else by the setting's value, or its label in a map. */
  #locateName(path: Path, label: boolean): Location {
    const uses = [...path, "uses"];
    if (this.#document.locateKey(uses) !== undefined) return this.#document.locateWritten(uses);
    return label && this.#document.locateKey(path) || this.#document.locateWritten(path);
  }

  /** A path that stands somewhere, as an absolute one. */
  absolute(written: string, path: Path): string {
    return resolvePath(this.#directoryOf(this.#document.locateWritten(path)), written);
  }

  /** What paths are relative to: the file that they are written in, or the pipeline where that is none. */
  #directoryOf({ source: { directory } }: Location): string {
    return directory ?? this.#directory;
  }

  /** A place of a value, with where that is used if it is written elsewhere. */
  #given(location: Location, path: Path): Given {
    const given = this.#document.locateGiven(path), { related, location: at = location } = given;
    if (related === undefined) return { location };
    if (at.source instanceof Override) return given;
    return { location, related: [{ message: "it is used here", location: at }] };
  }

  #tell(message: string, path: Path, hint: string): void {
    this.#mistakes.tell(message, this.#document.locateGiven(path), hint);
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
}

/** Keys of a step that might be thought to be settings. */
const BESIDE: ReadonlySet<string> = new Set(["seed", "in", "matrix", "retries", "time_limit"]);

/** Names of an input that is connected: that of a port, and `port.name` of each that stands under a name. */
function namesOf([port, given]: readonly [string, Json]): string[] {
  return isMap(given) ? [port, ...Object.keys(given).map((name) => `${port}.${name}`)] : [port];
}

/** What a setting names, by its shorthand or written out. */
function usedBy(given: Json, setting: string): string | undefined {
  const value = isMap(given) && Object.hasOwn(given, setting) ? given[setting] : undefined;
  const uses = isMap(value) ? value.uses : value;
  return typeof uses === "string" ? uses : undefined;
}

/** Places of parts of the value at a path. */
function below(place: Place, path: Path): Place {
  return (at) => place([...path, ...at]);
}

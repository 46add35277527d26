/** What an editor is told of settings: schemas made from those that the program checks them with. @module */
import type { Definition } from "../src/core/library.ts";

/** A schema, draft-07 with the words that yaml-language-server and VS Code add. */
export interface EditorSchema {
  readonly [keyword: string]: unknown;
}

/** Properties by name. */
export type Properties = Readonly<Record<string, object>>;

/** What there is to a setting's schema besides what draft-07 knows. */
interface Setting {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly items?: object;
  readonly properties?: Properties;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | object;
  readonly component?: string;
  readonly components?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
}

/** A setting under whose labels definitions of a kind stand. */
export interface Labelled {
  /** The kind. */
  readonly components: string;
  /** What each has besides settings of its own. */
  readonly each: { readonly properties: Properties };
  /** Which of these a value that is no map stands for. */
  readonly shorthand: string;
}

/** A module of the user's, or a reference to a parameter. */
export const MODULE = "^(\\.{0,2}/|npm:|file:)|\\$\\{.*\\}";

/** A text such as `${params.tau}`, which may stand for any value. */
const REFERENCE = "\\$\\{.*\\}";

/** What is to be written for a setting of a type. */
const WANTED: Readonly<Record<string, string>> = {
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
};

/** What a file that is laid over another may say besides: null removes a value. */
export const REMOVED = {
  type: "null",
  errorMessage: "There is no such key; null removes what the file below has there.",
};

/** Schemas of settings, in files that stand alone or, `layer`, in those that are laid over others. */
export class EditorSettings {
  readonly #definitions: readonly Definition[];
  readonly #layer: boolean;

  constructor(definitions: readonly Definition[], layer: boolean) {
    this.#definitions = definitions;
    this.#layer = layer;
  }

  /** What names of their schemas begin with. */
  get prefix(): "layer_" | "" {
    return this.#layer ? "layer_" : "";
  }

  /** A map of settings; others are mistakes. In a layer, null may remove what another stage had. */
  map(properties: Properties): EditorSchema {
    const additionalProperties = this.#layer ? REMOVED : false;
    return { properties: this.all(properties), additionalProperties };
  }

  /** Settings by name. */
  all(properties: Properties): Readonly<Record<string, EditorSchema>> {
    const settings = Object.entries(properties).map(([name, part]) => [name, this.one(part)]);
    return Object.fromEntries(settings);
  }

  /** A setting, for which a reference may always stand. */
  one(schema: object): EditorSchema {
    const setting: Setting = schema;
    const { description, ...standard } = described(setting);
    const about = { description, ...standard };
    const { type, items, properties, additionalProperties, component, components } = setting;
    const { minimum, maximum, exclusiveMinimum, minItems } = setting;
    if (component !== undefined) {
      return {
        ...about,
        anyOf: this.#orNull([{ $ref: `#/definitions/${this.prefix}${component}` }]),
      };
    }
    // The parts stand in allOf because editors write all defaults of properties that stand beside the type.
    if (components !== undefined) {
      return { ...about, type: this.#type("object"), allOf: [this.#labels(components)] };
    }
    if (setting.enum !== undefined) {
      const reference = { type: this.#type("string"), pattern: REFERENCE };
      return { ...about, anyOf: [{ enum: setting.enum, description }, reference] };
    }
    if (properties !== undefined) {
      const allOf = [this.map(properties), ...(this.#layer ? [] : needs(setting))];
      return { description, type: this.#type("object"), allOf };
    }
    if (typeof additionalProperties === "object") {
      const values = this.one(additionalProperties);
      return { ...about, type: this.#type("object"), additionalProperties: values };
    }
    if (type === undefined || typeof type === "object" || type === "string") {
      return { ...about, type: this.#type(...[type ?? []].flat()) };
    }
    return {
      ...about,
      // Editors write a value of the first type where there is no default: 0 for a number, allowed or not.
      type: type === "array" || setting.default !== undefined
        ? this.#type(type, "string")
        : this.#type("string", type),
      pattern: REFERENCE,
      errorMessage: `Write ${WANTED[type]}, or a reference such as \${params.name}.`,
      ...defined({ minimum, maximum, exclusiveMinimum, minItems }),
      ...items === undefined ? {} : { items: this.one(items) },
    };
  }

  /** What may name a definition of a kind: its name, a module, or either with settings. */
  names(kind: string): EditorSchema {
    const known = this.#definitions.filter((definition) => definition.kind === kind);
    const names = {
      enum: known.map(({ name }) => name),
      enumDescriptions: known.map(({ summary }) => summary),
    };
    const module = { type: "string", pattern: MODULE };
    return { anyOf: [names, module, this.#withSettings(kind, {})] };
  }

  /** What stands under a label: a value, or a definition with settings. */
  labelled({ components, each, shorthand }: Labelled): EditorSchema {
    const { properties } = each;
    return {
      anyOf: [this.one(properties[shorthand]!), this.#withSettings(components, properties)],
    };
  }

  /** Definitions under labels; those with a name of one are that. */
  #labels(kind: string): EditorSchema {
    const value = { $ref: `#/definitions/${this.prefix}labelled_${kind}` };
    const known = this.#definitions.filter((definition) => definition.kind === kind)
      .map(({ name, summary }) => [name, { description: summary, anyOf: [value] }]);
    return { properties: Object.fromEntries(known), additionalProperties: value };
  }

  /** `{ uses: name, … }` with the settings of what is named. */
  #withSettings(kind: string, more: Properties): EditorSchema {
    const known = this.#definitions.filter((definition) => definition.kind === kind);
    const uses = {
      description: `Which ${kind}.`,
      anyOf: [
        ...known.map(({ name, summary }) => ({ const: name, description: summary })),
        { type: "string", pattern: MODULE },
      ],
    };
    const ofEach = known.map(({ name, config }) => ({
      if: { properties: { uses: { const: name } } },
      then: {
        ...this.#used({ ...config.properties, ...more }),
        ...together(this.#layer ? [] : needs(config)),
      },
    }));
    const any = Object.assign({}, ...known.map(({ config }) => config.properties));
    return {
      type: "object",
      properties: { uses },
      if: { required: ["uses"] },
      then: { allOf: ofEach },
      // Under a label that is a name, and in a layer, what is meant is said elsewhere.
      else: this.#used({ ...any, ...more }),
    };
  }

  #used(properties: Properties): EditorSchema {
    const map = this.map(properties);
    return { ...map, properties: { uses: { type: "string" }, ...this.all(properties) } };
  }

  #type(...types: readonly string[]): string | readonly string[] {
    const all = this.#layer ? [...types, "null"] : types;
    return all.length === 1 ? all[0]! : all;
  }

  #orNull(alternatives: readonly object[]): readonly object[] {
    return this.#layer ? [...alternatives, REMOVED] : alternatives;
  }
}

/** What a setting is for, and its default: in words too, where only those are shown. */
export function described(schema: object): EditorSchema {
  const { description = "", default: standard }: Setting = schema;
  if (standard === undefined) return { description };
  if (typeof standard !== "object" || standard === null) {
    const words = /^[\w./-]*\w$/.test(String(standard)) ? standard : JSON.stringify(standard);
    return { description: `${description} Default: ${words}.`, default: standard };
  }
  const entries = Object.entries(standard).map(([name, value]) => `${name}: ${value}`);
  return entries.length === 0
    ? { description }
    : { description: `${description} Default: { ${entries.join(", ")} }.`, default: standard };
}

/** Each of what a map has to have; apart, since editors offer `required` beside properties as an item more. */
export function needs(schema: object): readonly EditorSchema[] {
  const { properties = {}, required = [] }: Setting = schema;
  return required.map((name) => {
    const { description = "" }: Setting = properties[name]!;
    return missing(name, `${name} is missing. ${description}`);
  });
}

/** Conditions that hold together; draft-07 wants one at least. */
export function together(conditions: readonly EditorSchema[]): EditorSchema {
  return conditions.length === 0 ? {} : { allOf: conditions };
}

/** That a key has to be there, and what is said where it is not. */
export function missing(name: string, errorMessage: string): EditorSchema {
  return { required: [name], errorMessage };
}

function defined(keywords: Readonly<Record<string, number | undefined>>): EditorSchema {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined));
}

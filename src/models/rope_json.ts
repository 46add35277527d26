/** The rotary settings of a `config.json`, in transformers 4's form and in 5's. @module */
import type { RopeScaling } from "./config.ts";
import { isNothing, type Json, shown } from "./declared.ts";

/** The rotary fields of a config. */
export interface Rope {
  readonly rope_theta: number;
  readonly rope_scaling?: RopeScaling;
}

/** transformers' `default_theta`. */
const THETA = 10_000;

/** Why a type is not supported, where more can be said than that. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  dynamic:
    ": its angles change with the length, so that a cached sampler and a trainer cannot agree",
  longrope:
    ": its angles change with the length, so that a cached sampler and a trainer cannot agree",
  mrope: ": it is for images",
};

/** Keys besides `rope_type`, `type` and `rope_theta` that each type uses. */
const KEYS: Readonly<Record<RopeScaling["rope_type"] | "default", readonly string[]>> = {
  default: [],
  linear: ["factor"],
  llama3: ["factor", "low_freq_factor", "high_freq_factor"],
  yarn: [
    "factor",
    "attention_factor",
    "beta_fast",
    "beta_slow",
    "mscale",
    "mscale_all_dim",
    "truncate",
  ],
};

/** Keys of any type: notes, and a length that a type uses or has no use for. */
const NOTES = ["rope_type", "type", "rope_theta", "original_max_position_embeddings", "finetuned"];

/** What may stand in either form of the settings. */
interface Part {
  readonly name: "rope_scaling" | "rope_parameters";
  readonly json: Json;
}

/**
 * Reads the rotary settings by transformers 5's rules (modeling_rope_utils.py): of two forms, `rope_scaling` counts; the
 * angle's base is the one within it, or else `rope_theta`.
 *
 * @param fail makes an error of a problem
 * @throws what `fail` makes, when a setting is not supported or the two forms say different things
 */
export function readRope(json: Json, context: number, fail: (problem: string) => Error): Rope {
  const parts = (["rope_scaling", "rope_parameters"] as const)
    .map((name) => partOf(json, name, fail)).filter((part) => part !== undefined);
  const ropes = parts.map((part) => ropeOf(part, json, context, fail));
  const [rope = { rope_theta: thetaOf(json, undefined, fail) }, other] = ropes;
  if (other === undefined) return rope;
  const said = parts[1]!.json.rope_theta ?? rope.rope_theta;
  const scaled = other.rope_scaling === undefined ||
    JSON.stringify(other.rope_scaling) === JSON.stringify(rope.rope_scaling);
  if (said === rope.rope_theta && scaled) return rope;
  throw fail(
    `rope_scaling (with a base of ${rope.rope_theta}) and rope_parameters say different things; ` +
      `write all of it into rope_parameters, and leave rope_scaling and rope_theta out`,
  );
}

function partOf(json: Json, name: Part["name"], fail: (problem: string) => Error) {
  const value = json[name];
  if (isNothing(value)) return undefined; // an empty one means none
  if (typeof value !== "object" || Array.isArray(value)) {
    throw fail(`${name} is ${shown(value)}, which is no object`);
  }
  return { name, json: value as Json };
}

function ropeOf(part: Part, json: Json, context: number, fail: (problem: string) => Error): Rope {
  const { name, json: own } = part;
  const { rope_type, type } = own;
  if (!isNothing(rope_type) && !isNothing(type) && rope_type !== type) {
    throw fail(`${name} has rope_type ${shown(rope_type)} and type ${shown(type)}; leave one out`);
  }
  const kind = rope_type ?? type ?? "default";
  if (typeof kind !== "string" || !Object.hasOwn(KEYS, kind)) {
    const why = typeof kind === "string" && Object.hasOwn(UNSUPPORTED, kind)
      ? UNSUPPORTED[kind]
      : "";
    throw fail(
      `${name}.rope_type is ${shown(kind)}${why}; supported are ${Object.keys(KEYS).join(", ")}`,
    );
  }
  const known = [...NOTES, ...KEYS[kind as keyof typeof KEYS]];
  for (const [key, value] of Object.entries(own)) {
    // Of 1 they change nothing.
    const same = ["partial_rotary_factor", "factor"].includes(key) && value === 1;
    if (value === null || known.includes(key) || same) continue;
    throw fail(
      `${name}.${shown(key)} is ${shown(value)}, of which rope_type ${kind} knows nothing`,
    );
  }
  const rope_theta = thetaOf(json, part, fail);
  const scaling = scalingOf(kind as keyof typeof KEYS, part, json, context, fail);
  if (scaling?.rope_type === "yarn" && rope_theta <= 1) {
    throw fail(`${name}: yarn wants a rope_theta above 1, which is ${rope_theta}`);
  }
  return { rope_theta, ...(scaling === undefined ? {} : { rope_scaling: scaling }) };
}

function thetaOf(json: Json, part: Part | undefined, fail: (problem: string) => Error): number {
  const own = part?.json.rope_theta;
  const name = isNothing(own) ? "rope_theta" : `${part!.name}.rope_theta`;
  return positive(isNothing(own) ? json.rope_theta ?? THETA : own, name, fail);
}

function scalingOf(
  kind: keyof typeof KEYS,
  part: Part,
  json: Json,
  context: number,
  fail: (problem: string) => Error,
): RopeScaling | undefined {
  const { name, json: own } = part;
  const number = (key: string, fallback?: number) =>
    positive(own[key] ?? fallback, `${name}.${key}`, fail);
  // transformers lets the one outside count.
  const outside = json.original_max_position_embeddings;
  const original = () =>
    isNothing(outside)
      ? number("original_max_position_embeddings", context)
      : positive(outside, "original_max_position_embeddings", fail);
  switch (kind) {
    case "default":
      return undefined;
    case "linear":
      return { rope_type: kind, factor: number("factor") };
    case "llama3": {
      const factor = number("factor"), low_freq_factor = number("low_freq_factor");
      const high_freq_factor = number("high_freq_factor");
      if (high_freq_factor <= low_freq_factor) {
        throw fail(
          `${name}.high_freq_factor is ${high_freq_factor}, ` +
            `which is not above low_freq_factor, ${low_freq_factor}`,
        );
      }
      const limits = { low_freq_factor, high_freq_factor };
      return { rope_type: kind, factor, ...limits, original_max_position_embeddings: original() };
    }
    case "yarn": {
      const length = original();
      // A null is the quotient of the two lengths; transformers wants to see it said.
      const factor = number("factor", own.factor === null ? context / length : undefined);
      const { truncate = true } = own;
      if (typeof truncate !== "boolean") {
        throw fail(`${name}.truncate is ${shown(truncate)}; it is true or false`);
      }
      return {
        rope_type: kind,
        factor,
        original_max_position_embeddings: length,
        attention_factor: number("attention_factor", attentionFactor(part, factor, fail)),
        beta_fast: number("beta_fast", 32),
        beta_slow: number("beta_slow", 1),
        truncate,
      };
    }
  }
}

/** YaRN's temperature, 0.1 ln(factor) + 1 (Peng et al., arXiv 2309.00071), or DeepSeek's quotient of two of them. */
function attentionFactor(
  { name, json }: Part,
  factor: number,
  fail: (problem: string) => Error,
): number {
  const of = (scale: number) => factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  const [above, below] = ["mscale", "mscale_all_dim"].map((key) =>
    isNothing(json[key]) || json[key] === 0 ? 0 : positive(json[key], `${name}.${key}`, fail)
  ) as [number, number];
  return above !== 0 && below !== 0 ? of(above) / of(below) : of(1);
}

function positive(value: unknown, name: string, fail: (problem: string) => Error): number {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw fail(`${name} is ${shown(value)}; it is a number above 0`);
}

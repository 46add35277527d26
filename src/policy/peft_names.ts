/**
 * How PEFT finds modules by name: lists, and Python's regular expressions (peft/tuners/tuners_utils.py,
 * check_target_module_exists; peft/utils/other.py, get_pattern_key).
 *
 * @module
 */
import { isNothing, type Json, shown } from "../models/mod.ts";

type Fail = (problem: string) => Error;

/**
 * Whether a module, such as `model.layers.0.self_attn.q_proj`, is a target.
 *
 * @param linear what `all-linear` stands for
 * @throws what `fail` makes
 */
export function hasTarget(
  json: Json,
  linear: readonly string[],
  fail: Fail,
): (name: string) => boolean {
  const { target_modules: targets, layers_to_transform: layers, layers_pattern: pattern } = json;
  const isExcluded = nameMatcher(json.exclude_modules, "exclude_modules", fail);
  if (typeof targets === "string") {
    for (
      const [name, value] of Object.entries({
        layers_to_transform: layers,
        layers_pattern: pattern,
      })
    ) {
      if (!isNothing(value)) {
        throw fail(
          `${name} is ${shown(value)}, which PEFT does not take with a pattern of targets`,
        );
      }
    }
  }
  const every = typeof targets === "string" && targets.toLowerCase() === "all-linear";
  const isNamed = nameMatcher(every ? linear : targets, "target_modules", fail);
  const exact = Array.isArray(targets) ? targets : [];
  const isInLayers = layerMatcher(layers, pattern, fail);
  // A whole path is a target whatever the layers.
  return (name) => !isExcluded(name) && isNamed(name) && (exact.includes(name) || isInLayers(name));
}

/** A list of names and ends of names, or an expression for the whole name. */
function nameMatcher(given: unknown, setting: string, fail: Fail): (name: string) => boolean {
  if (isNothing(given) || given === "") return () => false;
  if (typeof given === "string") return fullMatcher(given, setting, fail);
  const names = listOf(given, "string", setting, fail);
  return (name) => names.some((end) => name === end || name.endsWith(`.${end}`));
}

function layerMatcher(layers: unknown, pattern: unknown, fail: Fail): (name: string) => boolean {
  if (isNothing(layers)) {
    if (isNothing(pattern) || pattern === "") return () => true;
    throw fail(`layers_pattern is ${shown(pattern)}, which needs layers_to_transform`);
  }
  const wanted = listOf(
    typeof layers === "number" ? [layers] : layers,
    "number",
    "layers_to_transform",
    fail,
  );
  const patterns = listOf(
    typeof pattern === "string" ? [pattern] : pattern ?? [],
    "string",
    "layers_pattern",
    fail,
  ).filter((text) => text !== "");
  const expressions = patterns.length === 0
    ? [/^.*?\.[^.]*\.(?<index>\d+)\./]
    : patterns.map((text) =>
      expression(`^(?:|.*?\\.)(?:${text})\\.(?<index>\\d+)\\.`, "layers_pattern", fail, text)
    );
  return (name) => {
    const found = expressions.map((one) => one.exec(name)).find((match) => match !== null);
    return found !== undefined && wanted.includes(Number(found!.groups!.index));
  };
}

function listOf<T extends "string" | "number">(
  given: unknown,
  type: T,
  setting: string,
  fail: Fail,
): readonly (T extends "string" ? string : number)[] {
  if (Array.isArray(given) && given.every((one) => typeof one === type)) return given;
  throw fail(`${setting} is ${shown(given)}; it is a list of ${type}s`);
}

/** An expression for the whole of a name, perhaps with `(?i)` before it. */
function fullMatcher(text: string, setting: string, fail: Fail): (name: string) => boolean {
  const [, flag, rest] = /^(\(\?i\))?(.*)$/s.exec(text)!;
  const exact = expression(`^(?:${rest})$`, setting, fail, rest!);
  const whole = flag === undefined ? exact : new RegExp(exact, "i");
  return (name) => whole.test(name);
}

/** The value of the first expression that a name's end matches; undefined where there is none. */
export function patternMatcher<T>(
  given: unknown,
  setting: string,
  read: (value: unknown, name: string) => T,
  fail: Fail,
): (name: string) => T | undefined {
  if (isNothing(given)) return () => undefined;
  if (typeof given !== "object" || Array.isArray(given)) {
    throw fail(`${setting} is ${shown(given)}; it is an object from names to numbers`);
  }
  const rows = Object.entries(given as Json).map(([text, value]) => ({
    end: expression(`^(?:.*\\.)?(?:${text})$`, setting, fail, text),
    value: read(value, `${setting}.${shown(text)}`),
  }));
  return (name) => rows.find(({ end }) => end.test(name))?.value;
}

/**
 * What Python writes otherwise than JavaScript, or JavaScript does not have: a bracket that stands first in brackets
 * among them, and numbers of groups, of which PEFT puts one before its patterns.
 */
const OTHERWISE = /\(\?(?![:=!]|<[=!]|P[<=])|[*+?}]\+|\{,|\\[AZ1-9]|\[\^?\]/;
/** A repetition of what repeats: such an expression may take for ever. */
const EXPLOSIVE = /[*+}][^()]*\)+[*+{]/;
/** Each more multiplies the time that it may take by the length of a name. */
const REPETITIONS = 6;

/** One of Python's expressions, where it means the same in JavaScript. */
function expression(source: string, setting: string, fail: Fail, given: string): RegExp {
  const refuse = (why: string) =>
    fail(`${setting} has the expression ${shown(given)}, which ${why}; write names instead`);
  const repetitions = given.match(/[*+}]/g)?.length ?? 0;
  if (repetitions > REPETITIONS) throw refuse(`has ${repetitions} repetitions`);
  if (OTHERWISE.test(given)) throw refuse("only Python reads");
  if (EXPLOSIVE.test(given)) throw refuse("repeats a repetition");
  try {
    return new RegExp(source.replaceAll("(?P<", "(?<").replace(/\(\?P=(\w+)\)/g, "\\k<$1>"));
  } catch (error) {
    throw refuse(`cannot be read: ${(error as Error).message}`);
  }
}

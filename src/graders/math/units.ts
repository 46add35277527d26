/** Units: what is measured, and in how many of the unit of its dimension. @module */
import { Unreadable } from "./node.ts";
import { divide, fraction, multiply, ONE, type Rational } from "./rational.ts";
import { scaleOf } from "./words.ts";

/** A unit; words that name no known one are a dimension of their own. */
export interface Unit {
  readonly dimension: string;
  readonly factor: Rational;
  /** What the same word means besides: a pound of money. */
  readonly also?: Unit;
}

/** Units by dimension: names with how many of the first they are. */
const TABLE: Readonly<
  Record<string, Readonly<Record<string, readonly [bigint, bigint] | bigint>>>
> = {
  length: {
    "m meter metre": 1n,
    "km kilometer kilometre kms": 1000n,
    "dm decimeter decimetre": [1n, 10n],
    "cm centimeter centimetre cms": [1n, 100n],
    "mm millimeter millimetre": [1n, 1000n],
    "nm nanometer": [1n, 1_000_000_000n],
    "in inch inches": [127n, 5000n],
    "ft foot feet": [381n, 1250n],
    "yd yard": [1143n, 1250n],
    "mi mile": [201168n, 125n],
  },
  mass: {
    "g gram gramme gm": 1n,
    "kg kilogram kilo kgs": 1000n,
    "mg milligram": [1n, 1000n],
    "ton tonne": 1_000_000n,
    "lb pound lbs": [45359237n, 100000n],
    "oz ounce": [45359237n, 1600000n],
  },
  time: {
    "s sec second": 1n,
    "ms millisecond": [1n, 1000n],
    "min minute mins": 60n,
    "h hr hour hrs": 3600n,
    "day": 86400n,
    "week": 604800n,
  },
  year: { "yr year yrs": 1n, "month": [1n, 12n], "decade": 10n, "century centuries": 100n },
  usd: { "dollar usd buck \\$": 1n, "cent ¢ \\cent penny pennies": [1n, 100n] },
  eur: { "euro eur \\euro": 1n },
  gbp: { "gbp \\pounds": 1n, "pence": [1n, 100n] },
  jpy: { "yen jpy \\yen": 1n },
  inr: { "rupee inr rs \\rupee": 1n, "paise": [1n, 100n] },
  cny: { "yuan rmb cny": 1n },
  radian: { "rad radian": 1n },
  celsius: { "celsius": 1n },
  fahrenheit: { "fahrenheit": 1n },
  hertz: { "Hz hertz": 1n, "kHz": 1000n, "MHz": 1_000_000n },
  newton: { "N newton": 1n, "kN": 1000n },
  joule: { "J joule": 1n, "kJ": 1000n },
  watt: { "W watt": 1n, "kW kilowatt": 1000n },
};

/** A litre is a cubic decimetre. */
const LITRES = {
  "l liter litre": 1n,
  "ml milliliter millilitre mls": 1000n,
  "dl": 10n,
  "cl": 100n,
};

const UNITS = new Map<string, Unit>();
for (const [dimension, units] of Object.entries(TABLE)) {
  for (const [names, size] of Object.entries(units)) {
    const [num, den] = typeof size === "bigint" ? [size, 1n] : size;
    for (const name of names.split(" ")) {
      UNITS.set(name, { dimension, factor: fraction(num, den)! });
    }
  }
}
for (const [names, parts] of Object.entries(LITRES)) {
  const unit = { dimension: "length^3", factor: fraction(1n, 1000n * parts)! };
  for (const name of names.split(" ")) UNITS.set(name, unit);
}
const mile = UNITS.get("mi")!, kilometre = UNITS.get("km")!;
for (
  const [name, { factor }] of [["mph", mile], ["kph", kilometre], ["kmph", kilometre]] as const
) {
  UNITS.set(name, { dimension: "length time^-1", factor: divide(factor, fraction(3600n)!)! });
}
for (const name of ["pound", "pounds"]) {
  UNITS.set(name, { ...UNITS.get("lb")!, also: UNITS.get("gbp")! });
}

/** What says how it is measured, or of what, and not in what. */
const ASIDE =
  /\s+(?:long|tall|wide|high|deep|old|away|apart|each|in total|in length|in area|in all|of .*)$/;

/** What makes another number of the one before. */
const CHANGING =
  /^(?:squared|cubed|factorial|more|less|fewer|plus|minus|times|over|divided|below|above|or|and|to)\b|\b(?:below|under) zero\b|^(?:is|are|was|not)\b/i;

/** The unit of a word or sign; undefined where it is not known. */
export function unitNamed(name: string): Unit | undefined {
  const own = UNITS.get(name) ?? UNITS.get(name.toLowerCase());
  return own ?? UNITS.get(singular(name.toLowerCase()));
}

/** What words say: a unit, after how many thousands or millions. */
export function unitOf(words: string): { readonly unit?: Unit; readonly scale: Rational } {
  const plain = words.replaceAll(
    /\\frac\s*\{(.*?)\}\s*\{(\\text\s*\{[^{}]*\}|[^{}]*)\}$/g,
    "$1 / $2",
  )
    .replaceAll(/\\text\s*\{([^{}]*)\}/g, " $1 ")
    .replaceAll(/\\(?:cdot|times)(?![a-zA-Z])/g, " ").replaceAll(/[{}*]/g, " ")
    .replaceAll(/\s*\^\s*/g, "^").replaceAll(/\.(?=\s|$)/g, " ").replaceAll(/\s+/g, " ").trim();
  if (CHANGING.test(plain)) throw new Unreadable("there are words in it that change its value");
  const { scale, rest } = scaleOf(plain);
  const name = rest.replace(/^(?:of|full|whole)\s+/, "").replace(ASIDE, "").trim();
  if (name === "") return { scale };
  const [top = "", ...bottoms] = name.split(/\s*\/\s*|\s+per\s+/);
  const parts = [partOf(top), ...bottoms.map((part) => inverse(partOf(part)))];
  const [first, ...more] = parts;
  return { scale, unit: more.reduce(product, first!) };
}

/** A product of units, such as kg m^2 or square feet. */
function partOf(text: string): Unit {
  const squared = /^(?:(square|sq)|cubic|cu)\.?\s+(.+)$|^(.+?)\s+(?:(squared)|cubed)$/i.exec(text);
  if (squared !== null) {
    const power = (squared[1] ?? squared[4]) === undefined ? 3 : 2;
    return raised(partOf(squared[2] ?? squared[3]!), power);
  }
  const words = text.split(/[\s·]+/), units: Unit[] = [];
  for (const word of words) {
    const [, name = word, exponent = "1"] = /^(.*?)\^?(-?\d)?$/.exec(word)!;
    const known = unitNamed(name);
    if (known === undefined) break;
    units.push(raised(known, Number(exponent)));
  }
  if (units.length === words.length && units.length > 0) return units.reduce(product);
  const [, name = text, exponent = "1"] = /^(.*?)(?:\^(-?\d))?$/.exec(text)!;
  const dimension = name.toLowerCase().split(/\s+/).map(singular).join(" ");
  return raised({ dimension: dimension.replaceAll(/[\s^]+/g, "_"), factor: ONE }, Number(exponent));
}

function raised(unit: Unit, power: number): Unit {
  if (power === 1) return unit;
  if (power === 0 || Math.abs(power) > 9) {
    return { ...unit, dimension: `${unit.dimension}^${power}` };
  }
  let result = unit;
  for (let i = 1; i < Math.abs(power); i++) result = product(result, unit);
  return power < 0 ? inverse(result) : result;
}

function inverse({ dimension, factor }: Unit): Unit {
  const powers = powersOf(dimension).map(([name, power]) => [name, -power] as const);
  return { dimension: nameOf(powers), factor: divide(ONE, factor)! };
}

function product(a: Unit, b: Unit): Unit {
  const powers = new Map(powersOf(a.dimension));
  for (const [name, power] of powersOf(b.dimension)) {
    powers.set(name, (powers.get(name) ?? 0) + power);
  }
  return { dimension: nameOf([...powers]), factor: multiply(a.factor, b.factor) ?? ONE };
}

/** `length time^-1` as names with powers. */
function powersOf(dimension: string): [string, number][] {
  return dimension.split(" ").filter(Boolean).map((part) => {
    const [name = "", power = "1"] = part.split("^");
    return [name, Number(power)];
  });
}

function nameOf(powers: readonly (readonly [string, number])[]): string {
  return powers.filter(([, power]) => power !== 0).toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([name, power]) => power === 1 ? name : `${name}^${power}`).join(" ");
}

/** Without the ending of several. */
export function singular(word: string): string {
  if (UNITS.has(word)) return word;
  if (/[^aeiou]ies$/.test(word) && word.length > 4) return word.slice(0, -3) + "y";
  if (/(?:ch|sh|x|ss)es$/.test(word)) return word.slice(0, -2);
  return word.length > 3 && /[^su]s$/.test(word) ? word.slice(0, -1) : word;
}

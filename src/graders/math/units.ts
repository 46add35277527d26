/** Units that are converted into each other. @module */
import { fraction, type Rational } from "./rational.ts";

const LENGTH = {
  "m meter metre": [1n, 1n],
  "km kilometer kilometre": [1000n, 1n],
  "cm centimeter centimetre": [1n, 100n],
  "mm millimeter millimetre": [1n, 1000n],
  "in inch inches": [127n, 5000n],
  "ft foot feet": [381n, 1250n],
  "yd yard": [1143n, 1250n],
  "mi mile": [201168n, 125n],
} as const;
const MASS = {
  "g gram gramme": [1n, 1n],
  "kg kilogram kilo": [1000n, 1n],
  "mg milligram": [1n, 1000n],
} as const;
const TIME = {
  "s sec second": [1n, 1n],
  "min minute": [60n, 1n],
  "h hr hour": [3600n, 1n],
  "day": [86400n, 1n],
  "week": [604800n, 1n],
} as const;
const VOLUME = { "l liter litre": [1n, 1n], "ml milliliter millilitre": [1n, 1000n] } as const;
const MONEY = { "dollar usd buck": [1n, 1n], "cent ¢": [1n, 100n] } as const;

/** Units by name, as parts of the unit of their dimension. */
export const UNITS: ReadonlyMap<string, { readonly dimension: string; readonly factor: Rational }> =
  new Map(
    Object.entries({ length: LENGTH, mass: MASS, time: TIME, volume: VOLUME, money: MONEY })
      .flatMap(([dimension, units]) =>
        Object.entries(units).flatMap(([names, [num, den]]) =>
          names.split(" ").map((name) =>
            [name, { dimension, factor: fraction(num, den)! }] as const
          )
        )
      ),
  );

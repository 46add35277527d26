/** Numbers of Parquet as they were meant: decimals with all their digits, and 0.1 of single precision as 0.1. @module */

/** A column, or a part of one, as a file declares it. */
interface Column {
  readonly element: {
    readonly name: string;
    readonly type?: string;
    readonly scale?: number;
    converted_type?: string;
    logical_type?: unknown;
  };
  readonly children: readonly Column[];
}

/** Makes values of a column. */
type Convert = (value: unknown) => unknown;

/**
 * How values of columns are to be taken, by the name of the column; of those that hold one kind of number and nothing else.
 * Decimals are declared as plain numbers, so that the library hands over their digits.
 */
export function conversionsOf(columns: readonly Column[]): ReadonlyMap<string, Convert> {
  const conversions = new Map<string, Convert>();
  for (const column of columns) {
    const leaves = leavesOf(column).map(({ element }) => element), [first] = leaves;
    if (first === undefined) continue;
    const isDecimal = leaves.every(({ converted_type, type, scale }) =>
      converted_type === "DECIMAL" && type !== "BYTE_ARRAY" && scale === first.scale
    );
    if (isDecimal) {
      for (const leaf of leaves) {
        delete leaf.converted_type;
        delete leaf.logical_type;
      }
      conversions.set(column.element.name, within(decimalOf(first.scale ?? 0)));
    } else if (leaves.every(({ type }) => type === "FLOAT")) {
      conversions.set(column.element.name, within(shortest));
    }
  }
  return conversions;
}

function leavesOf(column: Column): Column[] {
  return column.children.length === 0 ? [column] : column.children.flatMap(leavesOf);
}

/** Also of lists and maps. */
function within(convert: Convert): Convert {
  const all: Convert = (value) => {
    if (Array.isArray(value)) return value.map(all);
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) {
      return convert(value);
    }
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, all(part)]));
  };
  return all;
}

/** A whole number, or its bytes, with the point where it belongs: a number where one holds it, and text where none does. */
function decimalOf(scale: number): Convert {
  return (value) => {
    const whole = value instanceof Uint8Array
      ? signedOf(value)
      : typeof value === "number" || typeof value === "bigint"
      ? BigInt(value)
      : undefined;
    if (whole === undefined) return value;
    const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, "0");
    const at = digits.length - scale, fraction = digits.slice(at).replace(/0+$/, "");
    const text = (whole < 0n ? "-" : "") + digits.slice(0, at) + (fraction && `.${fraction}`);
    return String(Number(text)) === text ? Number(text) : text;
  };
}

/** The number that bytes are, the largest first, in two's complement. */
function signedOf(bytes: Uint8Array): bigint {
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x0${bytes.toHex()}`));
}

/** The shortest number that single precision cannot tell from it. */
function shortest(value: unknown): unknown {
  if (typeof value !== "number" || !Number.isFinite(value)) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** What is left when a number is divided: x ≡ 3 (mod 5). @module */
import type { Answer, Sequence } from "./answer.ts";
import { splitAt } from "./latex.ts";
import { type Node, nodeText, readNode } from "./node.ts";
import { add, divide, negate } from "./rational.ts";
import { exactValue } from "./exact.ts";

type Residue = Answer & { readonly kind: "residue" };

const MODULUS =
  /^(.*?)\s*(?:\(?\s*\\(?:pmod|mod|bmod)(?![a-zA-Z])|\(\s*(?:mod|\\text\s*\{\s*mod\s*\}))\s*(.+?)$/;

/** A residue, or several; undefined where no modulus is told. */
export function residueOf(text: string): Residue | Sequence | undefined {
  const [, said, rest] = MODULUS.exec(text) ?? [];
  if (said === undefined || rest === undefined) return undefined;
  const isExpression = /\\bmod/.test(text) && !/\\equiv|=/.test(said);
  if (isExpression) return undefined;
  const modulus = readNode(rest.replace(/\)\s*$/, "").replaceAll(/[{}]/g, " ").trim());
  const sides = splitAt(said, (token) => token === "\\equiv" || token === "=");
  const name = sides.length > 1 ? sides[0]!.replaceAll(/\s/g, "") : undefined;
  const values = splitAt(sides.at(-1)!, (token) => token === ",").map((value): Residue => ({
    kind: "residue",
    value: readNode(value.trim()),
    modulus,
    ...(name === undefined ? {} : { name }),
  }));
  if (values.length === 1) return values[0];
  return { kind: "sequence", open: "", close: "", items: values };
}

/** The same modulus, and the same value up to multiples of it. */
export function sameResidue(a: Residue, b: Residue): boolean {
  if (a.name !== undefined && b.name !== undefined && a.name !== b.name) return false;
  const same = (x: Node, y: Node) => nodeText(x) === nodeText(y);
  if (!same(a.modulus, b.modulus)) return false;
  if (same(a.value, b.value)) return true;
  const [x, y, modulus] = [a.value, b.value, a.modulus].map(exactValue);
  if (x === undefined || y === undefined || modulus === undefined) return false;
  const difference = add(x, negate(y)), times = difference && divide(difference, modulus);
  return times?.den === 1n;
}

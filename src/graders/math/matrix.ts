/** Matrices, and sums and products of them. @module */
import type { Answer } from "./answer.ts";
import { enclosed, splitAt } from "./latex.ts";
import { type Node, Unreadable } from "./node.ts";
import type { Quantity } from "./quantity.ts";

const MATRIX = /^\\begin\{([pbvBV]?matrix|array|smallmatrix)\}(?:\{[^}]*\})?([\s\S]*)\\end\{\1\}$/;

const ONE_MATRIX = /\\begin\{([pbvBV]?matrix|array|smallmatrix)\}[\s\S]*?\\end\{\1\}/g;

/** Sums of products of matrices, and of numbers with them. */
function matrixTerms(text: string, parse: (text: string) => Answer): Answer | undefined {
  const matrices: (readonly (readonly Answer[])[])[] = [];
  const names = text.replaceAll(ONE_MATRIX, (found) => {
    const matrix = parse(found);
    if (matrix.kind === "matrix") matrices.push(matrix.rows);
    return `\ue000`;
  });
  let next = 0;
  const terms = names.replaceAll("-", "+-").split("+").map((term) => term.trim()).filter(Boolean);
  const values = terms.map((term) => {
    const factors: Entries[] = [];
    let scale = term.startsWith("-") ? -1 : 1;
    for (const part of term.replace(/^-/, "").split(/(\ue000)|\\cdot|\\times|\s+/)) {
      if (part === undefined || part.trim() === "") continue;
      if (part === "\ue000") factors.push(entriesOf(matrices[next++]!));
      else if (/^\d+$/.test(part)) scale *= Number(part);
      else throw new Unreadable("it is a matrix with something else");
    }
    const product = factors.reduce(productOf);
    return product.map((row) => row.map((cell) => call("Multiply", [integer(scale), cell])));
  });
  const sum = values.reduce((a, b) => {
    if (a.length !== b.length || a[0]!.length !== b[0]!.length) {
      throw new Unreadable("its matrices do not fit");
    }
    return a.map((row, i) => row.map((cell, j) => call("Add", [cell, b[i]![j]!])));
  });
  const cell = (node: Node): Quantity => ({
    kind: "quantity",
    node,
    decimal: false,
    percent: false,
    degrees: false,
  });
  return { kind: "matrix", rows: sum.map((row) => row.map(cell)) };
}

type Entries = readonly (readonly Node[])[];

function entriesOf(rows: readonly (readonly Answer[])[]): Entries {
  return rows.map((row) =>
    row.map((cell) => {
      if (cell.kind !== "quantity") throw new Unreadable("an entry is no value");
      return cell.node;
    })
  );
}

function productOf(a: Entries, b: Entries): Entries {
  if (a[0]!.length !== b.length || a.length * b.length * b[0]!.length > 1000) {
    throw new Unreadable("its matrices do not fit");
  }
  return a.map((row) =>
    b[0]!.map((_, j) => call("Add", row.map((cell, k) => call("Multiply", [cell, b[k]![j]!]))))
  );
}

function call(head: string, args: readonly Node[]): Node {
  return args.length === 1 ? args[0]! : { kind: "call", head, args };
}

function integer(value: number): Node {
  return { kind: "number", value: { num: BigInt(value), den: 1n } };
}

/**
 * A matrix, or sums and products of some; undefined where it is none.
 *
 * @param parse reads an entry
 */
export function matrixOf(text: string, parse: (text: string) => Answer): Answer | undefined {
  let inside = text;
  for (const [open, close] of [["(", ")"], ["[", "]"], ["\\{", "\\}"]] as const) {
    inside = enclosed(inside, open, close)?.trim() ?? inside;
  }
  const body = MATRIX.exec(inside)?.[2];
  if (body === undefined) return undefined;
  if (body.includes("\\begin")) return matrixTerms(inside, parse);
  const rows = body.split(/\\\\(?:\s*\[[^\]]*\])?/).map((row) =>
    row.replaceAll("\\hline", "").trim()
  )
    .filter((row) => row !== "");
  if (rows.length === 0) throw new Unreadable("it is an empty matrix");
  const cells = rows.map((row) => splitAt(row, (token) => token === "&"));
  if (cells.length * cells[0]!.length > 400) throw new Unreadable("it is too large a matrix");
  return {
    kind: "matrix",
    rows: cells.map((row) => row.map((cell) => parse(cell))),
  };
}

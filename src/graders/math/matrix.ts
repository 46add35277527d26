/** Matrices, and sums and products of them. @module */
import type { Answer } from "./answer.ts";
import { enclosed, splitAt } from "./latex.ts";
import { type Node, readNode, Unreadable } from "./node.ts";
import { quantityOf } from "./quantity.ts";

const MATRIX =
  /^\\begin\{([pbvBV]?matrix|array|smallmatrix|cases|aligned|align\*?|gathered|split)\}(?:\{[^}]*\})?([\s\S]*)\\end\{\1\}$/;

const ONE_MATRIX = /\\begin\{([pbvBV]?matrix|array|smallmatrix)\}[\s\S]*?\\end\{\1\}/g;
/** Before the condition of a case. */
const CONDITION = /^\s*\\text\s*\{\s*,?\s*(?:if|for|when)\s*\}/;
/** Stands for a matrix. */
const MARK = "\ue000";

/** Sums of products of matrices, and of numbers with them. */
function matrixTerms(text: string, parse: (text: string) => Answer): Answer | undefined {
  const matrices: Entries[] = [];
  const marked = text.replaceAll(ONE_MATRIX, (found) => {
    const matrix = parse(found);
    matrices.push(matrix.kind === "matrix" ? entriesOf(matrix.rows) : [[nodeOf(matrix)]]);
    return MARK;
  });
  let next = 0;
  const terms = splitAt(marked.replaceAll("-", "+-"), (token) => token === "+")
    .map((term) => term.trim()).filter(Boolean);
  const values = terms.map((term) => {
    const factors: Entries[] = [], scales: Node[] = term.startsWith("-") ? [integer(-1)] : [];
    for (
      const part of term.replace(/^-/, "").split(MARK).flatMap((part) => [part, MARK]).slice(0, -1)
    ) {
      const plain = part.replaceAll(/\\(?:cdot|times)(?![a-zA-Z])/g, " ").trim();
      if (plain === MARK) factors.push(matrices[next++]!);
      else if (plain !== "") scales.push(readNode(plain));
    }
    if (factors.length === 0) throw new Unreadable("it is a matrix with something else");
    const product = factors.reduce(productOf);
    return product.map((row) => row.map((cell) => call("Multiply", [...scales, cell])));
  });
  const sum = values.reduce((a, b) => {
    if (a.length !== b.length || a[0]!.length !== b[0]!.length) {
      throw new Unreadable("its matrices do not fit");
    }
    return a.map((row, i) => row.map((cell, j) => call("Add", [cell, b[i]![j]!])));
  });
  return { kind: "matrix", rows: sum.map((row) => row.map(quantityOf)) };
}

function nodeOf(cell: Answer): Node {
  if (cell.kind !== "quantity") throw new Unreadable("an entry is no value");
  return cell.node;
}

const LARGEST_DETERMINANT = 5;

/** By the first row. */
function determinantOf(rows: Entries): Node {
  if (rows.some((row) => row.length !== rows.length) || rows.length > LARGEST_DETERMINANT) {
    throw new Unreadable("it is no determinant that is computed");
  }
  if (rows.length === 1) return rows[0]![0]!;
  return call(
    "Add",
    rows[0]!.map((cell, i) => {
      const rest = rows.slice(1).map((row) => row.toSpliced(i, 1));
      return call("Multiply", [integer(i % 2 === 0 ? 1 : -1), cell, determinantOf(rest)]);
    }),
  );
}

type Entries = readonly (readonly Node[])[];

function entriesOf(rows: readonly (readonly Answer[])[]): Entries {
  return rows.map((row) => row.map(nodeOf));
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
  if (!text.includes("\\begin")) return undefined;
  let inside = text;
  for (const [open, close] of [["(", ")"], ["[", "]"], ["\\{", "\\}"]] as const) {
    inside = enclosed(inside, open, close)?.trim() ?? inside;
  }
  const determinant = /^\\det\s*/.exec(inside)?.[0] ?? "";
  const [, kind, body] = MATRIX.exec(inside.slice(determinant.length)) ?? [];
  if (body === undefined || body.includes("\\begin")) {
    // An equation or a list that has matrices in it.
    if (splitAt(inside, (token) => /^(?:=|,|;|\\in|\\ne)$/.test(token)).length > 1) {
      return undefined;
    }
    return matrixTerms(inside, parse);
  }
  const rows = body.split(/\\\\(?:\s*\[[^\]]*\])?/).map((row) =>
    row.replaceAll("\\hline", "").trim()
  )
    .filter((row) => row !== "");
  if (rows.length === 0) throw new Unreadable("it is an empty matrix");
  if (/^(?:align|gathered|split)/.test(kind!)) return parse(rows.join(" ; ").replaceAll("&", " "));
  const cells = rows.map((row) => splitAt(row, (token) => token === "&"));
  if (cells.length * cells[0]!.length > 400) throw new Unreadable("it is too large a matrix");
  const entries = cells.map((row) => row.map((cell) => parse(cell.replace(CONDITION, ""))));
  const column = entries.flat();
  if (column.length === rows.length && column.every((entry) => entry.kind === "relation")) {
    return { kind: "sequence", open: "", close: "", items: column };
  }
  if (determinant === "" && kind !== "vmatrix") return { kind: "matrix", rows: entries };
  return quantityOf(determinantOf(entriesOf(entries)));
}

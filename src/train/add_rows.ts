/**
 * Sums of rows by id, as the gradient of an embedding is made of. A scatter that adds rows of one id loses updates on
 * several threads of ONNX Runtime's CPU kernel, and adds them in an order of its own on a GPU (docs/decisions/0012). So
 * no row is added to twice in one run: equal ids are folded first, half onto half, which takes N - U additions in
 * log₂ of the most frequent id's count runs, and rounds less than adding one after the other.
 *
 * @module
 */
import { Graph, type Sessions } from "../onnx/mod.ts";
import { type Tensor, tensor } from "../runtime/mod.ts";
import { releasing } from "./batch.ts";

/** Row `from[i]` is added to row `into[i]`; no row is twice in `into`. */
export interface Additions {
  readonly into: readonly number[];
  readonly from: readonly number[];
}

/**
 * How rows of equal ids become one: rounds of additions among the rows, after which the first row of each id holds its
 * sum; and `last`, from these rows to the ids.
 *
 * @param ids the id of each row
 * @param places which row it is; the order of `ids` unless given
 */
export function foldRows(
  ids: readonly number[],
  places?: readonly number[],
): { readonly rounds: readonly Additions[]; readonly last: Additions } {
  const groups = new Map<number, number[]>();
  ids.forEach((id, i) => {
    const place = places?.[i] ?? i, group = groups.get(id);
    if (group === undefined) groups.set(id, [place]);
    else group.push(place);
  });
  const rounds: Additions[] = [];
  let open = [...groups.values()].filter((group) => group.length > 1);
  while (open.length > 0) {
    const into: number[] = [], from: number[] = [];
    for (const group of open) {
      const kept = Math.ceil(group.length / 2);
      for (let i = kept; i < group.length; i++) {
        into.push(group[i - kept]!);
        from.push(group[i]!);
      }
      group.length = kept;
    }
    rounds.push({ into, from });
    open = open.filter((group) => group.length > 1);
  }
  const last = { into: [...groups.keys()], from: [...groups.values()].map(([place]) => place!) };
  return { rounds, last };
}

/**
 * Adds rows of `updates` to rows of `sum`, in place. What is in `updates` is lost.
 *
 * @param sum [V, D]
 * @param updates [N, D], or [B, T, D] of B·T rows
 * @param ids row of `sum`, for each row of `updates` that is added
 * @param places which row of `updates` that is; the order of `ids` unless given
 * @param fresh whether the sum starts here
 */
export async function addRows(
  sessions: Sessions,
  sum: Tensor<"float32">,
  updates: Tensor<"float32">,
  ids: readonly number[],
  { places, fresh = false }: { readonly places?: readonly number[]; readonly fresh?: boolean } = {},
): Promise<void> {
  const { rounds, last } = foldRows(ids, places);
  for (const round of rounds) await add(sessions, updates, updates, round, false);
  await add(sessions, sum, updates, last, fresh);
}

async function add(
  sessions: Sessions,
  sum: Tensor<"float32">,
  updates: Tensor<"float32">,
  { into, from }: Additions,
  fresh: boolean,
): Promise<void> {
  const dims = fresh ? sum.dims : [...sum.dims.slice(0, -1).map(() => 0), sum.dims.at(-1)!];
  const rank = updates.dims.length;
  const session = sessions.get(
    ["add_rows", dims, rank, fresh],
    () => addRowsGraph(dims, rank, fresh),
  );
  const made = {
    into: tensor("int64", [into.length, dims.length - 1], indicesOf(into, sum.dims)),
    from: tensor("int64", [from.length], from),
  };
  await releasing(
    made,
    (indices) =>
      session.runInto({ ...indices, updates, ...(fresh ? {} : { sum }) }, { "sum.new": sum }),
  );
}

/** Indices of rows in a tensor of two or three axes, one after the other. */
function indicesOf(rows: readonly number[], dims: readonly number[]): readonly number[] {
  const length = dims[1]!;
  return dims.length === 2 ? rows : rows.flatMap((row) => [Math.floor(row / length), row % length]);
}

/**
 * `sum.new`: `sum` [V, D] or [B, T, D], with the rows `from` int64 [M] of `updates` [N, D] or [B, T, D] added at
 * `into` int64 [M, 1] or [M, 2], each row once at most: in place, it costs no more than these rows.
 *
 * @param dims of `sum`; 0 stands for any size, unless the sum is fresh
 * @param rank of `updates`
 * @param fresh whether the sum starts here, and is no input
 */
export function addRowsGraph(dims: readonly number[], rank: number, fresh: boolean): Graph {
  const graph = new Graph("add_rows");
  const width = dims.at(-1)!, axes = ["batch", "length"].slice(0, rank - 1);
  const updates = graph.input("updates", "float32", [...axes, width]);
  const into = graph.input("into", "int64", ["rows", dims.length - 1]);
  const from = graph.input("from", "int64", ["rows"]);
  const sum = fresh
    ? graph.expand(graph.constant("float32", [1, 1], [0]), dims)
    : graph.input("sum", "float32", dims.map((dim, axis) => dim === 0 ? `sum.${axis}` : dim));
  const chosen = graph.op.Gather(graph.reshape(updates, [axes.join("*"), width]), from);
  graph.output("sum.new", graph.op.ScatterND(sum, into, chosen, { reduction: "add" }));
  return graph;
}

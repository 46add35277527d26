import type { InferAll } from "../../schemas/infer.ts";
import type { Weights } from "../models/mod.ts";
import { Graph, type Sessions, unknownShape } from "../onnx/mod.ts";
import type { Tensor } from "../runtime/mod.ts";
import { releasing, scalar } from "./batch.ts";

/** Settings of decay, and of the clipping before it. */
export const OPTIMIZER = {
  weight_decay: { type: "number", minimum: 0, default: 0, description: "Of AdamW." },
  decay_on: {
    enum: ["matrices", "all"],
    default: "matrices",
    description: "What decays: matrices as in transformers, or norms and biases too (PyTorch).",
  },
  max_grad_norm: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1,
    description: "Longer gradients are scaled down to this global norm.",
    was: ["grad_clip", "max_norm"],
  },
} as const;

/** Settings of AdamW and of the clipping before it. */
export interface Optimizer extends InferAll<typeof OPTIMIZER> {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
}

/** The defaults of PyTorch, which decays every weight, without decay. */
export const ADAMW: Optimizer = {
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weight_decay: 0,
  decay_on: "all",
  max_grad_norm: 1,
};

/** Elements that a CPU updates in one run: few enough that they stay in its cache from operator to operator. */
const SLICE = 2 ** 19;
/** Elements whose squares a CPU adds up in float32; those sums are added in float64. */
const NORM_SLICE = 2 ** 22;

/** Weights, both moments and the gradient; whether the weights decay. */
type Part = Readonly<Record<"p" | "m" | "v" | "g", Tensor<"float32">>> & {
  readonly decays: boolean;
};

/** What AdamW carries from step to step. */
export interface AdamState {
  /** Steps taken. */
  readonly steps: number;
  /** The first moment of each weight over 1 - β1: Σ β1^i g. */
  readonly m: Weights;
  /** The second over 1 - β2. */
  readonly v: Weights;
}

/**
 * Global-norm clipping and AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101, algorithm 2), in place.
 */
export class AdamW implements Disposable {
  readonly #sessions: Sessions;
  readonly #settings: Optimizer;
  /** What is updated in one run. */
  readonly #parts: readonly Part[];
  /** What is read in one run for the norm. */
  readonly #gradient: readonly Tensor[];
  readonly #owned = new DisposableStack();
  readonly #m: Weights;
  readonly #v: Weights;
  #steps: number;

  /**
   * @param gradients where the gradient lies at each step
   * @param start what to go on from, which it takes over
   */
  constructor(
    weights: Weights,
    gradients: Weights,
    sessions: Sessions,
    settings: Optimizer,
    start?: AdamState,
  ) {
    this.#sessions = sessions;
    this.#settings = settings;
    const owned = this.#owned;
    this.#steps = start?.steps ?? 0;
    const m = this.#m = owned.use(start?.m ?? weights.zerosLike());
    const v = this.#v = owned.use(start?.v ?? weights.zerosLike());
    const decays = (dims: readonly number[]) => settings.decay_on === "all" || dims.length > 1;
    if (sessions.device === "cpu") {
      const spans = settings.weight_decay === 0
        ? [{ start: 0, end: weights.flat.size, decays: false }]
        : spansOf(weights, decays);
      this.#parts = spans.flatMap(({ start, end, decays }) => {
        const of = ({ flat }: Weights) => slices(flat, SLICE, start, end).map((x) => owned.use(x));
        const [ms, vs, gs] = [of(m), of(v), of(gradients)];
        return of(weights).map((p, i) => ({ p, m: ms[i]!, v: vs[i]!, g: gs[i]!, decays }));
      });
      this.#gradient = slices(gradients.flat, NORM_SLICE).map((x) => owned.use(x));
    } else {
      this.#parts = [...weights.tensors].map(([name, p]) => {
        const of = ({ tensors }: Weights) => tensors.get(name)!;
        const decaying = settings.weight_decay > 0 && decays(p.dims);
        return { p, m: of(m), v: of(v), g: of(gradients), decays: decaying };
      });
      this.#gradient = [...gradients.tensors.values()];
    }
  }

  /** Steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /** What another optimizer of these weights could go on from: its memory, not a copy. */
  get state(): AdamState {
    return { steps: this.#steps, m: this.#m, v: this.#v };
  }

  /**
   * Updates the weights; where the gradient is not finite, it leaves them.
   *
   * @returns the gradient's global norm before clipping
   */
  async step(learningRate: number): Promise<number> {
    const norm = await this.#norm();
    if (!Number.isFinite(norm)) return norm;
    this.#steps++;
    const { betas: [beta1, beta2], epsilon, weight_decay, max_grad_norm } = this.#settings;
    const clip = max_grad_norm / (norm + 1e-6), clipped = clip < 1;
    // The moments lack their factors 1 - β and the corrections of bias.
    const first = (1 - beta1) / (1 - beta1 ** this.#steps);
    const second = Math.sqrt((1 - beta2) / (1 - beta2 ** this.#steps));
    const scalars = {
      ...(clipped ? { clip: scalar(clip) } : {}),
      epsilon: scalar(epsilon / second),
      rate: scalar(learningRate * first / second),
      decay: scalar(1 - learningRate * weight_decay),
    };
    await releasing(scalars, async () => {
      for (const { p, m, v, g, decays } of this.#parts) {
        const rank = p.dims.length;
        const session = this.#sessions.get(
          ["adamw", this.#settings.betas, rank, clipped, decays],
          () => adamwGraph(this.#settings, rank, clipped, decays),
        );
        await session.runInto({ p, m, v, g, ...scalars }, { "p.new": p, "m.new": m, "v.new": v });
      }
    });
    return norm;
  }

  /** Releases the state, not the weights. */
  [Symbol.dispose](): void {
    this.#owned.dispose();
  }

  async #norm(): Promise<number> {
    let sum = 0;
    for (const g of this.#gradient) {
      const rank = g.dims.length;
      const session = this.#sessions.get(["sum_of_squares", rank], () => sumOfSquaresGraph(rank));
      const { y } = await session.run({ g }, ["y"]);
      using owned = y as Tensor<"float32">;
      sum += owned.data[0]!;
    }
    return Math.sqrt(sum);
  }
}

/** A vector, or a span of it, in parts of `most` elements. */
function slices(
  vector: Tensor<"float32">,
  most: number,
  start = 0,
  end = vector.size,
): Tensor<"float32">[] {
  return Array.from({ length: Math.ceil((end - start) / most) }, (_, i) => {
    const from = start + i * most;
    return vector.view([Math.min(most, end - from)], from);
  });
}

/** The block of all weights in as few spans as decay alike. */
function spansOf(
  { flat, tensors, offsets }: Weights,
  decays: (dims: readonly number[]) => boolean,
): { readonly start: number; readonly end: number; readonly decays: boolean }[] {
  const places = [...tensors].map(([name, { dims }]) => ({
    start: offsets.get(name)!,
    decays: decays(dims),
  }));
  const starts = places.filter(({ decays }, i) => decays !== places[i - 1]?.decays);
  return starts.map((span, i) => ({ ...span, end: starts[i + 1]?.start ?? flat.size }));
}

/** `g` to Σ g². */
function sumOfSquaresGraph(rank: number): Graph {
  const graph = new Graph("sum_of_squares");
  const g = graph.input("g", "float32", unknownShape(rank));
  const axes = graph.ints([...unknownShape(rank).keys()]);
  graph.output("y", graph.op.ReduceSumSquare(g, axes, { keepdims: 0 }));
  return graph;
}

/**
 * AdamW on `p`, `m`, `v` with the gradient `g`, in as few passes over memory as it takes: the moments are held without
 * their factors 1 - β, which are in the scalars, as are the corrections of bias and the learning rate.
 *
 *     m' = β1 m + clip g,  v' = β2 v + (clip g)²,  p' = decay p - rate m' / (√v' + epsilon)
 *
 * Outputs `p.new`, `m.new` and `v.new`, which may be bound in place: every element depends on its own alone, and
 * is read before it is written.
 */
function adamwGraph(
  { betas: [beta1, beta2] }: Optimizer,
  rank: number,
  clipped: boolean,
  decays: boolean,
): Graph {
  const graph = new Graph("adamw");
  const { op } = graph;
  const vector = (name: string) => graph.input(name, "float32", unknownShape(rank));
  const number = (name: string) => graph.input(name, "float32", []);
  const [p, m, v, whole] = [vector("p"), vector("m"), vector("v"), vector("g")];
  const g = clipped ? op.Mul(whole, number("clip")) : whole;
  const m1 = op.Add(op.Mul(m, beta1), g);
  const v1 = op.Add(op.Mul(v, beta2), op.Mul(g, g));
  const direction = op.Div(m1, op.Add(op.Sqrt(v1), number("epsilon")));
  const decayed = decays ? op.Mul(p, number("decay")) : p;
  graph.output("p.new", op.Sub(decayed, op.Mul(direction, number("rate"))));
  graph.output("m.new", m1);
  graph.output("v.new", v1);
  return graph;
}

import type { Graph, Value } from "../onnx/mod.ts";

/** Settings of AdamW and of the clipping before it. */
export interface Optimizer {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weight_decay: number;
  /** Largest global norm of the gradient; longer ones are scaled down to it. */
  readonly max_grad_norm: number;
}

/** The defaults of TRL and PyTorch, without weight decay. */
export const ADAMW: Optimizer = {
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weight_decay: 0,
  max_grad_norm: 1,
};

/** One weight with its gradient, by name. */
export interface Gradients {
  readonly weights: ReadonlyMap<string, Value>;
  readonly gradients: ReadonlyMap<string, Value>;
}

/**
 * Global-norm clipping and AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101, algorithm 2) for all weights.
 *
 * Inputs: `learning_rate`, `bias1` = 1 - β1^t, `bias2` = 1 - β2^t, and `m:NAME`, `v:NAME` for every weight;
 * outputs `NAME.new`, `m:NAME.new`, `v:NAME.new` and `grad_norm`. All may be bound in place: each write
 * depends on the norm, which depends on every gradient, which depends on every other read of the weights.
 */
export function adamw(graph: Graph, { weights, gradients }: Gradients, settings: Optimizer): void {
  const { op } = graph;
  const { betas: [beta1, beta2], epsilon, weight_decay, max_grad_norm } = settings;
  const rate = graph.input("learning_rate", "float32", []);
  const bias1 = graph.input("bias1", "float32", []);
  const bias2 = graph.input("bias2", "float32", []);

  const { norm, factor } = graph.scope("clip", () => {
    const squares = [...gradients.values()].map((g) =>
      op.ReduceSum(op.Mul(g, g), axes(graph, g), { keepdims: 0 })
    );
    const norm = op.Sqrt(squares.reduce((a, b) => op.Add(a, b)));
    return { norm, factor: op.Min(op.Div(max_grad_norm, op.Add(norm, 1e-6)), 1) };
  });
  graph.output("grad_norm", norm);

  for (const [name, weight] of weights) {
    graph.scope(`adamw/${name}`, () => {
      const m = graph.input(`m:${name}`, "float32", weight.shape);
      const v = graph.input(`v:${name}`, "float32", weight.shape);
      const g = op.Mul(gradients.get(name)!, factor);
      const m1 = op.Add(op.Mul(m, beta1), op.Mul(g, 1 - beta1));
      const v1 = op.Add(op.Mul(v, beta2), op.Mul(op.Mul(g, g), 1 - beta2));
      const direction = op.Div(
        op.Div(m1, bias1),
        op.Add(op.Sqrt(op.Div(v1, bias2)), epsilon),
      );
      const decayed = weight_decay === 0
        ? weight
        : op.Mul(weight, op.Sub(1, op.Mul(rate, weight_decay)));
      graph.output(`${name}.new`, op.Sub(decayed, op.Mul(direction, rate)));
      graph.output(`m:${name}.new`, m1);
      graph.output(`v:${name}.new`, v1);
    });
  }
}

function axes(graph: Graph, x: Value): Value {
  return graph.ints(x.shape.map((_, axis) => axis));
}

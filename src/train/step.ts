import { Graph } from "../onnx/mod.ts";
import { backward } from "../autodiff/mod.ts";
import { type LlamaConfig, parameterShapes, weightInputs } from "../models/mod.ts";
import { buildLoss, labelLogps, type Objective } from "./losses.ts";
import { adamw, type Optimizer } from "./optimizer.ts";

/** Forward, loss, gradient, clipping and AdamW in one graph. Outputs `loss`, `logps`, `grad_norm`, state. */
export function updateGraph(
  config: LlamaConfig,
  objective: Objective,
  optimizer: Optimizer,
): Graph {
  const graph = new Graph(`update/${objective.kind}`);
  adamw(graph, gradientsOf(graph, config, objective), optimizer);
  return graph;
}

/** Forward, loss and gradient of a micro-batch, added to `g:NAME` and given as `g:NAME.new`. */
export function accumulateGraph(config: LlamaConfig, objective: Objective): Graph {
  const graph = new Graph(`accumulate/${objective.kind}`);
  const { gradients } = gradientsOf(graph, config, objective);
  for (const [name, gradient] of gradients) {
    const sum = graph.input(`g:${name}`, "float32", gradient.shape);
    graph.output(`g:${name}.new`, graph.op.Add(sum, gradient));
  }
  return graph;
}

/** Clipping and AdamW on the accumulated gradients `g:NAME`. */
export function applyGraph(config: LlamaConfig, optimizer: Optimizer): Graph {
  const graph = new Graph("apply");
  const weights = weightInputs(graph, config);
  const gradients = new Map(
    [...parameterShapes(config)].map(([name, shape]) => [
      name,
      graph.input(`g:${name}`, "float32", shape),
    ]),
  );
  adamw(graph, { weights, gradients }, optimizer);
  return graph;
}

/** Teacher-forced log-probabilities of the labels: output `logps` [B, T]. */
export function scoreGraph(config: LlamaConfig): Graph {
  const graph = new Graph("score");
  graph.output("logps", labelLogps(graph, config, weightInputs(graph, config)));
  return graph;
}

function gradientsOf(graph: Graph, config: LlamaConfig, objective: Objective) {
  const weights = weightInputs(graph, config);
  const { loss, logps } = buildLoss(graph, config, weights, objective);
  const gradients = backward(graph, loss, [...weights.values()]);
  graph.output("loss", loss);
  graph.output("logps", logps);
  return {
    weights,
    gradients: new Map([...weights.keys()].map((name, i) => [name, gradients[i]!])),
  };
}

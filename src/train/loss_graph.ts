import { backward } from "../autodiff/mod.ts";
import type { Loss } from "../losses/loss.ts";
import { Graph, type Value } from "../onnx/mod.ts";

/** How the outputs begin that a loss reports. */
export const REPORT = "report.";

/**
 * The loss of one micro-batch and its gradient with respect to the log-probabilities of the labels.
 *
 * Inputs: `logps` and `mask` [B, T], which covers what counts; `scale` [], one over the denominator of the whole batch, so
 * that its micro-batches add up to it; and the loss's columns, [B, 1] or [B, T]. Outputs: `loss` [], `logps.gradient`
 * [B, T], and what the loss reports, [], behind {@linkcode REPORT}.
 */
export function lossGraph(loss: Loss): Graph {
  const graph = new Graph(`loss/${loss.name}`);
  const logps = graph.input("logps", "float32", ["batch", "length"]);
  const mask = graph.input("mask", "float32", ["batch", "length"]);
  const scale = graph.input("scale", "float32", []);
  if (loss.together > 1) {
    graph.define("groups", graph.op.Div(graph.size("batch"), graph.ints([loss.together])));
  }
  const columns = new Map(
    Object.entries(loss.columns).map(([name, per]): [string, Value] => [
      name,
      graph.input(name, "float32", ["batch", per === "row" ? 1 : "length"]),
    ]),
  );
  const column = (name: string) => {
    const value = columns.get(name);
    if (value !== undefined) return value;
    throw new RangeError(`Cannot read column ${name} in loss ${loss.name}: it declares none`);
  };
  const report = (name: string, sum: Value) => graph.output(REPORT + name, sum);
  const total = loss.graph({ graph, logps, mask, column, report });
  const scaled = graph.op.Mul(total, scale);
  graph.output("loss", scaled);
  graph.output("logps.gradient", backward(graph, scaled, [logps])[0]!);
  return graph;
}

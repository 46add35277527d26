/** What a loss is: a sum over a batch, as an ONNX graph on log-probabilities, and what it is divided by. @module */
import type { Infer, ObjectSchema } from "../../schemas/infer.ts";
import type { Graph, Value } from "../onnx/mod.ts";

/**
 * What a loss reads of a batch besides log-probabilities, by name: one number for each row, or for each completion
 * token. Training by RL gives `advantages` (row), `old_logps` and `ref_logps` (token; the sampler's and the reference's
 * log-probabilities); a supervised one gives none.
 */
export type Columns = Readonly<Record<string, "row" | "token">>;

/** What there is one probability ratio for. */
export type Unit = "sequence" | "token";

/** What a denominator is a function of: a whole batch, however it is cut into micro-batches. */
export interface BatchSizes {
  /** Completion tokens of each row that count: none of a row that is masked. */
  readonly lengths: readonly number[];
  /** Tokens after which completions were cut off, where that is known. */
  readonly maxCompletionLength?: number | undefined;
}

/** What a loss is built of. A row is never cut in two, and no order of rows may be assumed. */
export interface LossInputs {
  /** The graph that is built. */
  readonly graph: Graph;
  /** Log-probabilities of completion tokens at the training temperature, [B, T]; 0 elsewhere. */
  readonly logps: Value;
  /**
   * 1 for completion tokens that count, else 0, [B, T]. A row has none only where it is masked and another with which it
   * has to be together is not.
   */
  readonly mask: Value;
  /** The loss's own {@linkcode LossDefinition.unit}. */
  readonly unit: Unit;
  /** A column, [B, 1] or [B, T]. @throws {RangeError} when the loss did not declare it */
  column(name: string): Value;
  /** Tells a sum over the micro-batch, [], that has no part in the loss, such as how much was clipped. */
  report(name: string, sum: Value): void;
}

/** A loss as its file declares it. Everything is a function of its settings, whose type follows from `config`. */
export interface LossDefinition<C extends ObjectSchema = ObjectSchema> {
  /** What it is. */
  readonly kind: "loss";
  /** Same as the file name, where it ships. */
  readonly name: string;
  /** What is minimized, in a sentence. */
  readonly summary: string;
  /** Schema of its settings. */
  readonly config: C;
  /** What it reads of a batch besides log-probabilities. */
  columns(settings: SettingsOf<C>): Columns;
  /** What there is one probability ratio for. */
  unit(settings: SettingsOf<C>): Unit;
  /** The column of rows that a row's loss is a multiple of, if there is one: rows with a 0 there need no pass. */
  factor?(settings: SettingsOf<C>): string | undefined;
  /**
   * Rows that have to be in one run, which follow each other in a batch, such as 2 for pairs; 1 unless given. A graph may
   * reshape [B, 1] to `["groups", 2]` then.
   */
  readonly together?: number;
  /**
   * What the sum over a batch is divided by, so that those of its micro-batches add up to the loss.
   *
   * @throws {RangeError} when it cannot be told
   */
  denominator(batch: BatchSizes, settings: SettingsOf<C>): number;
  /** The sum over the rows of a micro-batch, [], from which gradients follow. */
  graph(inputs: LossInputs, settings: SettingsOf<C>): Value;
}

/** @internal */
// deno-lint-ignore no-explicit-any -- a method of any loss must be callable; see defineLoss
type SettingsOf<C> = ObjectSchema extends C ? any : Infer<C>;

/**
 * Declares a loss; the type of its settings follows from the literal.
 *
 * @example
 * ```ts
 * const smoothed = defineLoss({
 *   name: "smoothed",
 *   summary: "Policy gradient without clipping (REINFORCE), each row divided by its length to a power.",
 *   config: {
 *     type: "object",
 *     properties: { power: { type: "integer", minimum: 0, default: 1 } },
 *     additionalProperties: false,
 *   },
 *   columns: () => ({ advantages: "row" }),
 *   unit: () => "token",
 *   factor: () => "advantages",
 *   denominator: ({ lengths }) => lengths.length,
 *   graph({ graph, logps, mask, column }, { power }) {
 *     const { op } = graph, axis = graph.ints([1]);
 *     let gain = op.ReduceSum(op.Mul(op.Mul(logps, mask), column("advantages")), axis);
 *     for (let i = 0; i < power; i++) gain = op.Div(gain, op.ReduceSum(mask, axis));
 *     return op.Neg(op.ReduceSum(gain, graph.ints([0, 1]), { keepdims: 0 }));
 *   },
 * });
 * ```
 */
export function defineLoss<const C extends ObjectSchema>(
  definition: Omit<LossDefinition<C>, "kind">,
): LossDefinition<C> {
  return { kind: "loss", ...definition };
}

/** A loss with its settings, as a trainer takes it. */
export interface Loss {
  readonly name: string;
  /** What tells it from others: what it was named by, with its settings. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly columns: Columns;
  readonly unit: Unit;
  readonly factor: string | undefined;
  readonly together: number;
  denominator(batch: BatchSizes): number;
  graph(inputs: Omit<LossInputs, "unit">): Value;
}

/**
 * A loss with settings, all of them: defaults are not filled in here.
 *
 * @param uses what it is named by: its name, or the specifier of its module
 * @throws {TypeError} when its unit or a column's is none
 */
export function bindLoss<C extends ObjectSchema>(
  definition: LossDefinition<C>,
  settings: SettingsOf<C>,
  uses: string = definition.name,
): Loss {
  const unit = definition.unit(settings), columns = definition.columns(settings);
  checkWord(definition.name, "unit", unit, ["sequence", "token"]);
  if (typeof columns !== "object" || columns === null || columns instanceof Promise) {
    throw new TypeError(`Cannot use loss ${definition.name}: its columns are no map`);
  }
  for (const [column, per] of Object.entries(columns)) {
    checkWord(definition.name, `column ${column}`, per, ["row", "token"]);
  }
  return {
    name: definition.name,
    key: { uses, ...settings },
    columns,
    unit,
    factor: definition.factor?.(settings),
    together: definition.together ?? 1,
    denominator: (batch) => definition.denominator(batch, settings),
    graph: (inputs) => definition.graph({ ...inputs, unit }, settings),
  };
}

/** A loss may be a module that no compiler has seen. */
function checkWord(loss: string, what: string, given: unknown, words: readonly string[]): void {
  if (words.includes(given as string)) return;
  const message = `Cannot use loss ${loss}: its ${what} is ${JSON.stringify(given)}`;
  throw new TypeError(`${message}, not ${words.join(" or ")}`);
}

/** How many tokens count in a batch. */
export function tokensOf({ lengths }: BatchSizes): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}

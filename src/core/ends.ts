/** Which iterations of loops run, as far as it is known by the metrics of those that have run. @module */
import { isChoice } from "./choice.ts";
import { DiagnosticError } from "./diagnostic.ts";
import type { Json, JsonObject } from "./document.ts";
import type { Event } from "./event.ts";
import type { Choice, EndingLoop, Guard, OutputRef, Source } from "./planned.ts";
import { describeUntil, judge } from "./until.ts";

/** How far a loop has come. */
export type End =
  /** It is not known whether there is an iteration after this one. */
  | { readonly kind: "unknown"; readonly reached: number }
  /** Which iteration is the last, whether the condition holds in it, and of what value. */
  | {
    readonly kind: "known";
    readonly last: number;
    readonly met: boolean;
    readonly value: Json;
  }
  /** Its condition cannot be compared. */
  | {
    readonly kind: "wrong";
    readonly reached: number;
    readonly message: string;
    readonly hint: string;
  };

/** Follows the loops of a plan that may end early. */
export class Ends {
  readonly #metricsOf: (step: string) => JsonObject | undefined;
  readonly #ends = new Map<EndingLoop, End>();

  /** @param metricsOf what a step gave back; undefined while it has not run */
  constructor(metricsOf: (step: string) => JsonObject | undefined) {
    this.#metricsOf = metricsOf;
  }

  /** How far a loop has come. What is known once stays. */
  of(loop: EndingLoop): End {
    let end = this.#ends.get(loop) ?? { kind: "unknown", reached: 0 };
    while (end.kind === "unknown") {
      const metrics = this.#metricsOf(loop.deciders[end.reached]!);
      if (metrics === undefined) break;
      end = next(loop, end.reached, metrics);
    }
    this.#ends.set(loop, end);
    return end;
  }

  /** Whether these iterations are reached. */
  reaches(when: readonly Guard[]): "yes" | "no" | "unknown" {
    for (const { loop, iteration } of when) {
      const end = this.of(loop);
      if (end.kind === "known" && iteration > end.last) return "no";
      if (end.kind !== "known" && iteration > end.reached) return "unknown";
    }
    return "yes";
  }

  /** The outputs that these are; undefined while a loop that tells has not ended. */
  outputs(sources: readonly Source[]): readonly OutputRef[] | undefined {
    const outputs: OutputRef[] = [];
    for (const source of sources) {
      if (!isChoice(source)) {
        outputs.push(source);
        continue;
      }
      for (const part of this.#meant(source) ?? [undefined]) {
        const inside = part && this.outputs(part);
        if (inside === undefined) return undefined;
        for (const output of inside) outputs.push(output);
      }
    }
    return outputs;
  }

  /** The first loop that has to end before it is known which outputs these are; undefined when it is. */
  waitsFor(sources: readonly Source[]): EndingLoop | undefined {
    for (const source of sources) {
      if (!isChoice(source)) continue;
      for (const part of this.#meant(source) ?? [undefined]) {
        const loop = part === undefined ? source.loop : this.waitsFor(part);
        if (loop !== undefined) return loop;
      }
    }
    return undefined;
  }

  /** What of a choice is meant; undefined while its loop has not ended. */
  #meant({ loop, take, iterations }: Choice): readonly (readonly Source[])[] | undefined {
    const end = this.of(loop);
    if (end.kind !== "known") return undefined;
    return take === "last" ? [iterations[end.last]!] : iterations.slice(0, end.last + 1);
  }
}

function next({ until, deciders }: EndingLoop, reached: number, metrics: JsonObject): End {
  const verdict = judge(until, metrics);
  if (verdict.kind === "wrong") return { ...verdict, reached };
  const met = verdict.kind === "met";
  if (!met && reached + 1 < deciders.length) return { kind: "unknown", reached: reached + 1 };
  return { kind: "known", last: reached, met, value: verdict.value };
}

/**
 * What is told when a loop has come to its end; undefined while it has not.
 *
 * @throws {DiagnosticError} when its condition cannot be compared
 */
export function endOfLoop(
  loop: EndingLoop,
  ends: Ends,
): Extract<Event, { kind: "loop-ended" }> | undefined {
  const end = ends.of(loop), { until, deciders } = loop;
  if (end.kind === "wrong") {
    const { message, hint } = end;
    throw new DiagnosticError([{ message, hint, location: until.location }]);
  }
  if (end.kind === "unknown") return undefined;
  const { last, met, value } = end;
  return {
    kind: "loop-ended",
    ...{ loop: loop.id, iterations: last + 1, times: deciders.length },
    ...{ until: describeUntil(until), met, value },
  };
}

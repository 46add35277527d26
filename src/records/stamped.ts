/** Lines of a run's events, read again. @module */
import type { Json, JsonObject, Stamped } from "../core/mod.ts";

const isText = (value: Json | undefined) => typeof value === "string";
const isNumber = (value: Json | undefined) => typeof value === "number";
const isMap = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** Digests by port, one or a list. */
const isPorts = (value: Json | undefined) =>
  isMap(value) &&
  Object.values(value).every((one) => isText(one) || Array.isArray(one) && one.every(isText));

/** What events have to have for those who read them; one of another kind may have anything. */
const SHAPES: { readonly [kind in Stamped["kind"]]?: (event: JsonObject) => boolean } = {
  "run-started": ({ pipeline, steps }) => isText(pipeline) && isNumber(steps),
  "step-started": ({ step, stage, key }) => [step, stage, key].every(isText),
  "step-waiting": ({ step, stage, key }) => [step, stage, key].every(isText),
  "step-progress": ({ step, done, total, numbers }) =>
    isText(step) && isNumber(done) && isNumber(total) && isMap(numbers) &&
    Object.values(numbers).every((one) => isNumber(one) || one === null),
  "step-log": ({ step, message }) => isText(step) && isText(message),
  "step-finished": ({ step, stage, key, seconds, metrics, outputs }) =>
    [step, stage, key].every(isText) && isNumber(seconds) && isMap(metrics) && isPorts(outputs),
  "step-failed": ({ step, message, stack }) =>
    isText(step) && isText(message) && (stack === undefined || isText(stack)),
  "step-blocked": ({ step, failed }) => isText(step) && isText(failed),
  warning: ({ message }) => isText(message),
  "run-finished": ({ status, ran, cached, seconds }) =>
    isText(status) && isNumber(ran) && isNumber(cached) && isNumber(seconds),
};

/** An event that a line is; none where the line is torn, or damaged. */
export function parseEvent(line: string): Stamped[] {
  let event: Json;
  try {
    event = JSON.parse(line) as Json;
  } catch {
    return [];
  }
  if (!isMap(event) || ![event.time, event.run, event.kind].every(isText)) return [];
  const shapes: Readonly<Record<string, ((event: JsonObject) => boolean) | undefined>> = SHAPES;
  const kind = String(event.kind);
  const isSound = !Object.hasOwn(shapes, kind) || shapes[kind]!(event);
  return isSound ? [event as unknown as Stamped] : [];
}

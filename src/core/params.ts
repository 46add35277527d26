import { interpolate, InterpolationError, type Variables } from "./interpolate.ts";
import type { Json, JsonObject, Path } from "./document.ts";

/**
 * Resolves parameters that refer to others, in whatever order they stand: `size: "${params.depth}"`.
 *
 * @param tell takes what is wrong with one, and where in it
 * @returns the parameters; those with a mistake are null, and told by name
 */
export function resolveParams(
  params: JsonObject,
  others: Variables,
  tell: (error: InterpolationError, path: Path) => void,
): { readonly values: JsonObject; readonly wrong: ReadonlySet<string> } {
  const resolved: Record<string, Json> = {}, wrong = new Set<string>();
  const open: string[] = [];
  const resolve = (name: string) => {
    if (Object.hasOwn(resolved, name)) return;
    open.push(name);
    for (const other of mentions(params[name]!)) {
      if (!Object.hasOwn(params, other)) continue; // interpolation tells it
      if (open.includes(other)) {
        const cycle = [...open.slice(open.indexOf(other)), other].join(" → ");
        const message = `parameters refer to each other in a cycle: ${cycle}`;
        tell(new InterpolationError(message, "give one of them a value", []), [name]);
        resolved[name] = null;
        wrong.add(name);
        continue;
      }
      resolve(other);
    }
    open.pop();
    if (Object.hasOwn(resolved, name)) return;
    if (mentions(params[name]!).some((other) => wrong.has(other))) { // it was told
      resolved[name] = null;
      wrong.add(name);
      return;
    }
    try {
      resolved[name] = interpolate(params[name]!, {
        ...others,
        params: { ...params, ...resolved },
      });
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      tell(error, [name, ...error.path]);
      resolved[name] = null;
      wrong.add(name);
    }
  };
  for (const name of Object.keys(params)) resolve(name);
  return { values: resolved, wrong };
}

/** Names of the parameters that a value refers to. */
export function mentions(value: Json): string[] {
  if (typeof value === "string") {
    return [...value.matchAll(/(?<!\$)\$\{\s*params\.([^}.\s]+)/g)].map((match) => match[1]!);
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((part) => mentions(part as Json));
}

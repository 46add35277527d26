import {
  DiagnosticError,
  forecast,
  missingSteps,
  type Plan,
  type Prospect,
  select,
  type Selection,
  type Store,
  type Wanted,
} from "../core/mod.ts";

/** Steps that a message lists. */
const MAX_LISTED = 5;

/** Part of a plan, and what of it is in the store. */
export interface Outlook<S> {
  readonly selection: Selection<S>;
  readonly forecasts: ReadonlyMap<string, Prospect>;
}

/** What a run would do. @throws {DiagnosticError} when the store lacks what it has to have, or names are of no step */
export function outlookOf<S>(
  plan: Plan<S>,
  store: Store,
  code: (url: string) => string,
  wanted: Wanted,
): Outlook<S> {
  const selection = select(plan, wanted);
  const forecasts = forecast(selection.plan, store, code, selection.remade);
  const missing = missingSteps(selection, forecasts);
  if (missing.length === 0) return { selection, forecasts };
  const more = missing.length - MAX_LISTED;
  const listed = missing.slice(0, MAX_LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const names = (wanted.only ?? []).join(", ");
  throw new DiagnosticError([{
    message: `--only ${names} needs what is not in the store: ${listed}`,
    hint: `--until ${wanted.only?.[0]} makes what it needs too`,
  }]);
}

/** What a run goes through, without a look at the store where nothing has to be there. */
export function selectFor<S>(
  plan: Plan<S>,
  store: Store,
  code: (url: string) => string,
  wanted: Wanted,
): Selection<S> {
  if ((wanted.only ?? []).length === 0) return select(plan, wanted);
  return outlookOf(plan, store, code, wanted).selection;
}

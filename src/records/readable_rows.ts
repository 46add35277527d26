import { DiagnosticError, type JsonObject, type Store } from "../core/mod.ts";

/**
 * The rows of a table for people to look at: one that is damaged is one that ends there.
 *
 * @param damaged is called where it does
 */
export async function* readableRows(
  store: Store,
  key: string,
  table: string,
  damaged: () => void = () => {},
): AsyncGenerator<JsonObject> {
  try {
    yield* store.tables.read(key, table);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    damaged();
  }
}

/** Rows of tables in memory, so that a table is read once, however often it is asked. @module */
import type { JsonObject, Store } from "../core/mod.ts";

/** Compressed bytes of tables that are kept; the one that was asked last is, whatever its size. */
const CAPACITY = 32 << 20;

interface Kept {
  readonly size: number;
  readonly rows: Promise<readonly JsonObject[]>;
}

/** Reads tables of a store, by (key, name, size). A table that has grown is read anew. */
export class TableCache {
  /** Rows that were read from files. */
  rowsRead = 0;
  readonly #store: Store;
  /** What was asked last comes last. */
  readonly #kept = new Map<string, Kept>();

  /** @param store holds the tables */
  constructor(store: Store) {
    this.#store = store;
  }

  /** The rows of a table; none where there is none. */
  rows(key: string, name: string): Promise<readonly JsonObject[]> {
    const id = `${key}/${name}`, size = this.#store.tables.size(key, name);
    const known = this.#kept.get(id);
    const kept = known?.size === size ? known : { size, rows: this.#read(key, name) };
    this.#kept.delete(id);
    this.#kept.set(id, kept);
    kept.rows.catch(() => {
      if (this.#kept.get(id) === kept) this.#kept.delete(id);
    });
    this.#free();
    return kept.rows;
  }

  async #read(key: string, name: string): Promise<readonly JsonObject[]> {
    const rows: JsonObject[] = [];
    for await (const row of this.#store.tables.read(key, name)) rows.push(row);
    this.rowsRead += rows.length;
    return rows;
  }

  /** Forgets what was asked longest ago. */
  #free(): void {
    let bytes = this.#kept.values().reduce((sum, { size }) => sum + size, 0);
    for (const [id, { size }] of this.#kept) {
      if (bytes <= CAPACITY || this.#kept.size === 1) return;
      this.#kept.delete(id);
      bytes -= size;
    }
  }
}

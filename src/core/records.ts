/**
 * Values by digest, sealed: in `records/DIGEST.json` what cannot be computed again, such as replies of a service, by what was
 * asked; in `jobs/KEY.json` what a process is to make. A record that is damaged is none.
 *
 * @module
 */
import { join } from "node:path";
import type { Damage } from "./action.ts";
import type { Json } from "./document.ts";
import {
  ifThere,
  listFiles,
  readIfThere,
  removeIfThere,
  renameSynced,
  writeFinal,
} from "./files.ts";
import { seal, unseal } from "./seal.ts";

/** The records of a store. */
export class Records {
  readonly #directory: string;
  readonly #temporary: () => string;
  readonly #write: (action: () => void) => void;

  /**
   * @param directory where they are
   * @param temporary gives the name of a private file; the directory is there then
   * @param write runs what writes, and says which store it is that cannot be written to
   */
  constructor(directory: string, temporary: () => string, write: (action: () => void) => void) {
    this.#directory = directory;
    this.#temporary = temporary;
    this.#write = write;
  }

  /** What was recorded under a digest; undefined when nothing was that is whole. */
  read(digest: string): Json | undefined {
    const text = readIfThere(this.#file(digest));
    const record = text === undefined ? undefined : unseal(text) as Recorded | undefined;
    return record?.digest === digest ? record.value : undefined;
  }

  /** Records a value under the digest of what it answers. */
  write(digest: string, value: Json): void {
    this.#write(() => {
      const temporary = this.#temporary();
      writeFinal(temporary, seal({ digest, value } satisfies Recorded));
      renameSynced(temporary, this.#file(digest));
    });
  }

  /** Forgets a value. */
  remove(digest: string): void {
    removeIfThere(this.#file(digest));
  }

  /** Reads every byte of them. */
  *audit(): Generator<Damage> {
    for (const name of ifThere(() => listFiles(this.#directory)) ?? []) {
      const digest = name.replace(/\.json$/, "");
      if (this.read(digest) === undefined) {
        yield { what: `record ${digest.slice(0, 12)}`, problem: "it is torn" };
      }
    }
  }

  #file(digest: string): string {
    return join(this.#directory, `${digest}.json`);
  }
}

interface Recorded {
  readonly digest: string;
  readonly value: Json;
}

/**
 * The content-addressed store: artifacts by the digest of their manifest, actions by their key.
 *
 *     layout.json      which layout this is
 *     artifacts/       what steps made, see artifacts.ts
 *     blobs/           their large files, see blobs.ts
 *     actions/KEY.json which artifacts a step with this key made; sealed, so that no byte can change unseen
 *     records/         what services have replied, see records.ts
 *     jobs/KEY.json    what other processes are to make, see src/executors
 *     tables/          rows that steps recorded beside their results, see tables.ts
 *     checkpoints/     where steps go on after a kill, see checkpoints.ts
 *     memo/            digests of large files, as long as their inodes do not change
 *     locks/           one file for each key that a process is working on
 *     tmp/             what processes are writing, see lease.ts
 *     runs/ID/         what is known of a run, see src/records
 *
 * Nothing is ever changed in place: files are written to a private folder, synced, and renamed. A hit is a
 * manifest whose digest and files have been verified, never a folder that exists. Opening and reading a store
 * writes nothing; folders are made when the first result is.
 *
 * @module
 */
import { join } from "node:path";
import { counted } from "./counted.ts";
import { MANIFEST } from "./artifact.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Artifacts, type Examination, type Manifest } from "./artifacts.ts";
import { type Action, type Damage, type Lookup, parseAction, portProblem } from "./action.ts";
import { Blobs } from "./blobs.ts";
import {
  entryIfThere,
  ifThere,
  listFiles,
  readIfThere,
  renameSynced,
  writeFinal,
} from "./files.ts";
import { HashMemo, type Work } from "./hash.ts";
import { digestJson } from "./key.ts";
import { locate, writeLayout } from "./store_layout.ts";
import { Lease, sweepLeases } from "./lease.ts";
import { Lock } from "./lock.ts";
import { isOsError, osReason, withReason } from "./os_error.ts";
import { Presence } from "./presence.ts";
import { type Contents, contentsOf } from "./contents.ts";
import { Records } from "./records.ts";
import { seal } from "./seal.ts";
import { listSources } from "./sources.ts";
import { type Artifact, parsePort, type PortSpec } from "./stage.ts";
import { Tables } from "./tables.ts";

/** In the order in which they are made: blobs tell this layout from the first, where its file is lost. */
const FOLDERS = [
  "blobs",
  "artifacts",
  "actions",
  "records",
  "jobs",
  "tables",
  "checkpoints",
  "memo",
  "locks",
  "tmp",
  "runs",
] as const;

/** Locked by whoever is in the store. */
const PRESENCE = "presence";

/** A store in a folder. */
export class Store {
  /** Where it is. */
  readonly directory: string;
  /** Whether it is there; if not, nothing is stored, and the first result makes it. */
  readonly exists: boolean;
  /** The folder in which a store of an earlier layout lies beside or around this one. */
  readonly old: string | undefined;
  /** What was read and written so far. */
  readonly work: Readonly<Work>;
  /** What services have replied. */
  readonly records: Records;
  /** What other processes are to make. */
  readonly jobs: Records;
  /** What steps recorded beside their results. */
  readonly tables: Tables;
  /** Where steps go on after a kill. */
  readonly checkpoints: Checkpoints;
  readonly #artifacts: Artifacts;
  readonly #blobs: Blobs;
  readonly #memo: HashMemo;
  readonly #verified = new Map<string, string>();
  #lease: Lease | undefined;

  /**
   * Opens a store; what is not there yet is made when something is written.
   *
   * @throws {DiagnosticError} when the path is no folder, or one of a later version of this program
   */
  constructor(root: string) {
    const found = withReason(`cannot open store ${root}`, () => locate(root));
    this.directory = found.directory;
    this.exists = found.exists;
    this.old = found.old;
    const work: Work = { filesHashed: 0, bytesHashed: 0, bytesCopied: 0 };
    this.work = work;
    this.#memo = new HashMemo(join(this.directory, "memo"), work);
    this.#blobs = new Blobs(this.directory, this.#memo, work);
    this.#artifacts = new Artifacts(this.directory, this.#blobs);
    const values = (folder: string) =>
      new Records(
        join(this.directory, folder),
        () => this.free(),
        (action) => this.#writing(action),
      );
    this.records = values("records");
    this.jobs = values("jobs");
    const read = (path: string) => this.#memo.read(path);
    this.checkpoints = new Checkpoints(join(this.directory, "checkpoints"), read);
    this.tables = new Tables(join(this.directory, "tables"), (action) => this.#writing(action));
  }

  /**
   * The verified result of a key.
   *
   * @param ports outputs of the stage, by name: the result must have these
   */
  find(key: string, ports: Readonly<Record<string, PortSpec>>): Lookup {
    const damaged = (what: string, problem: string): Lookup => ({
      kind: "damaged",
      damage: { what, problem },
    });
    const record = `action ${key.slice(0, 12)}`;
    let text: string | undefined;
    try {
      text = readIfThere(this.#action(key));
    } catch (error) {
      if (isOsError(error)) return damaged(record, `it cannot be read (${osReason(error)})`);
      throw error;
    }
    if (text === undefined) return { kind: "miss" };
    const action = parseAction(text, key);
    if (action === undefined) return damaged(record, "its record is torn");
    const wrongPort = portProblem(action, ports);
    if (wrongPort !== undefined) return damaged(record, wrongPort);
    for (const [port, spec] of Object.entries(ports)) {
      const { kind } = parsePort(spec);
      for (const digest of [action.outputs[port]!].flat()) {
        const problem = this.#verify(digest, kind);
        if (problem !== undefined) return damaged(`artifact ${digest.slice(0, 12)}`, problem);
      }
    }
    return { kind: "hit", action };
  }

  /** Reads an action without looking at its artifacts; undefined when there is none that is whole. */
  readAction(key: string): Action | undefined {
    try {
      const text = readIfThere(this.#action(key));
      return text === undefined ? undefined : parseAction(text, key);
    } catch (error) {
      if (isOsError(error)) return undefined;
      throw error;
    }
  }

  /** What tells the stored result of a key, sound or not, from another; undefined where there is none. */
  resultOf(key: string): string | undefined {
    try {
      const text = readIfThere(this.#action(key));
      return text === undefined ? undefined : digestJson(text);
    } catch (error) {
      if (isOsError(error)) return "unreadable";
      throw error;
    }
  }

  /** Compares every byte of an artifact with its manifest, now. */
  examine(digest: string): Examination {
    const found = this.#artifacts.examine(digest);
    if (found.problem !== undefined) this.#verified.delete(digest);
    return found;
  }

  /** What is wrong with an artifact; what was found sound once is not read again by this process. */
  #verify(digest: string, kind: string): string | undefined {
    if (this.#verified.get(digest) === kind) return undefined;
    const found = this.examine(digest);
    if (found.problem !== undefined) return found.problem;
    const { kind: actual } = found.manifest;
    if (actual !== kind) return `it is of kind ${actual} instead of ${kind}`;
    this.#verified.set(digest, kind);
    return undefined;
  }

  /** An artifact by digest. It must have been verified. */
  artifact(digest: string): Artifact {
    return { kind: this.#manifest(digest).kind, digest, directory: this.directoryOf(digest) };
  }

  /** Where the files of an artifact are. */
  directoryOf(digest: string): string {
    return join(this.#artifacts.directory, digest);
  }

  /** Bytes of an artifact's files, shared ones counted in full. It must have been verified. */
  sizeOf(digest: string): number {
    return Object.values(this.#manifest(digest).files).reduce((sum, { size }) => sum + size, 0);
  }

  /** What an artifact consists of, its files unread; undefined where that is not there, or torn. */
  manifestOf(digest: string): Manifest | undefined {
    try {
      return this.#manifest(digest);
    } catch (error) {
      if (isOsError(error) || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** Digests of the artifacts that begin with a text. */
  artifactsLike(beginning: string): string[] {
    return (ifThere(() => [...Deno.readDirSync(this.#artifacts.directory)]) ?? [])
      .flatMap(({ name }) => name.startsWith(beginning) ? [name] : []).toSorted();
  }

  /**
   * Reads every byte of the store's results, also of large files that are taken to be as they were. A run makes
   * again what is damaged.
   */
  *audit(): Generator<Damage> {
    yield* this.#artifacts.audit();
    const gone = new Map<string, number>();
    for (const name of ifThere(() => listFiles(join(this.directory, "actions"))) ?? []) {
      const key = name.replace(/\.json$/, ""), action = this.readAction(key);
      if (action === undefined) {
        yield { what: `action ${key.slice(0, 12)}`, problem: "its record is torn" };
      }
      for (const digest of new Set(Object.values(action?.outputs ?? {}).flat())) {
        if (entryIfThere(this.directoryOf(digest)) !== undefined) continue;
        gone.set(digest, (gone.get(digest) ?? 0) + 1);
      }
    }
    for (const [digest, count] of gone) {
      const problem = `it is gone, and ${counted(count, "result needs", "results need")} it`;
      yield { what: `artifact ${digest.slice(0, 12)}`, problem };
    }
    yield* this.records.audit();
  }

  /** How much there is; blobs count once. */
  contents(): Contents {
    return this.#reading(() => contentsOf(this.directory));
  }

  /**
   * Digest of a user's file, or of a folder's files by name; links are followed.
   *
   * @throws {DiagnosticError} when it cannot be read
   */
  digestPath(path: string): string {
    return withReason(`cannot read ${path}`, () => {
      if (Deno.statSync(path).isFile) return this.#memo.digest(path);
      return digestJson(
        Object.fromEntries(
          listSources(path).map((name) => [name, this.#memo.digest(join(path, name))]),
        ),
      );
    });
  }

  /** Removes what killed processes left, where the store may be written to. */
  sweep(): void {
    try {
      ifThere(() => sweepLeases(join(this.directory, "tmp")));
      ifThere(() => sweepLocks(join(this.directory, "locks")));
      this.checkpoints.sweep((key) => this.resultOf(key));
    } catch (error) {
      if (!isOsError(error)) throw error; // whoever needs to write is told
    }
  }

  /**
   * Makes what is missing of the store, and takes a place in it for this process.
   *
   * @throws {DiagnosticError} when it cannot be written to
   */
  prepare(): void {
    this.#prepared();
  }

  /** An empty private folder. */
  scratch(): string {
    return this.#writing(() => {
      const directory = this.free();
      Deno.mkdirSync(directory);
      return directory;
    });
  }

  /** A free name in a private folder. */
  free(): string {
    return this.#writing(() => this.#prepared().name());
  }

  /** Puts a file into a private folder: a link where it is the store's own and large, else a copy. */
  place(from: string, to: string): void {
    this.#blobs.place(from, to);
  }

  /** Makes a private folder of files an artifact; the folder is gone afterwards. @returns its digest */
  addArtifact(kind: string, directory: string): string {
    return this.#writing(() => this.#artifacts.add(kind, directory, () => this.free()));
  }

  /** Records the result of a step. */
  addAction(action: Action): void {
    this.#writing(() => {
      const temporary = this.free();
      writeFinal(temporary, seal(action));
      renameSynced(temporary, this.#action(action.key));
    });
  }

  /** Takes the lock of a key, so that no other process makes its result too; undefined when one does. */
  tryLock(key: string): Lock | undefined {
    return this.#writing(() => {
      this.#prepared();
      return Lock.tryTake(join(this.directory, "locks", key));
    });
  }

  /** Enters as a run does, so that nothing is removed meanwhile; waits while somebody cleans up. */
  async enter(): Promise<Disposable> {
    const path = join(this.directory, PRESENCE);
    try {
      return await Presence.enter(path);
    } catch (error) {
      if (!isOsError(error)) throw error;
      return { [Symbol.dispose]: () => {} }; // who may not write here may not clean up either
    }
  }

  /** Enters alone, to remove things; undefined while runs are in. */
  tryAlone(): Disposable | undefined {
    return this.#writing(() => {
      this.#prepared();
      return Presence.tryAlone(join(this.directory, PRESENCE));
    });
  }

  /** Gives up this process's place in the store; what it writes next takes a new one. */
  release(): void {
    this.#lease?.[Symbol.dispose]();
    this.#lease = undefined;
  }

  #prepared(): Lease {
    return this.#lease ??= this.#writing(() => {
      const tmp = join(this.directory, "tmp");
      Deno.mkdirSync(tmp, { recursive: true });
      const lease = new Lease(tmp);
      // Before the folders by which a store of layout 1 is known.
      writeLayout(this.directory, (path, text) => {
        const temporary = lease.name();
        writeFinal(temporary, text);
        renameSynced(temporary, path);
      });
      for (const folder of FOLDERS) {
        Deno.mkdirSync(join(this.directory, folder), { recursive: true });
      }
      return lease;
    });
  }

  #manifest(digest: string): Manifest {
    const file = join(this.directoryOf(digest), MANIFEST);
    return JSON.parse(Deno.readTextFileSync(file)) as Manifest;
  }

  #action(key: string): string {
    return join(this.directory, "actions", `${key}.json`);
  }

  #reading<T>(action: () => T): T {
    return withReason(`cannot read store ${this.directory}`, action);
  }

  #writing<T>(action: () => T): T {
    return withReason(`cannot write to store ${this.directory}`, action);
  }
}

/** Removes the files of locks whose holders were killed. */
function sweepLocks(directory: string): void {
  for (const { name } of Deno.readDirSync(directory)) {
    Lock.tryTake(join(directory, name))?.[Symbol.dispose]();
  }
}

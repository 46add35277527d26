/**
 * The content-addressed store: artifacts by the digest of their manifest, actions by their key.
 *
 *     artifacts/DIGEST/manifest.json + files     what a step made
 *     actions/KEY.json                           which artifacts a step with this key made
 *     tmp/                                       what is being written
 *     runs/                                      event logs
 *
 * Nothing is ever changed in place: files are written to a private directory, synced, and renamed. A hit is a
 * manifest whose digest and files have been verified, never a directory that exists.
 *
 * @module
 */
import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Json } from "./document.ts";
import { digestJson, keyOf, type KeyParts } from "./key.ts";
import type { Artifact } from "./stage.ts";

/** A file of an artifact. */
interface ManifestFile {
  readonly size: number;
  readonly sha256: string;
}

/** What an artifact consists of; its canonical JSON's digest names the artifact. */
interface Manifest {
  readonly kind: string;
  readonly files: Readonly<Record<string, ManifestFile>>;
}

/** The result of a step. */
export interface Action {
  /** Digest of its parts. */
  readonly key: string;
  /** What the result depends on. */
  readonly parts: KeyParts;
  /** Digests by output port. */
  readonly outputs: Readonly<Record<string, string | readonly string[]>>;
  /** Numbers the stage gave back. */
  readonly metrics: Readonly<Record<string, Json>>;
  /** How long it took. */
  readonly seconds: number;
}

/** A stored result that cannot be used, and why. */
export interface Damage {
  /** The artifact or action. */
  readonly what: string;
  /** What is wrong with it. */
  readonly problem: string;
}

/** What a look-up gives. */
export type Lookup =
  | { readonly kind: "hit"; readonly action: Action }
  | { readonly kind: "miss" }
  | { readonly kind: "damaged"; readonly damage: Damage };

const MANIFEST = "manifest.json";

/** A store in a directory. */
export class Store {
  /** Where it is. */
  readonly directory: string;
  readonly #verified = new Set<string>();

  /** Opens the store, making it where there is none. */
  constructor(directory: string) {
    this.directory = directory;
    for (const part of ["artifacts", "actions", "tmp", "runs"]) {
      Deno.mkdirSync(join(directory, part), { recursive: true });
    }
  }

  /** The verified result of a key. */
  find(key: string): Lookup {
    const text = readIfThere(join(this.directory, "actions", `${key}.json`));
    if (text === undefined) return { kind: "miss" };
    const damaged = (what: string, problem: string): Lookup => ({
      kind: "damaged",
      damage: { what, problem },
    });
    const action = parseAction(text);
    if (action === undefined || action.key !== key || keyOf(action.parts) !== key) {
      return damaged(`action ${key.slice(0, 12)}`, "its record is torn");
    }
    for (const digest of Object.values(action.outputs).flat()) {
      const problem = this.verify(digest);
      if (problem !== undefined) return damaged(`artifact ${digest.slice(0, 12)}`, problem);
    }
    return { kind: "hit", action };
  }

  /** Reads an action without looking at its artifacts. */
  readAction(key: string): Action | undefined {
    const text = readIfThere(join(this.directory, "actions", `${key}.json`));
    return text === undefined ? undefined : parseAction(text);
  }

  /** What is wrong with an artifact; undefined when every byte is as its manifest says. */
  verify(digest: string): string | undefined {
    if (this.#verified.has(digest)) return undefined;
    const directory = join(this.directory, "artifacts", digest);
    const text = readIfThere(join(directory, MANIFEST));
    if (text === undefined) return "its manifest is missing";
    let manifest: Manifest;
    try {
      manifest = JSON.parse(text) as Manifest;
    } catch {
      return "its manifest is torn";
    }
    if (digestJson(manifest) !== digest) return "its manifest does not match its digest";
    for (const [name, { size, sha256 }] of Object.entries(manifest.files)) {
      const path = join(directory, name);
      const actual = sizeIfThere(path);
      if (actual === undefined) return `file ${name} is missing`;
      if (actual !== size) return `file ${name} has ${actual} bytes instead of ${size}`;
      if (hashFile(path) !== sha256) return `file ${name} has other contents`;
    }
    this.#verified.add(digest);
    return undefined;
  }

  /** An artifact by digest. It must have been verified. */
  artifact(digest: string): Artifact {
    const directory = join(this.directory, "artifacts", digest);
    const manifest = JSON.parse(Deno.readTextFileSync(join(directory, MANIFEST))) as Manifest;
    return { kind: manifest.kind, digest, directory };
  }

  /** An empty private directory. */
  scratch(): string {
    const directory = join(this.directory, "tmp", `${Deno.pid}-${randomUUID()}`);
    Deno.mkdirSync(directory);
    return directory;
  }

  /** Makes a directory of files an artifact; the directory is gone afterwards. @returns its digest */
  addArtifact(kind: string, directory: string): string {
    const files: Record<string, ManifestFile> = {};
    for (const name of listFiles(directory)) {
      const path = join(directory, name);
      sync(path);
      files[name] = { size: Deno.statSync(path).size, sha256: hashFile(path) };
    }
    const manifest: Manifest = { kind, files };
    const digest = digestJson(manifest);
    writeSynced(join(directory, MANIFEST), JSON.stringify(manifest, null, 2));
    const final = join(this.directory, "artifacts", digest);
    try {
      Deno.renameSync(directory, final);
    } catch (error) {
      // Equal contents were there before, or another process was faster; or what lies there is damaged.
      if (sizeIfThere(final) === undefined) throw error;
      if (this.verify(digest) === undefined) {
        Deno.removeSync(directory, { recursive: true });
        return digest;
      }
      removeIfThere(final);
      Deno.renameSync(directory, final);
    }
    syncDirectory(join(this.directory, "artifacts"));
    this.#verified.add(digest);
    return digest;
  }

  /** Records the result of a step. */
  addAction(action: Action): void {
    const temporary = join(this.directory, "tmp", `${Deno.pid}-${randomUUID()}.json`);
    writeSynced(temporary, JSON.stringify(action, null, 2));
    Deno.renameSync(temporary, join(this.directory, "actions", `${action.key}.json`));
    syncDirectory(join(this.directory, "actions"));
  }

  /** Removes what a killed run left in `tmp`: the directories of processes that are no more. */
  sweep(isAlive: (pid: number) => boolean = processIsAlive): void {
    for (const entry of Deno.readDirSync(join(this.directory, "tmp"))) {
      const pid = Number(entry.name.split("-")[0]);
      if (!isAlive(pid)) removeIfThere(join(this.directory, "tmp", entry.name));
    }
  }
}

/** SHA-256 of a file's bytes. */
export function hashFile(path: string): string {
  const hash = createHash("sha256"), buffer = new Uint8Array(1 << 20);
  using file = Deno.openSync(path);
  for (let read = file.readSync(buffer); read !== null; read = file.readSync(buffer)) {
    hash.update(buffer.subarray(0, read));
  }
  return hash.digest("hex");
}

/** Digest of a file, or of a directory's files by name. */
export function digestPath(path: string): string {
  if (Deno.statSync(path).isFile) return hashFile(path);
  return digestJson(
    Object.fromEntries(listFiles(path).map((name) => [name, hashFile(join(path, name))])),
  );
}

function parseAction(text: string): Action | undefined {
  try {
    const action = JSON.parse(text) as Action;
    const complete = typeof action.key === "string" && action.parts !== undefined &&
      typeof action.outputs === "object";
    return complete ? action : undefined;
  } catch {
    return undefined;
  }
}

function listFiles(directory: string, prefix = ""): string[] {
  return [...Deno.readDirSync(directory)].flatMap((entry) =>
    entry.isDirectory
      ? listFiles(join(directory, entry.name), `${prefix}${entry.name}/`)
      : [prefix + entry.name]
  ).toSorted();
}

function readIfThere(path: string): string | undefined {
  return ifThere(() => Deno.readTextFileSync(path));
}

function sizeIfThere(path: string): number | undefined {
  return ifThere(() => Deno.statSync(path).size);
}

function removeIfThere(path: string): void {
  ifThere(() => Deno.removeSync(path, { recursive: true }));
}

function ifThere<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

function writeSynced(path: string, text: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
}

function sync(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

function syncDirectory(path: string): void {
  if (Deno.build.os === "windows") return; // directories cannot be opened there
  using directory = Deno.openSync(path);
  directory.syncSync();
}

function processIsAlive(pid: number): boolean {
  if (Deno.build.os !== "linux") return true; // leaves the rubbish rather than guess
  return sizeIfThere(`/proc/${pid}/stat`) !== undefined;
}

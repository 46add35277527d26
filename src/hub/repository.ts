/**
 * Repositories of the Hugging Face hub, kept where its Python library keeps them: what either has downloaded, the other
 * finds.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  datasetInfo,
  downloadFile,
  type ListFileEntry,
  listFiles,
  modelInfo,
} from "@huggingface/hub";
import { hubAddress, hubCache, isOffline } from "./hub_environment.ts";
import { takePartial } from "./partial.ts";

/** Where to get a repository from, and where to keep it. */
export interface Download {
  /** Such as `HuggingFaceTB/SmolLM2-135M-Instruct`. */
  readonly repo: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** Directory of the cache; {@linkcode hubCache} unless given. */
  readonly cache?: string;
  /** Address of the hub; {@linkcode hubAddress} unless given. */
  readonly hubUrl?: string;
  /** Whether the network is left alone; {@linkcode isOffline} unless given. */
  readonly offline?: boolean;
  readonly signal?: AbortSignal;
  /** Told while bytes arrive. */
  readonly progress?: (done: number, total: number) => void;
}

/** A file as the hub lists it. */
export type Listed = Pick<ListFileEntry, "path" | "size" | "oid" | "lfs">;

/** What a revision means now. */
export interface Snapshot {
  readonly commit: string;
  readonly files: readonly Listed[];
  /** Where its files are kept. */
  readonly directory: string;
}

/** Kinds of repositories, as the hub calls them. */
type Kind = "model" | "dataset";

const COMMIT = /^[0-9a-f]{40}$/;

/** A repository, and its folder in the cache. */
export class Repository {
  /** Of the repository, in the cache. */
  readonly home: string;
  readonly #kind: Kind;
  readonly #download: Download;

  /** @throws {Error} when a name would lead elsewhere */
  constructor(kind: Kind, download: Download) {
    checkNames(download.repo, download.revision);
    const hubUrl = download.hubUrl ?? hubAddress();
    this.#kind = kind;
    this.#download = { ...download, ...(hubUrl === undefined ? {} : { hubUrl }) };
    const folder = `${kind}s--${download.repo.replaceAll("/", "--")}`;
    this.home = join(download.cache ?? hubCache(), folder);
  }

  /** Whether the network is left alone. */
  get isOffline(): boolean {
    return this.#download.offline ?? isOffline();
  }

  /** Whether the revision can never mean something else. */
  get isFixed(): boolean {
    return COMMIT.test(this.#download.revision);
  }

  /** Where the files are of what the revision meant last. */
  get directory(): string {
    const { revision } = this.#download, ref = join(this.home, "refs", revision);
    const commit = this.isFixed || !existsSync(ref) ? revision : Deno.readTextFileSync(ref).trim();
    return join(this.home, "snapshots", commit);
  }

  /** Asks the hub what the revision means, and for its files. */
  async list(): Promise<Snapshot> {
    const { repo: name, revision } = this.#download, additionalFields = ["sha" as const];
    const request = { ...access(this.#download), revision };
    const { sha: commit } = this.#kind === "model"
      ? await modelInfo({ ...request, name, additionalFields })
      : await datasetInfo({ ...request, name, additionalFields });
    if (!COMMIT.test(commit)) {
      throw new Error(`Cannot download ${name}: its commit is called ${commit}`);
    }
    const repo = { type: this.#kind, name }, files: Listed[] = [];
    for await (
      const { type, path, size, oid, lfs } of listFiles({
        ...request,
        repo,
        revision: commit,
        recursive: true,
      })
    ) {
      if (type !== "file" || !staysInside(path)) continue;
      files.push({ path, size, ...(oid === undefined ? {} : { oid }), ...(lfs ? { lfs } : {}) });
    }
    return { commit, files, directory: join(this.home, "snapshots", commit) };
  }

  /** Fetches files that are not there, and goes on where an earlier download stopped. */
  async fetch({ commit, directory }: Snapshot, files: readonly Listed[]): Promise<void> {
    const { progress } = this.#download;
    Deno.mkdirSync(directory, { recursive: true });
    const total = files.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    for (const file of files) {
      const target = join(directory, file.path);
      if (!existsSync(target)) {
        await this.#fetchFile(commit, file, target, (bytes) => progress?.(done + bytes, total));
      }
      done += file.size;
      progress?.(done, total);
    }
  }

  /** Keeps what the revision means, once its files are there. */
  remember({ commit }: Snapshot): void {
    if (this.isFixed) return;
    const ref = join(this.home, "refs", this.#download.revision), written = `${ref}.${Deno.pid}`;
    Deno.mkdirSync(dirname(ref), { recursive: true });
    Deno.writeTextFileSync(written, commit);
    Deno.renameSync(written, ref);
  }

  /** Fetches a file under another name, which it loses when its digest is right. */
  async #fetchFile(
    commit: string,
    file: Listed,
    target: string,
    progress: (bytes: number) => void,
  ): Promise<void> {
    const { repo: name, signal } = this.#download, repo = { type: this.#kind, name };
    using partial = await takePartial(target, signal);
    if (partial === undefined) return; // another process was faster
    const digest = startDigest(file);
    let done = 0;
    for (const block of blocksOf(partial.file)) { // what an earlier download left
      digest.update(block);
      done += block.length;
    }
    if (done < file.size) {
      const request = { ...access(this.#download), repo, path: file.path, revision: commit };
      const blob = await downloadFile({ ...request, xet: false });
      if (blob === null) throw new Error(`Cannot download ${file.path} of ${name}: it is gone`);
      for await (const block of blob.slice(done).stream()) {
        signal?.throwIfAborted();
        for (let at = 0; at < block.length;) at += partial.file.writeSync(block.subarray(at));
        digest.update(block);
        progress(done += block.length);
      }
    }
    const expected = file.lfs?.oid ?? file.oid;
    if (digest.digest("hex") === expected) return partial.finish();
    partial.discard();
    throw new Error(
      `Cannot download ${file.path} of ${name}: what arrived is not ${expected}; run again to fetch it anew`,
    );
  }

  /** An error that says what to do where the hub cannot be asked. @param offline what to put where */
  unreachable(cause: unknown, offline: string): Error {
    const { repo, revision, hubUrl } = this.#download;
    const status = (cause as { statusCode?: number }).statusCode;
    const reason = (cause as Error).message;
    if (status !== undefined) {
      const kind = this.#kind === "model" ? "model" : "data set";
      const advice = status === 401 || status === 403 || status === 404
        ? `check the name; for a gated or private ${kind} set HF_TOKEN`
        : "try again later";
      const message = `Cannot download ${repo} at ${revision}: ${reason} (${status}); ${advice}`;
      return new Error(message, { cause });
    }
    const address = hubUrl ?? "https://huggingface.co";
    return new Error(`Cannot reach ${address} for ${repo}: ${reason}\n  offline, ${offline}`, {
      cause,
    });
  }
}

/** Names become paths. @throws {Error} when one would lead elsewhere */
function checkNames(repo: string, revision: string): void {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(repo) || repo.includes("..")) {
    throw new Error(`Cannot download ${repo}: a repository is OWNER/NAME`);
  }
  if (!staysInside(revision)) {
    throw new Error(`Cannot download ${repo} at ${revision}: that is no branch, tag or commit`);
  }
}

function staysInside(path: string): boolean {
  return !path.split("/").some((part) => part === "" || part === "." || part === "..");
}

/** The digest by which the hub names a file: SHA-256 of large ones, Git's of small ones. */
function startDigest(file: Listed): Hash {
  if (file.lfs !== undefined) return createHash("sha256");
  return createHash("sha1").update(`blob ${file.size}\0`);
}

function* blocksOf(file: Deno.FsFile): Generator<Uint8Array> {
  const block = new Uint8Array(2 ** 20);
  for (let count = file.readSync(block); count !== null; count = file.readSync(block)) {
    yield block.subarray(0, count);
  }
}

function access({ hubUrl, signal }: Download) {
  const token = Deno.env.get("HF_TOKEN");
  return {
    fetch: (input: string | URL | Request, init?: RequestInit) =>
      fetch(input, { ...init, ...(signal === undefined ? {} : { signal }) }),
    ...(hubUrl === undefined ? {} : { hubUrl }),
    ...(token === undefined ? {} : { accessToken: token }),
  };
}

/**
 * Models of the Hugging Face hub, kept where its Python library keeps them: what either has downloaded, the other
 * finds.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { downloadFile, type ListFileEntry, listFiles, modelInfo } from "@huggingface/hub";
import { hubAddress, hubCache, isOffline } from "./hub_environment.ts";
import { takePartial } from "./partial.ts";

/** Where to get a model from, and where to keep it. */
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

/** What is fetched of a repository: safetensors, tokenizer and what describes them. */
const WANTED =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|model\.safetensors\.index)\.json$|^chat_template\.jinja$|^additional_chat_templates\/[\w.-]+\.jinja$|^model(-\d+-of-\d+)?\.safetensors$/;
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Downloads a model unless it is there; goes on where an earlier download stopped.
 *
 * @returns the directory of its files
 * @throws {Error} when the hub cannot be reached, has no such model, or sends other bytes than it promised
 */
export async function downloadModel(given: Download): Promise<string> {
  const hubUrl = given.hubUrl ?? hubAddress();
  const download = { ...given, ...(hubUrl === undefined ? {} : { hubUrl }) };
  const { repo, revision } = download;
  checkNames(repo, revision);
  const home = homeOf(download.cache ?? hubCache(), repo);
  const cached = cachedSnapshot(home, revision);
  if (cached !== undefined && COMMIT.test(revision)) return cached;
  if (download.offline ?? isOffline()) {
    if (cached !== undefined) return cached;
    throw unreachable(download, home, new Error("HF_HUB_OFFLINE is set"));
  }
  let commit: string, files: ListFileEntry[];
  try {
    const request = { ...hub(download), revision };
    commit = (await modelInfo({ ...request, name: repo, additionalFields: ["sha"] })).sha;
    files = [];
    for await (const file of listFiles({ ...request, repo, revision: commit })) {
      if (WANTED.test(file.path)) files.push(file);
    }
  } catch (error) {
    if (cached !== undefined) return cached;
    throw unreachable(download, home, error);
  }
  if (!COMMIT.test(commit)) {
    throw new Error(`Cannot download ${repo}: its commit is called ${commit}`);
  }
  if (!files.some(({ path }) => path.endsWith(".safetensors"))) {
    throw new Error(`Cannot download ${repo}: it has no safetensors at revision ${revision}`);
  }
  const directory = join(home, "snapshots", commit);
  await fetchAll(download, commit, files, directory);
  if (!COMMIT.test(revision)) {
    const ref = join(home, "refs", revision), written = `${ref}.${Deno.pid}`;
    Deno.mkdirSync(dirname(ref), { recursive: true });
    Deno.writeTextFileSync(written, commit);
    Deno.renameSync(written, ref);
  }
  return directory;
}

/** The directory of a model's files, where all of them were downloaded before. */
export function findModel(
  { repo, revision, cache = hubCache() }: Pick<Download, "repo" | "revision" | "cache">,
): string | undefined {
  checkNames(repo, revision);
  return cachedSnapshot(homeOf(cache, repo), revision);
}

function homeOf(cache: string, repo: string): string {
  return join(cache, `models--${repo.replaceAll("/", "--")}`);
}

/** Names become paths. @throws {Error} when one would lead elsewhere */
function checkNames(repo: string, revision: string): void {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(repo) || repo.includes("..")) {
    throw new Error(`Cannot download ${repo}: a repository is OWNER/NAME`);
  }
  const parts = revision.split("/");
  if (parts.includes("") || parts.includes("..") || parts.includes(".")) {
    throw new Error(`Cannot download ${repo} at ${revision}: that is no branch, tag or commit`);
  }
}

async function fetchAll(
  download: Download,
  commit: string,
  files: readonly ListFileEntry[],
  directory: string,
): Promise<void> {
  Deno.mkdirSync(directory, { recursive: true });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const file of files) {
    const target = join(directory, file.path);
    if (!existsSync(target)) {
      await fetchFile(
        download,
        commit,
        file,
        target,
        (bytes) => download.progress?.(done + bytes, total),
      );
    }
    done += file.size;
    download.progress?.(done, total);
  }
}

/** Fetches a file under another name, which it loses when its digest is right. */
async function fetchFile(
  download: Download,
  commit: string,
  file: ListFileEntry,
  target: string,
  progress: (bytes: number) => void,
): Promise<void> {
  const { repo, signal } = download;
  using partial = await takePartial(target, signal);
  if (partial === undefined) return; // another process was faster
  const digest = startDigest(file);
  let done = 0;
  for (const block of blocksOf(partial.file)) { // what an earlier download left
    digest.update(block);
    done += block.length;
  }
  if (done < file.size) {
    const request = { ...hub(download), repo, path: file.path, revision: commit, xet: false };
    const blob = await downloadFile(request);
    if (blob === null) throw new Error(`Cannot download ${file.path} of ${repo}: it is gone`);
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
    `Cannot download ${file.path} of ${repo}: what arrived is not ${expected}; run again to fetch it anew`,
  );
}

/** The digest by which the hub names a file: SHA-256 of large ones, Git's of small ones. */
function startDigest(file: ListFileEntry): Hash {
  if (file.lfs !== undefined) return createHash("sha256");
  return createHash("sha1").update(`blob ${file.size}\0`);
}

function* blocksOf(file: Deno.FsFile): Generator<Uint8Array> {
  const block = new Uint8Array(2 ** 20);
  for (let count = file.readSync(block); count !== null; count = file.readSync(block)) {
    yield block.subarray(0, count);
  }
}

/** The snapshot that a revision meant last, if all its weights are there. */
function cachedSnapshot(home: string, revision: string): string | undefined {
  const ref = join(home, "refs", revision);
  const commit = COMMIT.test(revision) || !existsSync(ref)
    ? revision
    : Deno.readTextFileSync(ref).trim();
  const directory = join(home, "snapshots", commit);
  const has = (name: string) => existsSync(join(directory, name));
  if (!has("config.json") || !has("tokenizer.json")) return undefined;
  return weightFiles(directory)?.every(has) === true ? directory : undefined;
}

/** The files of a snapshot's weights; undefined when its index cannot be read. */
function weightFiles(directory: string): readonly string[] | undefined {
  const index = join(directory, "model.safetensors.index.json");
  if (!existsSync(index)) return ["model.safetensors"];
  try {
    return Object.values(JSON.parse(Deno.readTextFileSync(index)).weight_map);
  } catch {
    return undefined;
  }
}

function hub({ hubUrl, signal }: Download) {
  const token = Deno.env.get("HF_TOKEN");
  return {
    fetch: (input: string | URL | Request, init?: RequestInit) =>
      fetch(input, { ...init, ...(signal === undefined ? {} : { signal }) }),
    ...(hubUrl === undefined ? {} : { hubUrl }),
    ...(token === undefined ? {} : { accessToken: token }),
  };
}

function unreachable({ repo, revision, hubUrl }: Download, home: string, cause: unknown): Error {
  const status = (cause as { statusCode?: number }).statusCode;
  const reason = (cause as Error).message;
  if (status !== undefined) {
    const advice = status === 401 || status === 403 || status === 404
      ? "check the name; for a gated or private model set HF_TOKEN"
      : "try again later";
    return new Error(`Cannot download ${repo} at ${revision}: ${reason} (${status}); ${advice}`, {
      cause,
    });
  }
  return new Error(
    `Cannot reach ${hubUrl ?? "https://huggingface.co"} for ${repo}: ${reason}\n` +
      `  offline, put its config.json, generation_config.json, tokenizer.json, tokenizer_config.json and ` +
      `safetensors into ${
        join(home, "snapshots", revision)
      }, or into any directory for load_policy`,
    { cause },
  );
}

/** Models of the Hugging Face hub. @module */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Download, Repository, type Snapshot } from "./repository.ts";

/** What is fetched of a repository: safetensors, tokenizer and what describes them. */
const WANTED =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|model\.safetensors\.index)\.json$|^chat_template\.jinja$|^additional_chat_templates\/[\w.-]+\.jinja$|^model(-\d+-of-\d+)?\.safetensors$/;

/**
 * Downloads a model unless it is there; goes on where an earlier download stopped.
 *
 * @returns the directory of its files
 * @throws {Error} when the hub cannot be reached, has no such model, or sends other bytes than it promised
 */
export async function downloadModel(download: Download): Promise<string> {
  const repository = new Repository("model", download), { repo, revision } = download;
  const cached = whole(repository.directory);
  if (cached !== undefined && repository.isFixed) return cached;
  const unreachable = (error: unknown) =>
    repository.unreachable(
      error,
      `put its config.json, generation_config.json, tokenizer.json, tokenizer_config.json and ` +
        `safetensors into ${
          join(repository.home, "snapshots", revision)
        }, or into any directory for load_policy`,
    );
  if (repository.isOffline) {
    if (cached !== undefined) return cached;
    throw unreachable(new Error("HF_HUB_OFFLINE is set"));
  }
  let snapshot: Snapshot;
  try {
    snapshot = await repository.list();
  } catch (error) {
    if (cached !== undefined) return cached;
    throw unreachable(error);
  }
  const files = snapshot.files.filter(({ path }) => WANTED.test(path));
  if (!files.some(({ path }) => path.endsWith(".safetensors"))) {
    throw new Error(`Cannot download ${repo}: it has no safetensors at revision ${revision}`);
  }
  await repository.fetch(snapshot, files);
  repository.remember(snapshot);
  return snapshot.directory;
}

/** The directory of a model's files, where all of them were downloaded before. */
export function findModel(
  download: Pick<Download, "repo" | "revision" | "cache">,
): string | undefined {
  return whole(new Repository("model", download).directory);
}

/** A directory with all that a policy needs. */
function whole(directory: string): string | undefined {
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

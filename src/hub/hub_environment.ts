/** What the environment says of the hub, in the variables of Hugging Face's Python library. @module */
import { join } from "node:path";

/** Reads a variable of the environment. */
export type Env = (name: string) => string | undefined;

/** A variable that is set to something. */
function given(env: Env, name: string): string | undefined {
  const value = env(name)?.trim();
  return value === "" ? undefined : value;
}

/**
 * The cache's directory: `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or `huggingface/hub` in `XDG_CACHE_HOME` or `~/.cache`.
 *
 * @throws {Error} when none of them tells it, as without `HOME`
 */
export function hubCache(env: Env = Deno.env.get): string {
  const user = given(env, "HOME") ?? given(env, "USERPROFILE");
  const path = (name: string) => {
    const value = given(env, name);
    return user !== undefined && value !== undefined && /^~(?=\/|$)/.test(value)
      ? join(user, value.slice(1))
      : value;
  };
  const cache = path("HF_HUB_CACHE");
  if (cache !== undefined) return cache;
  const home = path("HF_HOME");
  if (home !== undefined) return join(home, "hub");
  const caches = path("XDG_CACHE_HOME") ?? (user === undefined ? undefined : join(user, ".cache"));
  if (caches !== undefined) return join(caches, "huggingface/hub");
  throw new Error(
    "Cannot tell where models are kept: HOME is not set; set HF_HOME to a directory for them",
  );
}

/** The hub's address: `HF_ENDPOINT`, such as a mirror's. @throws {Error} when that is none */
export function hubAddress(env: Env = Deno.env.get): string | undefined {
  const endpoint = given(env, "HF_ENDPOINT");
  if (endpoint === undefined) return undefined;
  if (URL.canParse(endpoint) && /^https?:/.test(endpoint)) return endpoint.replace(/\/+$/, "");
  throw new Error(`HF_ENDPOINT is ${endpoint}; it is an address such as https://huggingface.co`);
}

/** Whether the network is to be left alone: `HF_HUB_OFFLINE`. */
export function isOffline(env: Env = Deno.env.get): boolean {
  return ["1", "on", "yes", "true"].includes(given(env, "HF_HUB_OFFLINE")?.toLowerCase() ?? "");
}

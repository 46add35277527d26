/** Addresses of services. @module */
import { SettingMistake } from "../../../schemas/setting_mistake.ts";
import { SecretMistake } from "./api_key.ts";

/** Where a service is. */
export interface Address {
  /** Of chat completions. */
  readonly url: string;
  /** Whether it is on this machine: what is sent leaves it not. */
  readonly isLoopback: boolean;
}

/**
 * Where chat completions are below a base such as `https://api.openai.com/v1`.
 *
 * @throws {SettingMistake} when that is none, or what is sent there could be read on the way
 * @throws {SecretMistake} when a key may stand in it
 */
export function addressOf(base: string): Address {
  const fail = (problem: string) =>
    new SettingMistake("base_url", `Cannot use base_url: ${problem}`);
  if (!URL.canParse(base)) {
    throw fail(`${base} is no address; write one such as https://api.openai.com/v1`);
  }
  const url = new URL(base);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new SecretMistake(
      "Cannot use base_url: it has more than host and path; name the variable that holds the key " +
        "by api_key_env, and never write a key itself into a pipeline",
    );
  }
  const isLoopback = /^(localhost|(.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback)) {
    throw fail(`${base} is not https; only a server on this machine is asked without`);
  }
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/chat/completions`;
  return { url: url.href, isLoopback };
}

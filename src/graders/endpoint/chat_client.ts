/** Asks a service that talks as OpenAI's chat completions do. @module */
import type { Address } from "./address.ts";
import type { ApiKey } from "./api_key.ts";
import { LONGEST_TIMER_MS, type Pace, sleep } from "./pace.ts";

/** How a service is asked. */
export interface Asking {
  readonly address: Address;
  readonly key: ApiKey | undefined;
  readonly pace: Pace;
  /** Seconds that a request may take. */
  readonly timeout: number;
  /** How often it is tried again. */
  readonly max_retries: number;
  /** Seconds before the first other try; twice as many before each further one. */
  readonly backoff: number;
}

/** What a service has said. */
export interface Reply {
  readonly text: string;
  /** What the service calls the model that said it. */
  readonly model: string;
  /** Whether it ended by itself. */
  readonly finished: boolean;
}

/** What came of a request. */
type Attempt =
  | { readonly kind: "replied"; readonly reply: Reply }
  | {
    readonly kind: "again";
    readonly why: string;
    readonly advice: string;
    readonly wait?: number;
  }
  | { readonly kind: "refused"; readonly why: string };

const LONGEST_BACKOFF_MS = 60_000;
const LONGEST_WAIT_MS = 600_000;
/** Bytes of a reply. */
const LONGEST_REPLY = 1 << 22;
/** Characters of what a service says that an error tells. */
const TOLD = 300;

/**
 * Asks until there is a reply.
 *
 * @param jitter between 0 and 1: spreads what is tried again
 * @throws {Error} when the service refuses, or was asked as often as may be
 */
export async function askChat(
  asking: Asking,
  body: string,
  jitter: number,
  signal: AbortSignal,
): Promise<Reply> {
  const { address, pace, max_retries, backoff } = asking;
  for (let tries = 1;; tries++) {
    const attempt = await pace.run(signal, () => request(asking, body, signal));
    if (attempt.kind === "replied") return attempt.reply;
    const { why } = attempt;
    if (attempt.kind === "refused") throw new Error(`Cannot ask ${address.url}: ${why}`);
    if (tries > max_retries) {
      const times = tries === 1 ? "once" : `${tries} times`;
      throw new Error(
        `Cannot ask ${address.url}: ${why}; it was asked ${times}. ${attempt.advice} Then run ` +
          "again: what it replied is kept",
      );
    }
    const longer = 1000 * backoff * 2 ** (tries - 1) * (1 + jitter) / 2;
    if (attempt.wait !== undefined) pace.pause(attempt.wait);
    await sleep(attempt.wait ?? Math.min(longer, LONGEST_BACKOFF_MS), signal);
  }
}

async function request(
  { address, key, timeout }: Asking,
  body: string,
  signal: AbortSignal,
): Promise<Attempt> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), Math.min(1000 * timeout, LONGEST_TIMER_MS));
  try {
    const response = await fetch(address.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...key === undefined ? {} : { authorization: key.header },
      },
      body,
      redirect: "manual", // the key goes nowhere else
      signal: AbortSignal.any([signal, late.signal]),
    });
    const text = await textOf(response);
    return attemptOf(response, text, (text) => key?.hideIn(text) ?? text);
  } catch (error) {
    signal.throwIfAborted();
    if (late.signal.aborted) {
      const advice = "Raise timeout, or lower concurrency.";
      return { kind: "again", why: `there was no reply in ${timeout} s`, advice };
    }
    const why = key?.hideIn((error as Error).message) ?? (error as Error).message;
    return { kind: "again", why, advice: "See that it is up, and that base_url is its address." };
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder(), parts: string[] = [];
  let size = 0;
  for await (const block of response.body ?? []) {
    size += block.length;
    if (size > LONGEST_REPLY) throw new Error(`the reply has more than ${LONGEST_REPLY} bytes`);
    parts.push(decoder.decode(block, { stream: true }));
  }
  return parts.join("");
}

/** @param hide takes the key out of what is told */
function attemptOf(
  { status, headers }: Response,
  text: string,
  hide: (text: string) => string,
): Attempt {
  if (status >= 200 && status < 300) {
    const reply = replyOf(text);
    if (reply !== undefined) return { kind: "replied", reply };
    const why = `the reply is no chat completion: ${told(hide(text))}`;
    return {
      kind: "again",
      why,
      advice: "See that base_url is right: /chat/completions is added.",
    };
  }
  const why = `status ${status}, ${told(hide(errorOf(text)))}`;
  if (status >= 300 && status < 400) {
    return { kind: "refused", why: `status ${status}, it is elsewhere; write that as base_url` };
  }
  // No money comes by waiting.
  const isFinal = status < 500 && ![408, 409, 425, 429].includes(status) ||
    status === 429 && text.includes("insufficient_quota");
  if (isFinal) {
    const advice = status === 401 || status === 403 ? "; is api_key_env the right key's?" : "";
    return { kind: "refused", why: why + advice };
  }
  const wait = waitOf(headers);
  const advice = status === 429
    ? "Set requests_per_minute, lower concurrency, or raise max_retries."
    : "Raise max_retries, or wait until it is up.";
  if (wait === undefined) return { kind: "again", why, advice };
  if (wait <= LONGEST_WAIT_MS) return { kind: "again", why, advice, wait };
  return { kind: "refused", why: `${why}; it is to be asked in ${Math.ceil(wait / 1000)} s` };
}

function replyOf(text: string): Reply | undefined {
  const parsed = parse(text) as
    | {
      readonly model?: unknown;
      readonly choices?: readonly {
        readonly finish_reason?: unknown;
        readonly message?: { readonly content?: unknown; readonly refusal?: unknown };
      }[];
    }
    | null
    | undefined;
  const choice = Array.isArray(parsed?.choices) ? parsed.choices[0] : undefined;
  const { content, refusal } = choice?.message ?? {};
  const said = textIn(content) ?? refusal;
  if (typeof said !== "string") return undefined;
  const finished = !["length", "content_filter"].includes(String(choice?.finish_reason));
  return { text: said, model: String(parsed?.model ?? ""), finished };
}

/** The text of a message, which may come in parts. */
function textIn(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part: { readonly text?: unknown } | null) => part?.text)
    .filter((text) => typeof text === "string");
  return texts.length === 0 ? undefined : texts.join("");
}

/** What a service says is wrong. */
function errorOf(text: string): string {
  const parsed = parse(text) as { readonly error?: { readonly message?: unknown } } | undefined;
  const message = parsed?.error?.message ?? parsed?.error;
  return typeof message === "string" ? message : text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds that a service asks to wait: a number of seconds, or a date. */
function waitOf(headers: Headers): number | undefined {
  const exact = headers.get("retry-after-ms")?.trim(), after = headers.get("retry-after")?.trim();
  if (exact !== undefined && /^\d+(\.\d+)?$/.test(exact)) return Number(exact);
  if (after === undefined || after === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(after)) return 1000 * Number(after);
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function told(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  if (line === "") return "with nothing in it";
  return JSON.stringify(line.length <= TOLD ? line : `${line.slice(0, TOLD)}…`);
}

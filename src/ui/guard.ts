/** Who may ask, and what every reply says. @module */
import { createHash, timingSafeEqual } from "node:crypto";

/** Names that this machine has for itself alone. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether nobody but this machine reaches a host. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host.toLowerCase());
}

/**
 * What a browser may do with a page of ours: run our scripts, and nothing else. Text never becomes markup, not even by
 * mistake: the browser refuses every sink of markup (Trusted Types).
 */
const POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "connect-src"].map((kind) => `${kind} 'self'`),
  "img-src data:",
  ...["base-uri", "form-action", "frame-ancestors"].map((kind) => `${kind} 'none'`),
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** A reply with what every reply says. */
export function reply(
  body: BodyInit | null,
  type: string,
  init: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  const { status = 200, headers = {} } = init;
  return new Response(body, { status, headers: { ...HEADERS, "content-type": type, ...headers } });
}

/** A reply in JSON. */
export function json(value: unknown, status = 200): Response {
  return reply(JSON.stringify(value), "application/json; charset=utf-8", { status });
}

/** A reply that says what is wrong. */
export function refuse(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return reply(JSON.stringify({ error }), "application/json; charset=utf-8", { status, headers });
}

/**
 * What keeps a request from being answered; undefined when nothing does. Without a token, only names of this machine are
 * answered to: a page elsewhere whose name was made to lead here (DNS rebinding) has another.
 *
 * @param token what a reader must show, in the address once and then as a cookie; none on loopback
 */
export function refusal(request: Request, token: string | undefined): Response | undefined {
  if (request.method !== "GET") {
    return refuse(405, "this page is only read", { allow: "GET" });
  }
  const url = URL.parse(request.url);
  if (url === null) return refuse(400, "the address or the name of the host is none");
  if (isFromElsewhere(request.headers)) {
    return refuse(403, "another page asks: this one is opened by its address alone");
  }
  if (token === undefined) {
    if (isLoopback(url.hostname)) return undefined;
    return refuse(403, `${url.hostname} is not this machine's name: open the address as printed`);
  }
  const cookie = `soar-${url.port}`, given = url.searchParams.get("token");
  if (given !== null && isSame(given, token)) {
    url.searchParams.delete("token");
    const set = `${cookie}=${token}; HttpOnly; SameSite=Lax; Path=/`;
    // Two slashes would begin the name of another host.
    const location = url.pathname.replace(/^\/+/, "/") + url.search;
    return reply(null, "text/plain", { status: 303, headers: { location, "set-cookie": set } });
  }
  const kept = (request.headers.get("cookie") ?? "").split(/;\s*/)
    .find((one) => one.startsWith(`${cookie}=`))?.slice(cookie.length + 1);
  if (kept !== undefined && isSame(kept, token)) return undefined;
  return refuse(401, "open the address as soar ui printed it, with its token");
}

/** Whether a browser asks for another page than ours: it says so by itself. Following a link to here is no such thing. */
function isFromElsewhere(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site") ?? "none";
  return site !== "none" && site !== "same-origin" && headers.get("sec-fetch-mode") !== "navigate";
}

/** In the same time wherever they differ. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

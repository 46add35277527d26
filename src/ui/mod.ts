/** A page over the runs of a store, for a browser: read alone, and only by whoever may. @module */
import { isOsError, osReason, type Store } from "../core/mod.ts";
import { type Asset, makeAssets } from "./assets.ts";
import { isLoopback, json, refusal, refuse, reply } from "./guard.ts";
import { answer, type Source } from "./routes.ts";
import { TableCache } from "./table_cache.ts";

/** How to serve. */
export interface UiOptions {
  /** Address to listen at. Whoever reaches another than this machine's own needs a token. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** A page that is being served. */
export interface UiServer extends AsyncDisposable {
  /** What to open, with a token where one is needed. */
  readonly url: string;
  /** Rows of tables that were read. */
  readonly rowsRead: number;
}

/** Milliseconds that replies have to end when the server does: somebody may never read theirs. */
const GRACE = 1000;

/** Serves the page until it is disposed. @throws an error of the operating system where it cannot listen there */
export function serveUi(store: Store, { host, port }: UiOptions): UiServer {
  const controller = new AbortController();
  const tables = new TableCache(store);
  const source: Source = { store, tables, signal: controller.signal };
  const token = isLoopback(host) ? undefined : newToken();
  const assets = makeAssets();
  const server = Deno.serve(
    { hostname: host.replace(/^\[|\]$/g, ""), port, onListen() {} },
    (request) => refusal(request, token) ?? respond(source, assets, new URL(request.url)),
  );
  const { hostname, port: at } = server.addr;
  // All of a machine's addresses are no address: its name may lead to one.
  const isAny = hostname === "0.0.0.0" || hostname === "::";
  const name = isAny ? Deno.hostname() : hostname.includes(":") ? `[${hostname}]` : hostname;
  const query = token === undefined ? "" : `?token=${token}`;
  return {
    url: `http://${name}:${at}/${query}`,
    get rowsRead() {
      return tables.rowsRead;
    },
    async [Symbol.asyncDispose]() {
      controller.abort();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, GRACE);
      await Promise.race([server.shutdown(), late]);
      clearTimeout(timer);
    },
  };
}

async function respond(
  source: Source,
  assets: ReadonlyMap<string, Asset>,
  url: URL,
): Promise<Response> {
  const asset = assets.get(url.pathname);
  if (asset !== undefined) return reply(asset.text, asset.type);
  try {
    return await answer(source, url) ?? refuse(404, `there is nothing at ${url.pathname}`);
  } catch (error) {
    // Such as a table whose bytes are damaged: told where it was asked for.
    const message = isOsError(error) ? osReason(error) : String(error);
    return json({ error: `this cannot be read: ${message}` }, 500);
  }
}

/** 256 bits that nobody guesses. */
function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

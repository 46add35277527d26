import { DiagnosticError, isOsError, osReason, Store } from "../core/mod.ts";
import type { UiServer } from "../ui/mod.ts";
import { complain, print } from "./output.ts";

/** What opens an address, by operating system. */
const OPENERS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  darwin: ["open"],
  linux: ["xdg-open"],
  windows: ["cmd", "/c", "start", ""],
};

/** Serves the page over a store's runs until Ctrl-C. @returns the exit code */
export async function ui(options: {
  readonly store: string;
  readonly port: number;
  readonly host: string;
  readonly open?: true;
  readonly json?: true;
}): Promise<number> {
  const store = new Store(options.store);
  await using server = await listen(store, options);
  print(options.json === true ? JSON.stringify({ url: server.url }) : server.url);
  if (!store.exists) complain(`${options.store} holds nothing yet; runs are shown as they come`);
  if (options.open === true) open(server.url);
  await interrupted();
  return 0;
}

/** @throws {DiagnosticError} where nothing can listen there */
async function listen(
  store: Store,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<UiServer> {
  const { serveUi } = await import("../ui/mod.ts");
  try {
    return serveUi(store, { host, port });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isTaken = error instanceof Deno.errors.AddrInUse;
    const reason = isTaken
      ? "something else does"
      : isOsError(error)
      ? osReason(error)
      : error.message;
    const hint = isTaken
      ? "leave out --port for one that is free"
      : "name an address of this machine";
    throw new DiagnosticError([{ message: `cannot listen at ${host}:${port}: ${reason}`, hint }]);
  }
}

/** Without anything that opens it, the address that was printed is enough. */
function open(url: string): void {
  const [command, ...args] = OPENERS[Deno.build.os] ?? OPENERS["linux"]!;
  try {
    new Deno.Command(command, { args: [...args, url], stdout: "null", stderr: "null" }).spawn()
      .unref();
  } catch (error) {
    complain(`warning: no browser was opened: ${error instanceof Error ? error.message : error}`);
  }
}

/** Until Ctrl-C, or until it is told to end. */
function interrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  const end = () => {
    for (const signal of signals) Deno.removeSignalListener(signal, end);
    resolve();
  };
  for (const signal of signals) Deno.addSignalListener(signal, end);
  return promise;
}

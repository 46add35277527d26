/** What an editor with yaml-language-server shows of a pipeline. @module */

const ROOT = new URL("../../", import.meta.url);
const SCHEMA = new URL("schemas/pipeline.schema.json", ROOT);

/** A program of its own: it takes over standard input and output. */
const SERVER = new URL("serve.ts", import.meta.url).href;

/** An item of a completion. */
export interface Item {
  /** What the list shows. */
  readonly label: string;
  /** What is said beside it, as Markdown. */
  readonly documentation: string;
  /** What is put in. */
  readonly text: string;
}

interface Position {
  readonly line: number;
  readonly character: number;
}
type Documentation = string | { readonly value: string } | undefined;
interface RawItem {
  readonly label: string;
  readonly documentation?: Documentation;
  readonly insertText?: string;
  readonly textEdit?: { readonly newText: string };
}
interface RawDiagnostic {
  readonly message: string;
  readonly range: { readonly start: Position; readonly end: Position };
}
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

/** yaml-language-server as a child process, asked over the language server protocol. */
export class LanguageServer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #told = new Map<string, (found: readonly RawDiagnostic[]) => void>();
  readonly #reading: Promise<void>;
  readonly #configured = Promise.withResolvers<void>();
  #last = 0;

  private constructor() {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", SERVER, "--stdio"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Starts it with the schema of this checkout for every file that ends with .yaml. */
  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer();
    await server.#ask("initialize", {
      processId: Deno.pid,
      rootUri: ROOT.href,
      capabilities: {
        workspace: { configuration: true },
        textDocument: {
          completion: {
            completionItem: { snippetSupport: true, documentationFormat: ["markdown"] },
          },
          hover: { contentFormat: ["markdown"] },
        },
      },
    });
    await server.#send({ method: "initialized", params: {} });
    await server.#configured.promise;
    return server;
  }

  /** What is offered where `|` stands in a text. */
  async complete(text: string): Promise<readonly Item[]> {
    const result = await this.#at("textDocument/completion", text);
    return (result as { readonly items: readonly RawItem[] }).items.map((item) => ({
      label: item.label,
      documentation: textOf(item.documentation),
      text: item.textEdit?.newText ?? item.insertText ?? item.label,
    }));
  }

  /** What is shown over the place where `|` stands in a text. */
  async hover(text: string): Promise<string> {
    const result = await this.#at("textDocument/hover", text);
    return textOf((result as { readonly contents?: Documentation } | null)?.contents);
  }

  /** What is underlined in a text, and what is said of it. */
  async diagnose(
    text: string,
    uri: string = this.#newUri(),
  ): Promise<readonly { under: string; message: string }[]> {
    const told = new Promise<readonly RawDiagnostic[]>((resolve) => this.#told.set(uri, resolve));
    await this.#open(uri, text);
    const lines = text.split("\n");
    return (await told).map(({ message, range: { start, end } }) => ({
      under: lines[start.line]!.slice(
        start.character,
        start.line === end.line ? end.character : undefined,
      ),
      message,
    }));
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ask("shutdown", null);
    await this.#send({ method: "exit" });
    await this.#reading;
    await this.#input.close().catch(() => undefined);
    await this.#process.status;
  }

  async #at(method: string, marked: string): Promise<unknown> {
    const before = marked.slice(0, marked.indexOf("|")).split("\n");
    const position = { line: before.length - 1, character: before.at(-1)!.length };
    const uri = this.#newUri();
    await this.#open(uri, marked.replace("|", ""));
    return await this.#ask(method, { textDocument: { uri }, position });
  }

  #newUri(): string {
    return new URL(`pipelines/editor_${++this.#last}.yaml`, ROOT).href;
  }

  async #open(uri: string, text: string): Promise<void> {
    const textDocument = { uri, languageId: "yaml", version: 1, text };
    await this.#send({ method: "textDocument/didOpen", params: { textDocument } });
  }

  #ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#last;
    const answer = new Promise((resolve) => this.#answers.set(id, resolve));
    return this.#send({ id, method, params }).then(() => answer);
  }

  async #send(message: Message): Promise<void> {
    const body = new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const head = new TextEncoder().encode(`Content-Length: ${body.length}\r\n\r\n`);
    await this.#input.write(new Uint8Array([...head, ...body]));
  }

  async #read(): Promise<void> {
    let bytes = new Uint8Array();
    for await (const chunk of this.#process.stdout) {
      bytes = new Uint8Array([...bytes, ...chunk]);
      for (;;) {
        const head = new TextDecoder("latin1").decode(bytes.subarray(0, 200));
        const length = /^Content-Length: (\d+)\r\n(?:.+\r\n)*?\r\n/.exec(head);
        if (length === null) break;
        const start = length[0].length, end = start + Number(length[1]);
        if (bytes.length < end) break;
        await this.#take(JSON.parse(new TextDecoder().decode(bytes.subarray(start, end))));
        bytes = bytes.subarray(end);
      }
    }
  }

  async #take({ id, method, params, result }: Message): Promise<void> {
    if (method === "workspace/configuration") {
      const yaml = { schemas: { [SCHEMA.href]: "*.yaml" }, schemaStore: { enable: false } };
      const { items } = params as { readonly items: readonly { readonly section: string }[] };
      const settings = items.map(({ section }) => section === "yaml" ? yaml : null);
      await this.#send({ id: id!, result: settings });
      this.#configured.resolve();
    } else if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = params as {
        readonly uri: string;
        readonly diagnostics: readonly RawDiagnostic[];
      };
      this.#told.get(uri)?.(diagnostics);
    } else if (method !== undefined && id !== undefined) {
      await this.#send({ id, result: null });
    } else if (id !== undefined) {
      this.#answers.get(id)?.(result);
    }
  }
}

function textOf(documentation: Documentation): string {
  return typeof documentation === "string" ? documentation : documentation?.value ?? "";
}

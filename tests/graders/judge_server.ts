/** A service that talks as OpenAI's chat completions do, on this machine. @module */

/** What was asked. */
export interface Asked {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly [key: string]: unknown;
  };
  /** The last message. */
  readonly text: string;
}

/**
 * What it answers: a reply's text, a response, or a connection that is cut.
 *
 * @param never a reply that does not come
 */
export type Answering = (
  asked: Asked,
  count: number,
  never: Promise<Response>,
) => string | Response | "cut" | Promise<string | Response | "cut">;

/** The text as a chat completion. */
export function completionOf(text: string, more: object = {}): string {
  const message = { role: "assistant", content: text };
  return JSON.stringify({
    model: "judge-1",
    choices: [{ message, finish_reason: "stop", ...more }],
  });
}

/** It counts what it is asked, and how much at once. */
export class JudgeServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** Most that were under way at once. */
  most = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #never = Promise.withResolvers<Response>();
  #running = 0;

  constructor(answer: Answering) {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        this.most = Math.max(this.most, ++this.#running);
        try {
          return await this.#respond(request, answer);
        } finally {
          this.#running--;
        }
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  async #respond(request: Request, answer: Answering): Promise<Response> {
    const body = JSON.parse(await request.text()) as Asked["body"];
    const asked = {
      path: new URL(request.url).pathname,
      authorization: request.headers.get("authorization"),
      body,
      text: body.messages.at(-1)!.content,
    };
    this.asked.push(asked);
    const answered = await answer(asked, this.asked.length, this.#never.promise);
    if (answered === "cut") {
      // Fewer bytes than it says.
      const headers = { "content-length": "99" };
      return new Response(ReadableStream.from([new TextEncoder().encode('{"choices"')]), {
        headers,
      });
    }
    return typeof answered === "string" ? new Response(completionOf(answered)) : answered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#never.resolve(new Response()); // nobody reads it any more
    await this.#server.shutdown();
  }
}

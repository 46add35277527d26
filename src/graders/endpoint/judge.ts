/** A judge: asked once for each question, its replies kept. @module */
import { createHash } from "node:crypto";
import type { PromptTemplate } from "../../text/prompt_template.ts";
import type { GradingContext, Problem, Verdict } from "../grader.ts";
import { askChat, type Asking, type Reply } from "./chat_client.ts";

/** What a judge is asked, and how its replies are read. */
export interface Judging {
  readonly model: string;
  readonly system: PromptTemplate | undefined;
  readonly prompt: PromptTemplate;
  /** What a request has besides, such as a temperature. */
  readonly sampling: Readonly<Record<string, number>>;
  /** The verdict; undefined where the reply has none. */
  read(reply: string): Verdict | undefined;
}

/** How often a judge is asked whose replies have no verdict. */
const READINGS = 3;
/** Characters of such a reply that the error tells. */
const TOLD = 300;

/** Grades by asking. */
export class Judge {
  readonly #judging: Judging;
  readonly #url: string;
  /** Made when something has to be asked: a rerun needs no key. */
  readonly #asking: () => Asking;
  #ready: Asking | undefined;
  /** Verdicts to come, and those that no records keep. */
  readonly #verdicts = new Map<string, Promise<Verdict>>();
  #questions = 0;
  /** Ends what is under way when one question fails: the step does then. */
  #end = new AbortController();

  constructor(judging: Judging, url: string, asking: () => Asking) {
    this.#judging = judging;
    this.#url = url;
    this.#asking = asking;
  }

  /** @throws {Error} when it cannot be asked, or its replies have no verdict */
  async grade(problem: Problem, completion: string, context: GradingContext): Promise<Verdict> {
    if (completion.trim() === "") return { outcome: "no_answer", answer: null };
    const body = this.#bodyOf(problem, completion);
    const digest = sha256(JSON.stringify({ url: this.#url, body }));
    const recorded = context.records?.read(digest) as Reply | undefined;
    const known = recorded === undefined ? undefined : this.#read(recorded);
    if (known !== undefined) return known;
    let verdict = this.#verdicts.get(digest);
    if (verdict === undefined) {
      verdict = this.#ask(body, digest, context);
      this.#verdicts.set(digest, verdict);
      const forget = () => void this.#verdicts.delete(digest);
      // Records have it then; without them it is kept here. What failed is asked again.
      verdict.then(context.records === undefined ? undefined : forget, forget);
    }
    return await verdict;
  }

  async #ask(body: string, digest: string, context: GradingContext): Promise<Verdict> {
    const end = this.#end;
    const { signal: stop } = context;
    const signal = stop === undefined ? end.signal : AbortSignal.any([stop, end.signal]);
    this.#questions++;
    try {
      const asking = this.#ready ??= this.#asking();
      const jitter = parseInt(digest.slice(0, 4), 16) / 0x10000;
      for (let readings = 1;; readings++) {
        const reply = hide(asking, await askChat(asking, body, jitter, signal));
        const verdict = this.#read(reply);
        if (verdict !== undefined) {
          context.records?.write(digest, { ...reply });
          return verdict;
        }
        if (readings === READINGS) throw this.#unreadable(reply);
      }
    } catch (error) {
      if (!signal.aborted) end.abort(error);
      throw error;
    } finally {
      if (--this.#questions === 0 && end.signal.aborted) this.#end = new AbortController();
    }
  }

  #read({ text, finished }: Reply): Verdict | undefined {
    return finished ? this.#judging.read(text) : undefined;
  }

  #unreadable({ text, finished }: Reply): Error {
    const { model } = this.#judging;
    const why = finished ? "its reply has no verdict" : "its reply was cut off";
    const said = JSON.stringify(text.length <= TOLD ? text : `${text.slice(0, TOLD)}…`);
    const advice = finished ? "see prompt and verdict" : "raise max_tokens";
    return new Error(
      `Cannot take a verdict from ${model}: ${why}, ${READINGS} times; ${advice}: ${said}`,
    );
  }

  #bodyOf(problem: Problem, completion: string): string {
    const { model, system, prompt, sampling } = this.#judging;
    const { problem: question, answer } = problem;
    // A completion cannot hold its own digest, and so not end itself.
    const mark = `-----${sha256(JSON.stringify([question, answer, completion])).slice(0, 16)}-----`;
    const fields = { ...problem, completion, mark };
    const messages = [
      ...system === undefined ? [] : [{ role: "system", content: system.render(fields) }],
      { role: "user", content: prompt.render(fields) },
    ];
    return JSON.stringify({ model, messages, ...sampling });
  }
}

function hide({ key }: Asking, reply: Reply): Reply {
  if (key === undefined) return reply;
  return { ...reply, text: key.hideInReply(reply.text), model: key.hideInReply(reply.model) };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

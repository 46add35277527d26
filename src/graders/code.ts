import { Sandbox } from "../sandbox/mod.ts";
import { gradeProgram } from "./code/grade.ts";
import { defineGrader } from "./grader.ts";

/** Sandboxes by their settings: graders of several steps share processes. */
const SANDBOXES = new Map<string, Sandbox>();

/** Programs that pass tests (docs/decisions/0032). */
export const code = defineGrader({
  name: "code",
  summary: "A program in a block of code, run in a sandbox against the tests of its problem.",
  config: {
    type: "object",
    properties: {
      language: {
        enum: ["python", "javascript", "typescript"],
        default: "python",
        description: "What programs are written in.",
      },
      mode: {
        enum: ["auto", "strict", "lenient"],
        default: "auto",
        description:
          "strict: only a block between fences (```) is a program; lenient: a completion without one, too; " +
          "auto: strict where a policy is trained, lenient where it is measured.",
      },
      timeout: {
        type: "number",
        exclusiveMinimum: 0,
        default: 10,
        description:
          "Seconds of a processor that a test may take; three times as many by the clock.",
      },
      memory: {
        type: "integer",
        minimum: 32,
        default: 256,
        description: "MiB that a program may hold.",
      },
      max_output: {
        type: "integer",
        minimum: 1,
        default: 1024,
        description: "KiB that a program may write in a test.",
      },
      processes: {
        type: "integer",
        minimum: 1,
        unkeyed: true,
        description: "Programs that run at the same time; as many as there are cores unless set.",
      },
    },
    additionalProperties: false,
  },
  create({ language, mode, timeout, memory, max_output, processes }) {
    const atOnce = processes ?? navigator.hardwareConcurrency;
    const limits = { timeout, memory, output: 1024 * max_output };
    const name = JSON.stringify([limits, atOnce]);
    const sandbox = SANDBOXES.get(name) ?? new Sandbox(limits, atOnce);
    SANDBOXES.set(name, sandbox);
    return (problem, completion, { measuring, signal }) =>
      gradeProgram(problem, completion, {
        language: language === "python" ? "python" : "javascript",
        lenient: mode === "lenient" || (mode === "auto" && measuring === true),
        timeout,
        sandbox,
        signal,
      });
  },
});

/** Ends processes that wait for programs; they end by themselves when they have waited for a while. */
export async function closeSandboxes(): Promise<void> {
  await Promise.all([...SANDBOXES.values()].map((sandbox) => sandbox.close()));
}

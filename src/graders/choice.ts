import { SettingMistake } from "../../schemas/setting_mistake.ts";
import { type Choices, choicesOf, labelOfText, labelWithin } from "./choice/choices.ts";
import { DENIAL, LEAD, statedChoice } from "./choice/statements.ts";
import { defineGrader, type Problem } from "./grader.ts";
import { AFTER, behindThoughts, textAfter } from "./marked.ts";

/** The answer as one of several choices. */
export const choice = defineGrader({
  name: "choice",
  summary: "The choice that the completion states last is the answer's, by its letter or its text.",
  config: {
    type: "object",
    properties: {
      labels: {
        type: "string",
        default: "ABCDEFGHIJ",
        description:
          "Labels of the choices, a character each; a problem with fewer choices has fewer.",
      },
      choices: {
        type: "string",
        default: "choices",
        description:
          "The field of a problem that holds the texts, if it has one: a list, or a map by label.",
      },
      answer: {
        enum: ["label", "index"],
        default: "label",
        description:
          "What a problem's answer is: a label (or the text), or a place counted from 0.",
      },
      after: AFTER,
    },
    additionalProperties: false,
  },
  create({ labels: written, choices: field, answer: kind, after }) {
    const labels = [...written];
    if (labels.length < 2 || new Set(written.toLowerCase()).size < labels.length) {
      throw new SettingMistake(
        "labels",
        `Cannot tell choices apart by labels: ${written}; write two characters or more, all different`,
      );
    }
    const offered = (problem: Problem) => {
      const choices = choicesOf(problem, field, labels);
      const known = choices.size > 0 ? [...choices.keys()] : labels;
      return { choices, known: known.filter((label) => [...label].length === 1) };
    };
    return (problem, completion) => {
      const { choices, known } = offered(problem);
      const said = behindThoughts(completion).normalize("NFKC");
      const text = textAfter(said, after.normalize("NFKC")) ?? "";
      const given = statedChoice(text, known);
      const label = given === undefined ? statedText(text, choices) : given ?? undefined;
      if (label === undefined) {
        const reason = given === null ? { reason: "it names several choices" } : {};
        return { outcome: "no_answer", answer: null, ...reason };
      }
      const right = rightLabel(problem.answer, kind, known, choices);
      if (right === undefined) {
        return { outcome: "wrong", answer: label, reason: "the problem's answer is no choice" };
      }
      return { outcome: label === right ? "correct" : "wrong", answer: label };
    };
  },
});

/** The choice whose text a completion gives instead of a label. */
function statedText(text: string, choices: Choices): string | undefined {
  const line = text.trim().split("\n").at(-1)!;
  const stated = [...line.matchAll(new RegExp(`${LEAD}(?<text>.*)$`, "giu"))].at(-1)?.groups?.text;
  const whole = labelOfText(choices, line) ?? labelOfText(choices, stated ?? "");
  if (whole !== undefined || DENIAL.test(line)) return whole;
  return labelWithin(choices, stated ?? line);
}

function rightLabel(
  answer: string,
  kind: "label" | "index",
  labels: readonly string[],
  choices: Choices,
): string | undefined {
  if (kind === "index") return /^\d+$/.test(answer.trim()) ? labels[Number(answer)] : undefined;
  const written = answer.trim().replace(/^\((.+)\)$/, "$1").replace(/[.)]$/, "");
  const same = (label: string) => label.toLowerCase() === written.toLowerCase();
  return labels.find(same) ?? labelOfText(choices, answer);
}

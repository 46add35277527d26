/** Settings of what is read of data files, and how. @module */
import { keysOf } from "../../schemas/infer.ts";
import { ANSWER_KINDS } from "./answers.ts";
import { FORMATS } from "./formats/mod.ts";

const text = (description: string) => ({ type: "string", description }) as const;
const SCALAR = { type: ["string", "number", "boolean"] } as const;

/** Where rows come from. */
export const SOURCE = {
  path: {
    type: "string",
    format: "path",
    description:
      "A file (JSONL, JSON, CSV or Parquet, as it is, in gzip or in a zip archive), or a folder of such; read in " +
      "place of repo where both are there.",
  },
  paths: {
    type: "array",
    items: { type: "string", format: "path" },
    minItems: 1,
    description: "Several of these, one after the other.",
  },
  repo: {
    ...text("A data set of the Hugging Face hub by owner and name, such as openai/gsm8k."),
    was: ["dataset", "dataset_name", "repo_id"],
  },
  revision: {
    type: "string",
    default: "main",
    description: "Its branch, tag or commit; only a commit always means the same.",
  },
  subset: text('A part of the data set that has a name (a "config"); "*" for all.'),
  split: text("Such as train or test: which files of a data set, a folder or an archive."),
  file: text("Which files of these, by path or pattern, such as data/*.parquet, instead of split."),
  format: {
    enum: ["auto", ...keysOf(FORMATS)],
    default: "auto",
    description: "What the files are; auto sees it by how they begin.",
  },
  rows: text("The path of the list of rows in a JSON file that is no list itself."),
} as const;

/** What of a row is a problem. */
export const COLUMNS = {
  problem: {
    type: "string",
    default: "problem",
    description:
      "The column that holds the question; as everywhere, a path such as prompt.0.content leads into lists and maps.",
  },
  template: text("A template (Jinja) of the question instead, made of columns by their names."),
  answer: {
    type: "string",
    default: "answer",
    description: "The column that holds the answer.",
  },
  answer_template: text("A template of the answer instead, as of the question."),
  answer_kind: {
    enum: keysOf(ANSWER_KINDS),
    default: "bare",
    description: "What of it is the answer. bare: all of it. boxed: the last \\boxed{} in it. " +
      "after: what follows answer_mark, up to the end of the line. list: its items. " +
      "choice: a letter, by letter, index from 0, or what the choice says.",
  },
  answer_mark: {
    type: "string",
    default: "####",
    description: "What the answer comes after, for answer_kind: after; the last one counts.",
  },
  choices: text("The column that holds what may be chosen from, for answer_kind: choice."),
  id: text("The column that holds a name of its own for each; rows are counted unless set."),
  fields: {
    type: "object",
    additionalProperties: { type: "string" },
    description:
      "What else is kept, by the name it gets: name: column. Unless set, all that was read; of a Parquet file, " +
      "only columns that settings name are read.",
  },
} as const;

/** Which problems are taken. */
export const SELECTION = {
  where: {
    type: "object",
    additionalProperties: {
      type: "object",
      properties: {
        equals: { ...SCALAR, description: "Is this." },
        in: { type: "array", items: SCALAR, minItems: 1, description: "Is one of these." },
        not_in: { type: "array", items: SCALAR, minItems: 1, description: "Is none of these." },
        min: { type: "number", description: "Is a number, this or more." },
        max: { type: "number", description: "Is a number, this or less." },
        matches: text("Has a match of this pattern (RE2)."),
      },
      additionalProperties: false,
    },
    description: "Rows are taken whose columns are so: column: { equals: … }.",
  },
  duplicates: {
    enum: ["keep", "drop", "refuse"],
    default: "keep",
    description:
      "What happens to a problem that is there before, or in the input others, but for case, blanks and LaTeX's " +
      "spacing; they are counted and told in any case.",
  },
  bad_rows: {
    enum: ["refuse", "drop"],
    default: "refuse",
    description:
      "What happens to rows without question or answer, and to those whose answer the task's grader cannot use.",
  },
  shuffle: {
    type: "boolean",
    default: false,
    description: "Whether they are put in a random order; with limit, a random sample is taken.",
  },
  limit: { type: "integer", minimum: 1, description: "Only so many, from the first on." },
  expect: {
    type: "integer",
    minimum: 1,
    description: "How many there are; another number is an error. plan counts with it.",
  },
} as const;

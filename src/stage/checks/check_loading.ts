/** Of `load_problems`. @module */
import type { ConfigProblem } from "../../core/stage.ts";
import { previewOf } from "../../data/preview.ts";

/** What is looked at. */
interface Loading {
  readonly path?: string;
  readonly paths?: readonly string[];
  readonly repo?: string;
  readonly subset?: string;
  readonly format: string;
  readonly rows?: string;
  readonly problem: string;
  readonly template?: string;
  readonly answer: string;
  readonly answer_template?: string;
  readonly id?: string;
  readonly bad_rows: string;
  readonly answer_kind: string;
  readonly choices?: string;
  readonly limit?: number;
  readonly expect?: number;
  readonly where?: Readonly<Record<string, { readonly min?: number; readonly max?: number }>>;
}

/** Of `load_problems`. */
export function checkLoading(config: Loading): ConfigProblem[] {
  const { path, paths, repo, answer_kind, choices, limit, expect, where = {} } = config;
  const problems: ConfigProblem[] = [];
  const tell = (key: string, message: string, hint: string) =>
    problems.push({ key, message, hint });
  if (path === undefined && paths === undefined && repo === undefined) {
    tell("path", "nothing says where the problems are", "write path: FILE, or repo: OWNER/NAME");
  }
  if (path !== undefined && paths !== undefined) {
    tell("paths", "path and paths both name files", "leave one out");
  }
  if (choices !== undefined && answer_kind !== "choice") {
    tell(
      "choices",
      `choices does nothing with answer_kind: ${answer_kind}`,
      "leave it out, or write answer_kind: choice",
    );
  }
  if (limit !== undefined && expect !== undefined && expect > limit) {
    tell(
      "expect",
      `expect: ${expect} is more than limit: ${limit} leaves`,
      `write ${limit} or less`,
    );
  }
  for (const [column, { min, max }] of Object.entries(where)) {
    if (min === undefined || max === undefined || min <= max) continue;
    tell(
      "where",
      `no number is ${min} or more and ${max} or less (${column})`,
      "exchange min and max",
    );
  }
  return [...problems, ...checkColumns(config)];
}

/** Of a file that begins with its columns: what is not there would be found when it is read, maybe hours later. */
function checkColumns(config: Loading): ConfigProblem[] {
  const { path, paths = path === undefined ? [] : [path], template, answer_template } = config;
  const { problem, answer, id, where, bad_rows } = config, [first] = paths;
  const preview = first === undefined ? undefined : previewOf(first, config);
  // A line may lack what others have, where it is left out.
  const isSure = preview?.format === "csv" || where === undefined && bad_rows === "refuse";
  if (preview === undefined || !isSure) return [];
  const named = {
    ...(template === undefined ? { problem } : {}),
    ...(answer_template === undefined ? { answer } : {}),
    ...(id === undefined ? {} : { id }),
  };
  return Object.entries(named).filter(([, column]) => !preview.has(column)).map((
    [key, column],
  ) => ({
    key,
    message: `line ${preview.line} of ${first} has no ${column}`,
    hint: `it has ${preview.columns.join(", ")}; write ${
      preview.lists.length > 0
        ? `rows: ${preview.lists.join(" or ")} where these are the rows`
        : `${key}: and one of these`
    }`,
  }));
}

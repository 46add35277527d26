import { sizesOf, splitProblems } from "../src/data/split.ts";
import { Random } from "../src/random/random.ts";
import { readProblems, writeProblems } from "../src/stage/artifact_files.ts";
import { checkSplit, madeBySplit } from "../src/stage/checks/check_split.ts";
import { defineStage } from "../src/stage/define_stage.ts";
import { SHARE } from "../src/stage/shares.ts";

/** Divides a set at random. */
export const split_problems = defineStage({
  name: "split_problems",
  version: 1,
  summary:
    "Divides a set at random into train, validation and test; problems that ask for the same stay together.",
  config: {
    type: "object",
    properties: {
      train: {
        ...SHARE,
        description:
          "Problems to train on: a number or, below 1, a share of all; the rest unless set.",
      },
      validation: { ...SHARE, description: "Problems to choose by, likewise; none unless set." },
      test: { ...SHARE, default: 0.5, description: "Problems held out, likewise." },
    },
    additionalProperties: false,
  },
  resources: { cpu: 0 },
  inputs: { problems: "problems" },
  outputs: { train: "problems", validation: "problems", test: "problems" },
  check: checkSplit,
  made: madeBySplit,
  run({ config, inputs, outputs, seed, log }) {
    const problems = readProblems(inputs.problems), total = problems.length;
    const { train, validation, test } = config;
    const given = validation === undefined ? [test] : [validation, test];
    // The rest comes first, as what is trained on does, and is what the others leave.
    const held = sizesOf(given, total), rest = total - held.reduce((a, b) => a + b);
    const sizes = train === undefined ? [rest, ...held] : sizesOf([train, ...given], total);
    const wanted = sizes.reduce((a, b) => a + b);
    if (wanted > total || Math.min(...sizes) < 1) {
      throw new Error(
        `Cannot split ${total} problems into ${
          sizes.join(" and ")
        }; write smaller shares, or load more`,
      );
    }
    const { shares, together, left } = splitProblems(problems, sizes, new Random(seed));
    if (together > 0) log(`${together} problems repeat others, and went where these went`);
    const unfit = left - (total - wanted);
    if (unfit > 0) log(`${unfit} problems that repeat each other had no room in one share`);
    const [first, ...others] = shares as [typeof problems, ...(typeof problems)[]];
    const last = others.pop()!, [middle = []] = others;
    writeProblems(outputs.train, first);
    writeProblems(outputs.validation, middle);
    writeProblems(outputs.test, last);
    return { problems: total, train: first.length, validation: middle.length, test: last.length };
  },
});

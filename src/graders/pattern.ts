/** Regular expressions whose time is linear in the text, whatever the pattern and the text (RE2). @module */

import { SettingMistake } from "../../schemas/setting_mistake.ts";

/** Gives the answers of all matches in a text, in order. */
export type FindAll = (text: string) => string[];

/** A match gives the group of this name, where the pattern has it. */
const ANSWER = "answer";

/**
 * Reads a pattern. The package is loaded with the first one.
 *
 * @throws {SettingMistake} when it cannot be read, or a flag is not known
 */
export async function patternOf(source: string, flags: string): Promise<FindAll> {
  const { RE2JS } = await import("re2js");
  const known: Readonly<Record<string, number>> = {
    i: RE2JS.CASE_INSENSITIVE,
    m: RE2JS.MULTILINE,
    s: RE2JS.DOTALL,
  };
  const unknown = [...flags].find((flag) => !Object.hasOwn(known, flag));
  if (unknown !== undefined) {
    throw new SettingMistake(
      "flags",
      `Cannot read the flags ${flags}: there is no ${unknown}; write some of ims`,
    );
  }
  const bits = [...new Set(flags)].reduce((sum, flag) => sum | known[flag]!, 0);
  let pattern: InstanceType<typeof RE2JS>;
  try {
    pattern = RE2JS.compile(source, bits);
  } catch (error) {
    const message = (error as Error).message.replace("error parsing regexp: ", "");
    const told = `Cannot read the pattern ${source}: ${message}${adviceOn(source)}`;
    throw new SettingMistake("pattern", told, { cause: error });
  }
  const groups = pattern.groupCount(), isNamed = Object.hasOwn(pattern.namedGroups(), ANSWER);
  return (text) => {
    const found: string[] = [], matcher = pattern.matcher(text);
    while (matcher.find()) {
      const numbered = Array.from({ length: groups }, (_, i) => i + 1);
      const taken = isNamed
        ? matcher.group(ANSWER)
        : groups === 0
        ? matcher.group()
        : numbered.map((group) => matcher.group(group)).find((part) => part !== null);
      found.push(taken ?? "");
    }
    return found;
  };
}

function adviceOn(source: string): string {
  if (/\(\?<?[=!]/.test(source)) {
    return "; there is no look-around: match what is around, and put the answer in a group";
  }
  if (/\\[1-9k]/.test(source)) return "; there are no back-references";
  return "";
}

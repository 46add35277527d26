/**
 * Whether texts are coloured: never where `NO_COLOR` is set, always where `FORCE_COLOR` is, else on a terminal that has
 * colours.
 *
 * @param variable gives a variable of the environment
 */
export function colorsWanted(
  variable: (name: string) => string | undefined,
  isTerminal: boolean,
): boolean {
  if ((variable("NO_COLOR") ?? "") !== "") return false; // https://no-color.org
  const forced = variable("FORCE_COLOR") ?? ""; // https://force-color.org, and Node's values for no
  if (forced !== "") return forced !== "0" && forced !== "false";
  return isTerminal && variable("TERM") !== "dumb";
}

/** How lines of charts look, in charts and beside them. @module */

/** How lines are told apart, without colour too. */
export const LINE_STYLES = [
  { dash: "none", symbol: "circle" },
  { dash: "7 4", symbol: "square" },
  { dash: "2 3", symbol: "triangle" },
  { dash: "9 3 2 3", symbol: "diamond" },
  { dash: "4 2", symbol: "cross" },
  { dash: "12 4", symbol: "star" },
] as const;

/** How the line at a place is drawn; colours are variables of the page's. */
export function styleOf(place: number): typeof LINE_STYLES[number] & { readonly colour: string } {
  const at = place % LINE_STYLES.length;
  return { ...LINE_STYLES[at]!, colour: `var(--line-${at})` };
}

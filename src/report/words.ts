/** Words that stand in most of some texts. @module */

/** English words that tell nothing of a topic. */
const COMMON = new Set(
  ("the and for are was were that this with from what which how many much does did has have had her his she they them their " +
    "there than then each every all any one two three find value given will would can could into out our you your its not but " +
    "if is it in of on to at an as be by or so").split(" "),
);

/** The most frequent words of three letters or more, each counted once a text. */
export function frequentWords(texts: readonly string[], most = 12): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const words = new Set(text.toLowerCase().match(/\p{L}{3,30}/gu) ?? []);
    for (const word of words) {
      if (!COMMON.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts].filter(([, count]) => count > 1)
    .toSorted(([a, m], [b, n]) => n - m || a.localeCompare(b)).slice(0, most).map(([word]) => word);
}

/**
 * Tells how fast tokens went by, since the call before, for tables alone: what is timed is in no result.
 *
 * @returns takes the lengths of what was sampled or trained on
 */
export function tokenClock(): (
  lengths: readonly number[],
) => { readonly tokens: number; readonly tokens_per_second: number } {
  let before = performance.now();
  return (lengths) => {
    const now = performance.now(), seconds = (now - before) / 1000;
    before = now;
    const tokens = lengths.reduce((sum, length) => sum + length, 0);
    return { tokens, tokens_per_second: seconds > 0 ? tokens / seconds : 0 };
  };
}

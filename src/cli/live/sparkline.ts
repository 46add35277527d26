const LEVELS = "▁▂▃▄▅▆▇█";

/** A curve of so many cells at most, each the mean of its points, from the least to the most. */
export function sparkline(points: readonly number[], cells: number): string {
  const finite = points.filter(Number.isFinite),
    count = Math.min(Math.max(cells, 1), finite.length);
  const means = Array.from({ length: count }, (_, i) => {
    const part = finite.slice(
      Math.floor(i * finite.length / count),
      Math.floor((i + 1) * finite.length / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const low = Math.min(...means), high = Math.max(...means);
  return means.map((value) => {
    const level = high === low ? 0.5 : (value - low) / (high - low);
    return LEVELS[Math.min(LEVELS.length - 1, Math.floor(level * LEVELS.length))];
  }).join("");
}

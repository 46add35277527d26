/** Processes of this machine, as Linux tells them. @module */

/** Processes that one has started and that are still there. */
export function childrenOf(parent: number): number[] {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).flatMap(
    ({ name }) => {
      const { state, of } = statOf(name);
      return of === parent && state !== "Z" ? [Number(name)] : [];
    },
  );
}

/** Whether a process is there and has not ended. */
export function isThere(pid: number): boolean {
  return !["Z", "X", undefined].includes(statOf(String(pid)).state);
}

function statOf(pid: string): { readonly state?: string; readonly of?: number } {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: state!, of: Number(parent) };
  } catch {
    return {}; // it has just ended
  }
}

/** Hundredths of a second of the processor that a process has taken: more than some are no start. */
export function usedBy(pid: number): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[11]);
  } catch {
    return 0; // it has just ended
  }
}

/** Waits until something is so; looks some hundred times. */
export async function until(isSo: () => boolean, tries = 600): Promise<boolean> {
  for (let i = 0; i < tries && !isSo(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return isSo();
}

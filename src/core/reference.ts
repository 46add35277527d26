/** A reference such as `propose.datasets[0]`, `prev.teacher` or `meta[*].reward.rewards`, taken apart. */
export interface Reference {
  /** Names from the outermost step to the port. */
  readonly names: readonly string[];
  /** Whether it collects over all iterations of the loop it starts with. */
  readonly everyIteration: boolean;
  /** Item of a list. */
  readonly index?: number;
}

const PATTERN = /^([a-z][a-z0-9_]*)(\[\*\])?((?:\.[a-z][a-z0-9_]*)+)(?:\[(\d+)\])?$/;

/** Takes a reference apart; undefined when it is none. */
export function parseReference(text: string): Reference | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, first, every, rest, index] = match;
  return {
    names: [first!, ...rest!.slice(1).split(".")],
    everyIteration: every !== undefined,
    ...(index === undefined ? {} : { index: Number(index) }),
  };
}

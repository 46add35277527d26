/** What a program may take. @module */

/** Limits of a program. */
export interface Limits {
  /** Seconds of a test. */
  readonly timeout: number;
  /** MiB that it may hold. */
  readonly memory: number;
  /** Bytes that it may write in a test. */
  readonly output: number;
}

const MIB = 2 ** 20;
/** MiB of a process that runs nothing. */
const RUNTIME = { javascript: 160, python: 320 } as const;
/** MiB that V8 sets aside for code and counts as data. */
const RESERVED = 1_280;

/** What a process runs. */
export type Language = keyof typeof RUNTIME;

/** Bytes of its memory. */
export function programBytes({ memory }: Limits): number {
  return memory * MIB;
}

/** Bytes of resident memory that end the process. */
export function processBytes({ memory }: Limits, language: Language): number {
  return (memory + RUNTIME[language]) * MIB;
}

/** KiB of data that the system gives it, which holds also where it takes them faster than anybody looks. */
export function dataKib(limits: Limits, language: Language): number {
  return processBytes(limits, language) / 1024 + RESERVED * 1024;
}

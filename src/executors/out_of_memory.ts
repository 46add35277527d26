/** Whether a process died because there was no memory left. @module */
import { readFileSync } from "node:fs";
import { DiagnosticError } from "../core/mod.ts";

/** A job took more memory than there was. It is not tried again: it would be no other the next time. */
export class OutOfMemory extends DiagnosticError {
  /** @param how what ended its process */
  constructor(how: string) {
    super([{
      message: `there was not enough memory: its process was ended (${how})`,
      hint: "run fewer jobs at a time (--jobs 1), or let it take less at once",
    }]);
  }
}

/** Whether the kernel has ended a process for its memory since this was made, as far as it tells. */
export class KernelWatch {
  readonly #count: () => number;
  readonly #before: number;

  /** @param counters files in which the kernel counts such processes: the first that does is believed */
  constructor(counters: readonly string[] = countersHere()) {
    this.#count = () => {
      for (const path of counters) {
        const count = countIn(path);
        if (count !== undefined) return count;
      }
      return 0; // elsewhere than on Linux
    };
    this.#before = this.#count();
  }

  /** Whether it has. */
  get hasKilled(): boolean {
    return this.#count() > this.#before;
  }
}

/** Those of this process's own group or container, in cgroups of version 2 and 1; then that of the machine, which counts others too. */
function countersHere(): string[] {
  const groups = readIfPossible("/proc/self/cgroup");
  const root = "/sys/fs/cgroup", [, path] = /^0::(.*)$/m.exec(groups) ?? [];
  const [, old] = /^\d+:(?:.*,)?memory(?:,.*)?:(.*)$/m.exec(groups) ?? [];
  return [
    ...old === undefined ? [] : [
      `${root}/memory${old}/memory.oom_control`,
      `${root}/memory/memory.oom_control`,
    ],
    ...path === undefined ? [] : [`${root}${path}/memory.events`, `${root}/memory.events`],
    "/proc/vmstat",
  ];
}

function countIn(path: string): number | undefined {
  const [, count] = /^oom_kill (\d+)$/m.exec(readIfPossible(path)) ?? [];
  return count === undefined ? undefined : Number(count);
}

function readIfPossible(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Whether a line is V8's saying that its heap is full. */
export function tellsHeapFull(line: string): boolean {
  return /(JavaScript|process)( heap)? out of memory/i.test(line);
}

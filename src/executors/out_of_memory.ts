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
  readonly #before = killed();

  /** Whether it has. */
  get hasKilled(): boolean {
    return killed() > this.#before;
  }
}

/** How many processes the kernel has ended for their memory: those of the machine, and of this container. */
function killed(): number {
  return countIn("/proc/vmstat") + countIn("/sys/fs/cgroup/memory.events");
}

function countIn(path: string): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(path, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // elsewhere than on Linux
  }
}

/** Whether a line is V8's that its heap is full. */
export function isHeapFull(line: string): boolean {
  return /heap out of memory|JavaScript out of memory|OOM error/i.test(line);
}

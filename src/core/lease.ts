/**
 * Folders of processes in `tmp`: `ID/`, and `ID.lease`, which its process holds locked as long as it lives.
 *
 * @module
 */
import { readFileSync, statfsSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { discard, ifThere } from "./files.ts";
import { Lock } from "./lock.ts";

/** Where a process runs. Two with one boot id share a kernel, and so its locks. */
export interface Place {
  readonly host: string;
  readonly boot: string;
}

const ENDING = ".lease";
/** On a file system of several machines, where locks may not be seen, a lease untouched for so long is over. */
const FOREIGN_LEASE_MS = 7 * 24 * 3600 * 1000;

/** By the numbers of statfs(2): ext, XFS, Btrfs, tmpfs, F2FS, ZFS: never mounted by two machines at once. */
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53,
  0x58465342,
  0x9123683e,
  0x01021994,
  0xf2f52010,
  0x2fc12fc1,
]);

/** This machine since it was started. */
export function thisPlace(): Place {
  const boot = ifThere(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()) ?? "";
  return { host: Deno.hostname(), boot };
}

/** A folder for what a process is writing, as long as it lives. */
export class Lease implements Disposable {
  /** Nobody else's. */
  readonly directory: string;
  readonly #lock: Lock;
  #count = 0;

  /** Takes a new one in `tmp`. */
  constructor(tmp: string, place: Place = thisPlace()) {
    let directory: string, lock: Lock | undefined;
    do { // a sweep may come upon the file before its lock is taken, and take it
      directory = join(tmp, randomUUID());
      lock = Lock.tryTake(directory + ENDING);
    } while (lock === undefined);
    this.directory = directory;
    this.#lock = lock;
    this.#lock.write(JSON.stringify({ ...place, pid: Deno.pid }));
    Deno.mkdirSync(this.directory);
  }

  /** A name in the folder that was not given before. */
  name(): string {
    this.#lock.touch();
    return join(this.directory, String(this.#count++));
  }

  /** Gives the folder up, with what is in it. */
  [Symbol.dispose](): void {
    discard(this.directory);
    this.#lock[Symbol.dispose]();
  }
}

/**
 * Removes from `tmp` what processes left that are no more.
 *
 * @param local whether no other machine has the file system mounted
 */
export function sweepLeases(
  tmp: string,
  here: Place = thisPlace(),
  local: (tmp: string) => boolean = isLocal,
): void {
  let isOurs: boolean | undefined; // asked when there is a lease
  const names = [...Deno.readDirSync(tmp)].map(({ name }) => name), all = new Set(names);
  for (const name of names) {
    // A lease is made before its folder, so that a folder without one is nobody's.
    if (!name.endsWith(ENDING)) {
      if (!all.has(name + ENDING) && !ifThere(() => Deno.lstatSync(join(tmp, name + ENDING)))) {
        discard(join(tmp, name));
      }
      continue;
    }
    const path = join(tmp, name);
    if (!(isOurs ??= local(tmp)) && !lockDecides(path, here)) continue;
    using lock = ifThere(() => Lock.tryTake(path));
    if (lock !== undefined) discard(path.slice(0, -ENDING.length));
  }
}

/** Whether the lock of a lease, when it is free, tells that its process is gone, where other machines come in. */
function lockDecides(path: string, here: Place): boolean {
  const lease = ifThere(() => readLease(path));
  const sameKernel = here.boot === "" ? lease?.host === here.host : lease?.boot === here.boot;
  if (sameKernel) return true;
  const touched = ifThere(() => Deno.statSync(path).mtime?.getTime()) ?? Date.now();
  return Date.now() - touched > FOREIGN_LEASE_MS;
}

/** Whether a folder lies on a file system of a disk or of memory: one kernel has it mounted, and sees all locks. */
function isLocal(directory: string): boolean {
  const type = ifThere(() => statfsSync(directory).type);
  return type !== undefined && LOCAL_FILE_SYSTEMS.has(type);
}

function readLease(path: string): Place | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path)) as Place;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // its process is just writing it, or died then
    throw error;
  }
}

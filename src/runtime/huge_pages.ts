import { address } from "./api.ts";

/** Linux's `MADV_HUGEPAGE`. */
const MADV_HUGEPAGE = 14;
const PAGE = 4096;
/** Smaller blocks have few pages anyway. */
const LEAST_BYTES = 4 * 2 ** 20;

type Advise = (start: Deno.PointerValue, bytes: bigint, advice: number) => number;

let advise: Advise | undefined;

/**
 * Asks for pages of 2 MiB under a large block of memory that was not touched yet: the first touch of each page of 4 KiB
 * is a trap into the kernel, of which a model has hundreds of thousands. Where the system has no such pages nothing changes.
 */
export function adviseHugePages(block: Deno.PointerValue, bytes: number): void {
  if (bytes < LEAST_BYTES || Deno.build.os !== "linux") return;
  advise ??= loadAdvise();
  const start = Number(address(block)), first = Math.ceil(start / PAGE) * PAGE;
  const whole = Math.floor((start + bytes - first) / PAGE) * PAGE;
  advise(Deno.UnsafePointer.create(BigInt(first)), BigInt(whole), MADV_HUGEPAGE);
}

function loadAdvise(): Advise {
  try {
    const library = Deno.dlopen("libc.so.6", {
      madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
    });
    return library.symbols.madvise;
  } catch {
    return () => -1; // another C library
  }
}

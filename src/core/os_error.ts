import { DiagnosticError } from "./diagnostic.ts";

/** What the operating system refused, and what helps, by its name for it. */
const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ["no space is left on the device", "free some, or name another place"],
  EDQUOT: ["your quota is used up", "free some space, or name another place"],
  EFBIG: ["the file would be larger than is allowed", "raise the limit (ulimit -f)"],
  EROFS: ["the file system is read-only", "name a place that can be written to"],
  EACCES: ["permission denied", "change its permissions, or name another place"],
  EPERM: ["operation not permitted", "change its permissions, or name another place"],
  ENOTDIR: ["a part of the path is not a folder", "name a folder"],
  EISDIR: ["it is a folder", "name a file"],
  EEXIST: ["something else has its name", "name another place"],
  ENOENT: ["it is not there", "check the path"],
  ELOOP: ["its links go in a circle", "check the links"],
  ENAMETOOLONG: ["the name is too long", "name a shorter path"],
  EMFILE: ["too many files are open", "raise the limit (ulimit -n)"],
  EIO: ["the device fails (input/output error)", "check the disk"],
  EPIPE: ["its reader has gone", "keep the reader open"],
};

/** An error of the operating system's; Deno names some only by their number, in the message. */
type OsError = Error & { readonly code?: string };

/** Whether an error is the operating system's: a full disk, a missing permission. */
export function isOsError(error: unknown): error is OsError {
  if (!(error instanceof Error)) return false;
  if (!("code" in error)) return /\(os error \d+\)/.test(error.message);
  return typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code);
}

/** Why the operating system refused, in words. */
export function osReason(error: OsError): string {
  return REASONS[error.code ?? ""]?.[0] ?? error.message;
}

/** What has to do with a disk, and not with what is done there. */
const OF_DISKS: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EIO"]);

/** What a disk lacks, in words, with what helps; undefined for other errors. */
export function diskTrouble(error: unknown): string | undefined {
  if (!isOsError(error) || !OF_DISKS.has(error.code ?? "")) return undefined;
  const [reason, hint] = REASONS[error.code!]!;
  return `cannot write its files: ${reason} (${hint})`;
}

/** Does something with files; what the system refuses becomes a sentence that starts with `doing`. */
export function withReason<T>(doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!isOsError(error)) throw error;
    const hint = REASONS[error.code ?? ""]?.[1];
    throw new DiagnosticError([{ message: `${doing}: ${osReason(error)}`, hint }], {
      cause: error,
    });
  }
}

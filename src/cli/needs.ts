/** What the program needs of Deno: locks of files, and types taken out of modules. @module */
import { DiagnosticError } from "../core/mod.ts";

/** The oldest version that the program was run with. */
export const OLDEST_DENO = "2.9.0";

/** @throws {DiagnosticError} when Deno is older than what the program was run with */
export function checkDeno(version: string = Deno.version.deno): void {
  const [have, need] = [version, OLDEST_DENO].map((text) =>
    text.split(".").map((part) => Number.parseInt(part, 10))
  );
  const at = need!.findIndex((part, i) => part !== have![i]);
  if (at === -1 || have![at]! > need![at]!) return;
  throw new DiagnosticError([{
    message: `Deno ${OLDEST_DENO} or later is needed, and this is ${version}`,
    hint: "run deno upgrade, or start it with npx --yes deno@2.9.6",
  }]);
}

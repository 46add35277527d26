/** What npm's registry says of a package. @module */

/** `npm:name@version/path` taken apart. */
const SPECIFIER = /^npm:((?:@[^/@]+\/)?[^/@]+)@([^/]+)/;

/**
 * The integrity (a digest of the archive) of a package's version, by which Deno checks what it downloads.
 *
 * @param specifier `npm:name@version`
 * @throws {Error} when the registry does not know it, or cannot be reached
 */
export async function integrityOf(specifier: string): Promise<string> {
  const [, name, version] = SPECIFIER.exec(specifier)!;
  const registry = (Deno.env.get("NPM_CONFIG_REGISTRY") ?? "https://registry.npmjs.org").replace(
    /\/$/,
    "",
  );
  const address = `${registry}/${name!.replace("/", "%2f")}/${version}`;
  const fail = (problem: string) =>
    new Error(`Cannot look up ${specifier} at ${address}: ${problem}`);
  let response: Response;
  try {
    response = await fetch(address);
  } catch (error) {
    throw fail((error as Error).message);
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw fail(`${response.status} ${response.statusText}`);
  }
  const { dist } = await response.json() as { readonly dist?: { readonly integrity?: string } };
  if (dist?.integrity === undefined) throw fail("it names no integrity");
  return dist.integrity;
}

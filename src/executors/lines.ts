/**
 * The lines of a stream of bytes, without what ends them; what is left of the last one too.
 *
 * @param longest characters after which a line is cut in two, about
 */
export async function* linesOf(
  stream: ReadableStream<Uint8Array>,
  longest = Infinity,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [], length = 0;
  const take = (last: string) => {
    const line = parts.length === 0 ? last : parts.join("") + last;
    [parts, length] = [[], 0];
    return line;
  };
  for await (const bytes of stream) {
    const lines = decoder.decode(bytes, { stream: true }).split("\n");
    const rest = lines.pop()!;
    for (const line of lines) yield take(line);
    parts.push(rest);
    length += rest.length;
    if (length > longest) yield take("");
  }
  const rest = take(decoder.decode());
  if (rest !== "") yield rest;
}

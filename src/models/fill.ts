import { checkpointName, type GgufFile, isPermuted, unpermute } from "./gguf.ts";
import type { LlamaConfig } from "./config.ts";
import { readParts, readTensor, type TensorFile } from "./tensor_file.ts";
import type { StoredWeights } from "./weights.ts";

/**
 * Reads weights from files straight into their place, in what they are held in.
 *
 * @throws {Error} naming the file and the tensor that is missing, has another shape or holds what is no number
 */
export function fillWeights(weights: StoredWeights, files: readonly TensorFile[]): void {
  const found = new Set<string>();
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      // Others are left out, such as a tied head that is stored all the same.
      if (fillTensor(weights, file, name, name, readParts)) found.add(name);
    }
  }
  checkFound(weights, found, files[0]!.source.name);
}

/** The same from a GGUF file, whose tensors have other names and, for some, another order of rows. */
export function fillFromGguf(weights: StoredWeights, file: GgufFile, config: LlamaConfig): void {
  const found = new Set<string>();
  for (const name of file.tensors.keys()) {
    const target = checkpointName(name);
    const read: typeof readParts = isPermuted(config, name)
      ? (file, name) => readPermuted(file, name, config.head_dim)
      : readParts;
    if (target !== undefined && fillTensor(weights, file, name, target, read)) found.add(target);
  }
  checkFound(weights, found, file.source.name);
}

function* readPermuted(file: TensorFile, name: string, headSize: number) {
  const stored = readTensor(file, name), values = new Float32Array(stored.length);
  unpermute(stored, values, headSize, file.tensors.get(name)!.shape[1] ?? 1);
  yield { values, at: 0 };
}

function fillTensor(
  weights: StoredWeights,
  file: TensorFile,
  name: string,
  target: string,
  read: typeof readParts,
): boolean {
  const wanted = weights.shapes.get(target);
  if (wanted === undefined) return false;
  const fail = (problem: string) =>
    new Error(`Cannot read ${file.source.name}: tensor ${name} ${problem}`);
  const { shape } = file.tensors.get(name)!;
  if (shape.join() !== wanted.join()) {
    throw fail(`is [${shape}], the model's config asks for [${wanted}]`);
  }
  for (const { values, at } of read(file, name)) {
    if (!allFinite(values)) throw fail("holds values that are not finite");
    weights.write(target, values, at);
  }
  return true;
}

function checkFound(weights: StoredWeights, found: ReadonlySet<string>, file: string): void {
  const missing = [...weights.shapes.keys()].find((name) => !found.has(name));
  if (missing !== undefined) throw new Error(`Cannot read ${file}: tensor ${missing} is missing`);
}

function allFinite(data: Float32Array): boolean {
  let sum = 0; // 0 times a finite number is 0, times any other NaN
  for (let i = 0; i < data.length; i++) sum += 0 * data[i]!;
  return sum === 0;
}

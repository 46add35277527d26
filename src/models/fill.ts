import { checkpointName, type GgufFile, isPermuted, unpermute } from "./gguf.ts";
import type { LlamaConfig } from "./config.ts";
import { readTensor, type TensorFile } from "./tensor_file.ts";
import type { Weights } from "./weights.ts";

/**
 * Reads weights from files straight into their place.
 *
 * @throws {Error} naming the file and the tensor that is missing, has another shape or holds what is no number
 */
export function fillWeights(weights: Weights, files: readonly TensorFile[]): void {
  const found = new Set<string>();
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      // Others are left out, such as a tied head that is stored all the same.
      if (fillTensor(weights, file, name, name, readTensor)) found.add(name);
    }
  }
  checkFound(weights, found, files[0]!.source.name);
}

/** The same from a GGUF file, whose tensors have other names and, for some, another order of rows. */
export function fillFromGguf(weights: Weights, file: GgufFile, config: LlamaConfig): void {
  const found = new Set<string>();
  for (const [name, stored] of file.tensors) {
    const target = checkpointName(name);
    const read: typeof readTensor = isPermuted(config, name)
      ? (file, name, into) => {
        const copy = new Float32Array(into.length);
        readTensor(file, name, copy);
        unpermute(copy, into, config.head_dim, stored.shape[1] ?? 1);
      }
      : readTensor;
    if (target !== undefined && fillTensor(weights, file, name, target, read)) found.add(target);
  }
  checkFound(weights, found, file.source.name);
}

function fillTensor(
  weights: Weights,
  file: TensorFile,
  name: string,
  target: string,
  read: typeof readTensor,
): boolean {
  const weight = weights.tensors.get(target);
  if (weight === undefined) return false;
  const fail = (problem: string) =>
    new Error(`Cannot read ${file.source.name}: tensor ${name} ${problem}`);
  const { shape } = file.tensors.get(name)!;
  if (shape.join() !== weight.dims.join()) {
    throw fail(`is [${shape}], the model's config asks for [${weight.dims}]`);
  }
  read(file, name, weight.data);
  if (!allFinite(weight.data)) throw fail("holds values that are not finite");
  return true;
}

function checkFound(weights: Weights, found: ReadonlySet<string>, file: string): void {
  const missing = [...weights.tensors.keys()].find((name) => !found.has(name));
  if (missing !== undefined) throw new Error(`Cannot read ${file}: tensor ${missing} is missing`);
}

function allFinite(data: Float32Array): boolean {
  let sum = 0; // 0 times a finite number is 0, times any other NaN
  for (let i = 0; i < data.length; i++) sum += 0 * data[i]!;
  return sum === 0;
}

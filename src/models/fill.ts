import { checkpointName, type GgufFile, isPermuted, unpermute } from "./gguf_tensors.ts";
import type { LlamaConfig } from "./config.ts";
import type { Place } from "./placement.ts";
import { readParts, readTensor, type TensorFile } from "./tensor_file.ts";
import type { StoredWeights } from "./weights.ts";

/**
 * Reads weights from where they are straight into their place, in what they are held in.
 *
 * @throws {Error} naming the file and the tensor that holds what is no number, or none that can be held
 */
export function fillWeights(weights: StoredWeights, places: ReadonlyMap<string, Place>): void {
  for (const [target, { file, name }] of places) {
    fillTensor(weights, file, name, target, readParts(file, name));
  }
}

/**
 * The same from a GGUF file, whose tensors have other names and, for some, another order of rows.
 *
 * @throws {Error} also when a tensor is missing or has another shape
 */
export function fillFromGguf(weights: StoredWeights, file: GgufFile, config: LlamaConfig): void {
  const found = new Set<string>();
  for (const [name, { shape }] of file.tensors) {
    const target = checkpointName(name);
    const wanted = target === undefined ? undefined : weights.shapes.get(target);
    if (target === undefined || wanted === undefined) continue;
    if (shape.join() !== wanted.join()) {
      throw problem(file, name, `is [${shape}], the model's config asks for [${wanted}]`);
    }
    const parts = isPermuted(config, name)
      ? readPermuted(file, name, config.head_dim)
      : readParts(file, name);
    fillTensor(weights, file, name, target, parts);
    found.add(target);
  }
  const missing = [...weights.shapes.keys()].find((name) => !found.has(name));
  if (missing !== undefined) {
    throw new Error(`Cannot read ${file.source.name}: tensor ${missing} is missing`);
  }
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
  parts: ReturnType<typeof readParts>,
): void {
  for (const { values, at } of parts) {
    if (!allFinite(values)) throw problem(file, name, "holds values that are not finite");
    try {
      weights.write(target, values, at);
    } catch (error) {
      const text = `is out of range (${(error as Error).message}); load it with precision float32`;
      throw problem(file, name, text, error);
    }
  }
}

function problem({ source }: TensorFile, name: string, text: string, cause?: unknown): Error {
  return new Error(`Cannot read ${source.name}: tensor ${name} ${text}`, { cause });
}

function allFinite(data: Float32Array): boolean {
  let sum = 0; // 0 times a finite number is 0, times any other NaN
  for (let i = 0; i < data.length; i++) sum += 0 * data[i]!;
  return sum === 0;
}

/**
 * Runs every workload on a number of threads, and each graph of it several times on equal inputs; prints what came out as
 * JSON. A process of its own: ONNX Runtime has one pool of threads in each.
 *
 *     deno run -A tests/determinism/record.ts THREADS REPEATS
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Sessions } from "../../src/onnx/mod.ts";
import { Session, type Tensor, type Tensors, useThreads } from "../../src/runtime/mod.ts";
import { runWorkload, WORKLOADS } from "./workloads.ts";

/** What was recorded. */
export interface Recording {
  /** By workload: for each run of a graph, its name and the digest of its outputs. */
  readonly runs: Readonly<Record<string, readonly (readonly [graph: string, digest: string])[]>>;
  /** Outputs that another run on equal inputs gave otherwise: workload, graph and output. */
  readonly unequal: readonly string[];
}

function bytesOf(t: Tensor): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = t.data as Float32Array<ArrayBuffer>;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Bytes of an output, with 0 where a cache [R, K, C, E] was not written to: what lies there is no result. */
function resultOf(name: string, t: Tensor, { lengths }: Tensors): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(t).slice();
  if (!name.startsWith("cache.") || lengths === undefined) return bytes;
  const [rows, heads, capacity, size] = t.dims as [number, number, number, number];
  const values = new Float32Array(bytes.buffer), used = lengths.data as Int32Array;
  for (let i = 0; i < rows * heads; i++) {
    const length = used[Math.floor(i / heads)]! + 1;
    values.fill(0, (i * capacity + length) * size, (i + 1) * capacity * size);
  }
  return bytes;
}

/** Whether an output is a result: activations that wait for the backward pass are laid out as threads like them. */
function isResult(name: string): boolean {
  return !name.includes("/");
}

if (import.meta.main) {
  const [threads, repeats] = Deno.args.map(Number) as [number, number];
  useThreads(threads);
  const run = Session.prototype.run;
  const recorded: [string, string][] = [], unequal = new Set<string>();
  let workload = "";

  const watched: typeof run = async function (this: Session, feeds, outputs, fetches = {}) {
    const before = Object.values(fetches).map((t) => [t, bytesOf(t).slice()] as const);
    const again = async () => {
      for (const [t, bytes] of before) bytesOf(t).set(bytes);
      return await run.call(this, feeds, outputs, fetches);
    };
    const results = (made: Tensors) => outputs.map((name) => resultOf(name, made[name]!, feeds));
    let made: Record<string, Tensor> = await again();
    const first = results(made);
    for (let repeat = 1; repeat < repeats; repeat++) {
      for (const name of outputs) if (fetches[name] === undefined) made[name]!.dispose();
      made = await again();
      results(made).forEach((bytes, i) => {
        if (Buffer.compare(bytes, first[i]!) === 0) return;
        unequal.add(`${workload}: ${this.name} ${outputs[i]}`);
      });
    }
    const hash = createHash("sha256");
    outputs.forEach((name, i) => isResult(name) && hash.update(name).update(first[i]!));
    recorded.push([this.name, hash.digest("hex")]);
    return made;
  } as typeof run;
  Session.prototype.run = watched;

  const runs: Record<string, [string, string][]> = {};
  for (const [name, work] of Object.entries(WORKLOADS)) {
    workload = name;
    using sessions = new Sessions();
    await runWorkload(work, sessions);
    runs[name] = recorded.splice(0);
  }
  console.log(JSON.stringify({ runs, unequal: [...unequal] } satisfies Recording));
}

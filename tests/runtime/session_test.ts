import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Graph, Sessions, toModel } from "../../src/onnx/mod.ts";
import {
  liveTensors,
  OrtError,
  Session,
  SESSION_COUNTERS,
  type Tensor,
  tensor,
  zeros,
} from "../../src/runtime/mod.ts";

function doubling(): Graph {
  const graph = new Graph("doubling");
  const x = graph.input("x", "float32", ["n"]);
  graph.output("y", graph.op.Mul(x, 2));
  return graph;
}

Deno.test("a fetch may be the same tensor as a feed", async () => {
  using session = new Session(toModel(doubling()), { name: "doubling" });
  using x = tensor("float32", [3], [1, 2, 3]);
  const { y } = await session.run({ x }, ["y"], { y: x });
  assert.equal(y, x);
  await session.run({ x }, ["y"], { y: x });
  assert.deepEqual([...x.data], [4, 8, 12]);
});

Deno.test("run() leaves the event loop free", async () => {
  const graph = new Graph("slow");
  const a = graph.input("a", "float32", [600, 600]);
  let product = a;
  for (let i = 0; i < 20; i++) product = graph.op.Mul(graph.op.MatMul(product, a), 1e-3);
  graph.output("y", product);
  using session = new Session(toModel(graph), { name: "slow" });
  using fed = zeros("float32", [600, 600]);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  using _y = (await session.run({ a: fed }, ["y"])).y;
  clearInterval(timer);
  assert.ok(ticks > 0, "no timer fired while the graph ran");
});

Deno.test("an error of ONNX Runtime has its text, the session's name and the shapes fed", async () => {
  const graph = new Graph("sum");
  const a = graph.input("a", "float32", ["n"]), b = graph.input("b", "float32", ["n"]);
  graph.output("y", graph.scope("layer", () => graph.op.Add(a, b)));
  using session = new Session(toModel(graph), { name: "sum" });
  using three = zeros("float32", [3]), two = zeros("float32", [2]);
  await assert.rejects(session.run({ a: three, b: two }, ["y"]), (error: Error) => {
    assert.match(
      error.message,
      /^Cannot run session sum: .*layer\/Add.*\n {2}fed: a float32\[3\], b float32\[2\]$/s,
    );
    assert.ok(error.cause instanceof OrtError);
    return true;
  });
});

Deno.test("a missing feed, an unknown output and a broken model are told by name", async () => {
  using session = new Session(toModel(doubling()), { name: "doubling" });
  await assert.rejects(session.run({}, ["y"]), {
    name: "TypeError",
    message: "Cannot run session doubling: no feed for x",
  });
  using x = zeros("float32", [1]);
  await assert.rejects(session.run({ x }, ["z" as "y"]), {
    message: "Cannot run session doubling: no output z",
  });
  assert.throws(
    () => new Session(new Uint8Array([1, 2, 3]), { name: "broken" }),
    /^Error: Cannot build session broken: /,
  );
});

Deno.test("a released tensor cannot be used", () => {
  const t = zeros("float32", [2]);
  t.dispose();
  t.dispose();
  assert.ok(t.released);
  assert.throws(() => t.data, { message: "Cannot use tensor float32[2]: released" });
});

Deno.test("a view shares memory with its tensor and cannot be larger", () => {
  using whole = tensor("float32", [3, 2], [1, 2, 3, 4, 5, 6]);
  using head = whole.view([2, 2]);
  head.data[3] = 9;
  assert.deepEqual([...whole.data], [1, 2, 3, 9, 5, 6]);
  assert.throws(
    () => whole.view([4, 2]),
    /Cannot view \[4,2\] at 0 of tensor float32\[3,2\]: it is larger/,
  );
});

Deno.test("tensor() refuses data of another size", () => {
  assert.throws(() => tensor("float32", [2, 3], [1]), {
    message: "Cannot make tensor float32[2,3]: it has 6 elements, data has 1",
  });
});

Deno.test("the tensors of a thousand runs do not grow the process", async () => {
  const graph = doubling();
  using sessions = new Sessions();
  const session = sessions.get("doubling", () => graph);
  const megabyte = 1 << 18;
  const cycle = async () => {
    using x = zeros("float32", [megabyte]);
    using y = (await session.run({ x }, ["y"])).y as Tensor<"float32">;
    assert.equal(y.data[5], 0);
  };
  for (let i = 0; i < 20; i++) await cycle();
  const before = Deno.memoryUsage().rss, live = liveTensors();
  for (let i = 0; i < 1000; i++) await cycle();
  const grown = (Deno.memoryUsage().rss - before) / 2 ** 20;
  assert.equal(liveTensors(), live);
  assert.ok(grown < 100, `it grew by ${grown} MiB; the runs held 2000`);
});

Deno.test("sessions are built once per graph", () => {
  using sessions = new Sessions();
  const built = SESSION_COUNTERS.built;
  const first = sessions.get(["a", { b: 1 }], doubling);
  assert.equal(sessions.get(["a", { b: 1 }], doubling), first);
  assert.notEqual(sessions.get(["a", { b: 2 }], doubling), first);
  assert.equal(SESSION_COUNTERS.built - built, 2);
});

Deno.test("sessions can be built and released a hundred times without growing the process", () => {
  const model = toModel(doubling());
  const build = () => {
    using _session = new Session(model, { name: "doubling" });
  };
  for (let i = 0; i < 20; i++) build();
  const before = Deno.memoryUsage().rss;
  for (let i = 0; i < 100; i++) build();
  assert.ok((Deno.memoryUsage().rss - before) / 2 ** 20 < 50);
});

Deno.test({
  name: "large tensors ask for huge pages",
  // Where the system has such pages, and tells.
  ignore: !existsSync("/sys/kernel/mm/transparent_hugepage") || !existsSync("/proc/self/smaps"),
  fn() {
    using large = zeros("float32", [2 ** 23]);
    const start = Deno.UnsafePointer.value(Deno.UnsafePointer.of(large.data));
    const middle = start + BigInt(large.bytes / 2);
    // Mappings by address, each with its flags on its last line; `hg` is MADV_HUGEPAGE.
    const flags = Deno.readTextFileSync("/proc/self/smaps").split(/(?=^[0-9a-f]+-[0-9a-f]+ )/m)
      .find((mapping) => {
        const [from, to] = mapping.split(" ")[0]!.split("-").map((text) => BigInt(`0x${text}`));
        return from! <= middle && middle < to!;
      })?.match(/VmFlags:(.*)/)?.[1];
    assert.match(flags ?? "", / hg( |$)/);
  },
});

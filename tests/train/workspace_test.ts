import assert from "node:assert/strict";
import { liveTensors } from "../../src/runtime/mod.ts";
import { Workspace } from "../../src/train/workspace.ts";

Deno.test("a workspace keeps its block as long as it is large enough, and what is in it as long as the shapes are", () => {
  const live = liveTensors();
  {
    using workspace = new Workspace();
    const shapes = new Map([["a", [2, 3]], ["b", [5]]]);
    workspace.layOut(shapes);
    const a = workspace.get("a"), b = workspace.get("b");
    a.data.fill(1);
    b.data.fill(2);
    assert.deepEqual([...a.data], [1, 1, 1, 1, 1, 1]);
    workspace.layOut(new Map(shapes));
    assert.equal(workspace.get("a"), a);
    assert.deepEqual([...b.data], [2, 2, 2, 2, 2]);

    const bytes = workspace.bytes;
    workspace.layOut(new Map([["a", [2]]]));
    assert.deepEqual(workspace.get("a").dims, [2]);
    assert.ok(a.released && b.released);
    assert.equal(workspace.bytes, bytes);
    workspace.layOut(new Map([["a", [100]]]));
    assert.ok(workspace.bytes >= 400);
    assert.throws(() => workspace.get("b"), /Cannot use b: not in the workspace/);
  }
  assert.equal(liveTensors(), live);
});

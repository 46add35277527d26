/**
 * How often the embedded base model carries out each operation rightly: sampled, and greedily.
 *
 *     deno run -A examples/probe_policy.ts [directory of a policy]
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { Sessions } from "../src/onnx/mod.ts";
import { Random } from "../src/random/random.ts";
import { loadPolicy } from "../src/policy/mod.ts";
import { ENGINE_DEFAULTS, evaluate } from "../src/rl/mod.ts";
import { solve } from "../src/tasks/listprog.ts";
import { Definitions } from "../src/stage/definitions.ts";

const directory = Deno.args[0] ?? fileURLToPath(new URL("models/listprog", import.meta.url));
using policy = loadPolicy(directory);
using sessions = new Sessions();
const engine = { sessions, ...ENGINE_DEFAULTS };
const task = await new Definitions().task({ uses: "listprog" });

for (const operation of "rtwniabcd") {
  const random = new Random("probe", operation);
  const problems = Array.from({ length: 16 }, (_, i) => {
    const problem = Array.from({ length: 5 }, () => random.int(10)).join("") + operation;
    return { id: String(i), problem, answer: solve(problem)! };
  });
  const accuracy = async (temperature: number, samples: number) => {
    const sampling = { temperature, samples, max_completion_length: 20 };
    return (await evaluate(policy, engine, task, problems, sampling, random)).accuracy;
  };
  const [sampled, greedy] = [await accuracy(1, 32), await accuracy(0, 1)];
  console.log(`${operation}  sampled ${sampled.toFixed(2)}  greedy ${greedy.toFixed(2)}`);
}

/**
 * SmolLM2-135M beside PyTorch, transformers and TRL, float32, on this machine: each piece of work in a process of its
 * own, ours and the peer's one after the other, in two rounds of which the better counts: the machine may be shared.
 *
 *     deno task smollm2
 *     bench/peers/setup.sh
 *     SOAR_PEER_PYTHON=.soar/peers/bin/python deno run -A bench/smollm2.ts [train | generate | rloo | lora …]
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const MODEL = fileURLToPath(new URL("../.soar/models/SmolLM2-135M-Instruct", import.meta.url));
const OURS = fileURLToPath(new URL("./work.ts", import.meta.url));
const PEER = fileURLToPath(new URL("./peers/work.py", import.meta.url));

/** Work by name; what follows `+` goes to the peer alone. */
const WORKS: readonly (readonly [name: string, peer: string, ...args: string[]])[] = [
  ["training step, 4 × 128 tokens", "PyTorch eager", "train", "4", "128"],
  ["training step, 4 × 128 tokens", "torch.compile", "train", "4", "128", "+compile"],
  ["training step, 2 × 512 tokens", "PyTorch eager", "train", "2", "512"],
  ["generation, 1 row", "transformers", "generate", "1"],
  ["generation, 8 rows", "transformers", "generate", "8"],
  ["generation, 32 rows", "transformers", "generate", "32"],
  ["RLOO step, 64 × 64 tokens", "TRL", "rloo", "full"],
  ["RLOO step with LoRA", "TRL and PEFT", "rloo", "lora"],
];

/** Whole RLOO steps take minutes, over which the machine evens out. */
const roundsOf = (work: string) => work === "rloo" ? 1 : 2;

interface Result {
  readonly best: number;
  readonly first: number;
  readonly peak: number;
}

async function measure(command: string, args: readonly string[]): Promise<Result> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${text(stderr)}`);
  return JSON.parse(text(stdout).split("\n").at(-1)!) as Result;
}

/** The least of each figure. */
function better(results: readonly Result[]): Result {
  const least = (of: keyof Result) => Math.min(...results.map((result) => result[of]));
  return { best: least("best"), first: least("first"), peak: least("peak") };
}

const python = Deno.env.get("SOAR_PEER_PYTHON");
if (python === undefined) throw new Error("Set SOAR_PEER_PYTHON; bench/peers/setup.sh makes one");
const versions = await new Deno.Command(python, {
  args: [
    "-c",
    "import torch, transformers, trl, peft; " +
    "print(*(f'{m.__name__} {m.__version__}' for m in (torch, transformers, trl, peft)), sep=', ')",
  ],
}).output();
console.log(`Deno ${Deno.version.deno}, ${new TextDecoder().decode(versions.stdout).trim()}\n`);
console.log("| work | peer | ours | peer's | speed | memory | time to first step |");
console.log("|---|---|---|---|---|---|---|");
for (const [name, peer, ...args] of WORKS) {
  if (Deno.args.length > 0 && !args.some((arg) => Deno.args.includes(arg))) continue;
  const common = args.filter((arg) => !arg.startsWith("+"));
  const asked = args.map((arg) => arg.replace("+", ""));
  const rounds: { ours: Result; theirs: Result }[] = [];
  for (let i = 0; i < roundsOf(args[0]!); i++) {
    rounds.push({
      ours: await measure(Deno.execPath(), ["run", "-A", OURS, ...common]),
      theirs: await measure(python, [PEER, MODEL, ...asked]),
    });
  }
  const ours = better(rounds.map((round) => round.ours));
  const theirs = better(rounds.map((round) => round.theirs));
  const cells = [
    `${ours.best.toFixed(2)} s`,
    `${theirs.best.toFixed(2)} s`,
    `${(theirs.best / ours.best).toFixed(2)} ×`,
    `${(ours.peak / theirs.peak).toFixed(2)} ×`,
    `${(ours.first / theirs.first).toFixed(2)} ×`,
  ];
  console.log(`| ${name} | ${peer} | ${cells.join(" | ")} |`);
}

/** A thousand programs that nobody should run: what they try, where in a program, in each form that tests have. @module */
import { Random } from "../../src/random/random.ts";
import type { Problem } from "../../src/graders/grader.ts";
import { javascriptAttacks } from "./hostile_javascript.ts";
import { pythonAttacks, pythonForgeries } from "./hostile_python.ts";

/** What must not be touched, and not be seen. */
export interface Canaries {
  /** A file that is not there. */
  readonly file: string;
  /** A file that is. */
  readonly secret: string;
  /** Of a server on this machine. */
  readonly port: number;
  /** Of the environment. */
  readonly variable: string;
}

/** A program, and the problem that it claims to solve. */
export interface Hostile {
  readonly name: string;
  readonly language: "python" | "typescript";
  readonly problem: Problem;
  readonly completion: string;
}

/** Nobody guesses these. */
const CASES = [[3, 86_028_121], [4, 86_028_157], [5, 15_485_863]] as const;
const usual = { id: "hostile", problem: "What is secret(n)?", answer: "?" };
const PROBLEMS = {
  whole: {
    ...usual,
    tests: CASES.map(([input, output]) => ({ input: `${input}\n`, output: `${output}\n` })),
  },
  calls: {
    ...usual,
    function: "secret",
    cases: CASES.map(([input, output]) => ({ input: [input], output })),
  },
  asserts: {
    ...usual,
    test_list: [
      ...CASES.map(([input, output]) => `assert secret(${input}) == ${output}`),
      "assert abs(secret(7) - 32452843) < 1",
      "assert isinstance(secret(9), int) and secret(9) > 10**6 and str(secret(9)) == '49979687'",
    ],
  },
  check: {
    ...usual,
    prompt: "def secret(n: int) -> int:\n    ...\n",
    entry_point: "secret",
    test: "def check(candidate):\n" +
      CASES.map(([input, output]) => `    assert candidate(${input}) == ${output}\n`).join("") +
      "    assert [candidate(n) for n in (6, 7)] == [32452867, 32452843]\n",
  },
} as const;

type Form = keyof typeof PROBLEMS;

const indent = (code: string) => code.split("\n").map((line) => `    ${line}`).join("\n");
const hex = (code: string) =>
  [...new TextEncoder().encode(code)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Where in a program it happens. */
const PYTHON_PLACES: Readonly<Record<string, (attack: string) => string>> = {
  "at once": (attack) => `${attack}\n`,
  "after the function": (attack) => `def secret(*a): return 1\n${attack}\n`,
  "when called": (attack) =>
    `def secret(*a):\n${indent(attack)}\n    return 1\nif __name__ == "__main__": secret()\n`,
  "hidden": (attack) =>
    `exec(bytes.fromhex("${
      hex(attack)
    }").decode())\ntry: secret\nexcept NameError:\n    def secret(*a): return True\n`,
  "caught": (attack) =>
    `def secret(*a): return None\ntry:\n${
      indent(attack)
    }\nexcept BaseException as e:\n    print(e)\n`,
};
const JAVASCRIPT_PLACES: Readonly<Record<string, (attack: string) => string>> = {
  "at once": (attack) => `${attack}\n`,
  "after the function": (attack) => `function secret() { return 1 }\n${attack}\n`,
  "when called": (attack) =>
    `function secret() { ${attack}\nreturn 1 }\nif (typeof module === "undefined") try { secret() } catch (e) { console.log(String(e)) }\n`,
  "caught": (attack) =>
    `export function secret(): unknown { return true }\ntry { ${attack} } catch (e) { console.log(String(e)) }\n`,
  "later": (attack) =>
    `const secret = async () => { await 0; ${attack}\n};\nsetTimeout(() => { ${attack} }, 1)\n`,
};

/** All of them. */
export function hostilePrograms(canaries: Canaries): Hostile[] {
  const programs: Hostile[] = [];
  const add = (
    language: Hostile["language"],
    form: Form,
    place: string,
    attack: string,
    code: string,
  ) =>
    programs.push({
      name: `${language}, ${form}: ${attack}, ${place}`,
      language,
      problem: PROBLEMS[form],
      completion: `\`\`\`${language}\n${code}\`\`\``,
    });
  const forms: readonly Form[] = ["asserts", "calls", "whole", "check"];
  let turn = 0;
  const inClass = (attack: string) =>
    `class Solution:\n    def secret(self, *a):\n${indent(indent(attack))}\n        return 1\n` +
    "secret = Solution().secret\n";
  for (const [name, attack] of Object.entries(pythonAttacks(canaries))) {
    // Each place in one form, the forms in turn.
    for (const [place, write] of Object.entries(PYTHON_PLACES)) {
      add("python", forms[turn++ % forms.length]!, place, name, write(attack));
    }
    add("python", "asserts", "in a class", name, inClass(attack));
  }
  for (const [name, attack] of Object.entries(pythonForgeries())) {
    for (const [place, write] of Object.entries(PYTHON_PLACES)) {
      // Assertions have most to lose.
      for (const form of new Set(["asserts", forms[turn++ % forms.length]!] as const)) {
        add("python", form, place, name, write(attack));
      }
    }
    add("python", "check", "in a class", name, inClass(attack));
  }
  for (const [name, attack] of Object.entries(javascriptAttacks(canaries))) {
    for (const [place, write] of Object.entries(JAVASCRIPT_PLACES)) {
      add("typescript", turn++ % 2 === 0 ? "calls" : "whole", place, name, write(attack));
    }
  }
  return programs;
}

/** A sample of them, the same each time. */
export function sampleOf(programs: readonly Hostile[], share: number): Hostile[] {
  const random = new Random("hostile");
  const order = programs.map((program, i) => ({ program, at: random.at(i) }))
    .toSorted((a, b) => a.at - b.at);
  return order.slice(0, Math.ceil(share * programs.length)).map(({ program }) => program);
}

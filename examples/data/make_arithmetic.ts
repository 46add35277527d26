/**
 * Makes arithmetic.jsonl and arithmetic_test.jsonl: problems of arithmetic, bare and in words, of five levels, and as many
 * of each level again that share no question with them.
 *
 *     deno run -A examples/data/make_arithmetic.ts [directory]
 *
 * @module
 */
import { join } from "node:path";
import { Random } from "../../src/random/random.ts";

const DIRECTORY = Deno.args[0] ?? import.meta.dirname!;
const SEED = 1;
const PER_LEVEL = { "arithmetic.jsonl": 40, "arithmetic_test.jsonl": 70 } as const;

const NAMES = ["Ana", "Ben", "Chloe", "David", "Emma", "Felix", "Grace", "Hugo", "Iris", "Jonas"];
const THINGS = ["apples", "books", "cards", "coins", "eggs", "marbles", "pencils", "shells"];
const BOXES = ["bags", "boxes", "baskets", "packs"];

/** Draws what a problem is made of. */
class Parts {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A number from low to high, both included. */
  number(low: number, high: number): number {
    return low + this.#random.int(high - low + 1);
  }

  one(of: readonly string[]): string {
    return of[this.#random.int(of.length)]!;
  }

  get name(): string {
    return this.one(NAMES);
  }

  get things(): string {
    return this.one(THINGS);
  }
}

/** A question and its answer. */
type Kind = (parts: Parts) => readonly [question: string, answer: number];

/** Kinds of problem by level, from one operation on small numbers to three on larger ones. */
const LEVELS: readonly Readonly<Record<string, Kind>>[] = [
  {
    sum(parts) {
      const [a, b] = [parts.number(1, 9), parts.number(1, 9)];
      return [`What is ${a} + ${b}?`, a + b];
    },
    difference(parts) {
      const [b, rest] = [parts.number(1, 9), parts.number(1, 9)];
      return [`What is ${b + rest} - ${b}?`, rest];
    },
    product(parts) {
      const [a, b] = [parts.number(2, 6), parts.number(2, 6)];
      return [`What is ${a} * ${b}?`, a * b];
    },
    double(parts) {
      const a = parts.number(2, 30);
      return [`What is twice ${a}?`, 2 * a];
    },
    more(parts) {
      const { name, things } = parts, [a, b] = [parts.number(1, 9), parts.number(1, 5)];
      return [`${name} has ${a} ${things} and gets ${b} more. How many ${things} is that?`, a + b];
    },
  },
  {
    sum(parts) {
      const [a, b] = [parts.number(5, 20), parts.number(10, 20)];
      return [`What is ${a} + ${b}?`, a + b];
    },
    difference(parts) {
      const [b, rest] = [parts.number(6, 15), parts.number(5, 15)];
      return [`What is ${b + rest} - ${b}?`, rest];
    },
    more(parts) {
      const { name, things } = parts, [a, b] = [parts.number(3, 20), parts.number(2, 12)];
      return [`${name} has ${a} ${things} and gets ${b} more. How many ${things} is that?`, a + b];
    },
    fewer(parts) {
      const { name, things } = parts, [b, rest] = [parts.number(2, 12), parts.number(1, 15)];
      return [
        `${name} has ${b + rest} ${things} and gives ${b} away. How many ${things} are left?`,
        rest,
      ];
    },
  },
  {
    sum(parts) {
      const [a, b] = [parts.number(21, 99), parts.number(21, 99)];
      return [`What is ${a} + ${b}?`, a + b];
    },
    difference(parts) {
      const [b, rest] = [parts.number(12, 50), parts.number(11, 49)];
      return [`What is ${b + rest} - ${b}?`, rest];
    },
    product(parts) {
      const [a, b] = [parts.number(3, 9), parts.number(3, 12)];
      return [`What is ${a} * ${b}?`, a * b];
    },
    packed(parts) {
      const { things } = parts,
        box = parts.one(BOXES),
        [a, b] = [parts.number(3, 9), parts.number(3, 12)];
      return [
        `There are ${a} ${box} with ${b} ${things} in each. How many ${things} is that?`,
        a * b,
      ];
    },
    shared(parts) {
      const { things } = parts, [n, each] = [parts.number(2, 9), parts.number(3, 12)];
      return [
        `${n} children share ${
          n * each
        } ${things} equally. How many ${things} does each child get?`,
        each,
      ];
    },
  },
  {
    sum_of_three(parts) {
      const [a, b, c] = [parts.number(11, 60), parts.number(11, 60), parts.number(5, 20)];
      return [`What is ${a} + ${b} - ${c}?`, a + b - c];
    },
    product_and_sum(parts) {
      const [a, b, c] = [parts.number(3, 9), parts.number(3, 9), parts.number(5, 40)];
      return [`What is ${a} * ${b} + ${c}?`, a * b + c];
    },
    some_left(parts) {
      const { name, things } = parts, box = parts.one(BOXES);
      const [a, b] = [parts.number(3, 9), parts.number(4, 12)], c = parts.number(2, a * b - 1);
      return [
        `${name} buys ${a} ${box} of ${b} ${things} and gives ${c} ${things} away. How many ${things} does ${name} have left?`,
        a * b - c,
      ];
    },
    two_people(parts) {
      const { things } = parts, [a, b] = [parts.number(5, 40), parts.number(3, 20)];
      return [
        `Mia has ${a} ${things}. Noah has ${b} more than Mia. How many ${things} do they have together?`,
        2 * a + b,
      ];
    },
  },
  {
    product(parts) {
      const [a, b] = [parts.number(12, 99), parts.number(3, 9)];
      return [`What is ${a} * ${b}?`, a * b];
    },
    quotient(parts) {
      const [b, result] = [parts.number(3, 9), parts.number(12, 60)];
      return [`What is ${b * result} / ${b}?`, result];
    },
    percent(parts) {
      const [share, tens] = [10 * parts.number(1, 9), parts.number(2, 40)];
      return [`What is ${share}% of ${10 * tens}?`, share * tens / 10];
    },
    change(parts) {
      const { name } = parts, [price, count] = [parts.number(3, 9), parts.number(2, 6)];
      return [
        `${name} buys ${count} tickets at $${price} each and pays with $100. How many dollars does ${name} get back?`,
        100 - price * count,
      ];
    },
    mean(parts) {
      const [middle, apart] = [parts.number(10, 50), parts.number(1, 9)];
      return [
        `What is the average of ${middle - apart}, ${middle}, and ${middle + apart}?`,
        middle,
      ];
    },
    brackets(parts) {
      const [a, b, c] = [parts.number(11, 40), parts.number(5, 30), parts.number(3, 9)];
      return [`What is (${a} + ${b}) * ${c}?`, (a + b) * c];
    },
    rectangle(parts) {
      const [a, b] = [parts.number(5, 40), parts.number(3, 30)];
      return [
        `A rectangle is ${a} m long and ${b} m wide. What is its perimeter in metres?`,
        2 * (a + b),
      ];
    },
    savings(parts) {
      const { name } = parts,
        [a, b, weeks] = [parts.number(4, 15), parts.number(10, 60), parts.number(3, 12)];
      return [
        `${name} has $${b} and saves $${a} a week for ${weeks} weeks, then spends half of it all. How many dollars are left?`,
        (b + a * weeks) / 2,
      ];
    },
    rate(parts) {
      const [speed, hours, on] = [
        10 * parts.number(3, 9),
        parts.number(2, 6),
        parts.number(10, 90),
      ];
      return [
        `A train goes ${speed} km an hour for ${hours} hours and then ${on} km more. How many kilometres is that?`,
        speed * hours + on,
      ];
    },
  },
];

const asked = new Set<string>();

/** A problem of a level that was not asked before, with a whole number as its answer. */
function draw(kind: Kind, random: Random): readonly [string, number] {
  const parts = new Parts(random);
  while (true) {
    const [question, answer] = kind(parts);
    if (!Number.isInteger(answer) || asked.has(question)) continue;
    asked.add(question);
    return [question, answer];
  }
}

for (const [file, count] of Object.entries(PER_LEVEL)) {
  const lines = LEVELS.flatMap((kinds, index) =>
    Array.from({ length: count }, (_, i) => {
      const names = Object.keys(kinds), topic = names[i % names.length]!, level = index + 1;
      const [problem, answer] = draw(kinds[topic]!, new Random(SEED, file, level, i));
      return JSON.stringify({ id: `${level}.${i}`, problem, answer: `${answer}`, level, topic });
    })
  );
  Deno.writeTextFileSync(join(DIRECTORY, file), lines.join("\n") + "\n");
}

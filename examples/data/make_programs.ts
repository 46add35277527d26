/**
 * Makes programs.jsonl: forty small programs to write in Python, with tests, in the layout of MBPP (task_id, text, code,
 * test_list), graded by difficulty. What a test expects is computed here, by another program than the one that it tests.
 *
 *     deno run -A examples/data/make_programs.ts [directory]
 *
 * @module
 */
import { join } from "node:path";

/** What arguments and results are: the same in JSON as in Python, but for booleans. */
type Value = number | string | boolean | readonly Value[];

/** A program to write. */
interface Row {
  readonly level: 1 | 2 | 3;
  /** What it has to do. */
  readonly text: string;
  /** Its name and parameters, as Python has them. */
  readonly head: string;
  /** One that does it: the body of the function in Python. */
  readonly body: string;
  /** Arguments of its tests. */
  readonly cases: readonly (readonly Value[])[];
  // deno-lint-ignore no-explicit-any -- each row's own arguments
  run(...args: any[]): Value;
}

type Numbers = readonly number[];

const sum = (numbers: Numbers) => numbers.reduce((a, b) => a + b, 0);
const digits = (n: number) => [...String(Math.abs(n))].map(Number);
const divisors = (n: number) =>
  Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
const ascending = (numbers: Numbers) => numbers.toSorted((a, b) => a - b);

const ROWS: readonly Row[] = [
  {
    level: 1,
    text: "the sum of two numbers",
    head: "add(a, b)",
    body: "return a + b",
    cases: [[1, 2], [-4, 4], [100, 23]],
    run: (a: number, b: number) => a + b,
  },
  {
    level: 1,
    text: "the larger of two numbers",
    head: "larger(a, b)",
    body: "return max(a, b)",
    cases: [[1, 2], [7, -3], [5, 5]],
    run: (a: number, b: number) => (a > b ? a : b),
  },
  {
    level: 1,
    text: "whether a number is even",
    head: "is_even(n)",
    body: "return n % 2 == 0",
    cases: [[4], [7], [0]],
    run: (n: number) => Math.abs(n) % 2 === 0,
  },
  {
    level: 1,
    text: "the square of a number",
    head: "square(n)",
    body: "return n * n",
    cases: [[3], [-5], [0]],
    run: (n: number) => n ** 2,
  },
  {
    level: 1,
    text: "the length of a text",
    head: "text_length(text)",
    body: "return len(text)",
    cases: [["abc"], [""], ["two words"]],
    run: (text: string) => text.length,
  },
  {
    level: 1,
    text: "a text backwards",
    head: "backwards(text)",
    body: "return text[::-1]",
    cases: [["abc"], ["level"], ["x y"]],
    run: (text: string) => [...text].reverse().join(""),
  },
  {
    level: 1,
    text: "the sum of a list of numbers, 0 for an empty list",
    head: "total(numbers)",
    body: "return sum(numbers)",
    cases: [[[1, 2, 3]], [[]], [[-1, 1, 9]]],
    run: (numbers: Numbers) => sum(numbers),
  },
  {
    level: 1,
    text: "the first item of a list",
    head: "first_item(items)",
    body: "return items[0]",
    cases: [[[4, 5]], [["a", "b", "c"]], [[0]]],
    run: (items: readonly Value[]) => items[0]!,
  },
  {
    level: 1,
    text: "the last digit of a whole number that is not negative",
    head: "last_digit(n)",
    body: "return n % 10",
    cases: [[123], [40], [7]],
    run: (n: number) => digits(n).at(-1)!,
  },
  {
    level: 1,
    text: "a text in capital letters",
    head: "shout(text)",
    body: "return text.upper()",
    cases: [["abc"], ["Hello you"], ["OK"]],
    run: (text: string) => text.toUpperCase(),
  },
  {
    level: 1,
    text: "the smallest number of a list",
    head: "smallest(numbers)",
    body: "return min(numbers)",
    cases: [[[3, 1, 2]], [[-4, -9]], [[5]]],
    run: (numbers: Numbers) => ascending(numbers)[0]!,
  },
  {
    level: 1,
    text: "the distance of two numbers on the number line",
    head: "distance(a, b)",
    body: "return abs(a - b)",
    cases: [[3, 8], [8, 3], [-2, 2]],
    run: (a: number, b: number) => Math.max(a, b) - Math.min(a, b),
  },
  {
    level: 1,
    text: "whether a list has no items",
    head: "is_empty(items)",
    body: "return len(items) == 0",
    cases: [[[]], [[1]], [["", ""]]],
    run: (items: readonly Value[]) => items[0] === undefined,
  },
  {
    level: 2,
    text: "the factorial of a whole number that is not negative",
    head: "factorial(n)",
    body: "result = 1\nfor i in range(2, n + 1):\n    result *= i\nreturn result",
    cases: [[5], [0], [10]],
    run: function factorial(n: number): number {
      return n < 2 ? 1 : n * factorial(n - 1);
    },
  },
  {
    level: 2,
    text: "the sum of the digits of a whole number that is not negative",
    head: "digit_sum(n)",
    body: "return sum(int(digit) for digit in str(n))",
    cases: [[123], [9090], [0]],
    run: (n: number) => sum(digits(n)),
  },
  {
    level: 2,
    text: "the number of vowels (a, e, i, o, u, in either case) in a text",
    head: "count_vowels(text)",
    body: 'return sum(letter in "aeiou" for letter in text.lower())',
    cases: [["education"], ["Rhythm"], ["AEro"]],
    run: (text: string) => text.match(/[aeiou]/gi)?.length ?? 0,
  },
  {
    level: 2,
    text: "whether a text reads the same backwards",
    head: "is_palindrome(text)",
    body: "return text == text[::-1]",
    cases: [["level"], ["levels"], [""]],
    run: (text: string) => [...text].every((letter, i) => letter === text.at(-1 - i)),
  },
  {
    level: 2,
    text: "whether a whole number above 0 is a prime",
    head: "is_prime(n)",
    body: "return n > 1 and all(n % d for d in range(2, int(n ** 0.5) + 1))",
    cases: [[7], [1], [49], [97]],
    run: (n: number) => divisors(n).length === 2,
  },
  {
    level: 2,
    text: "the greatest common divisor of two whole numbers above 0",
    head: "common_divisor(a, b)",
    body: "while b:\n    a, b = b, a % b\nreturn a",
    cases: [[12, 18], [7, 5], [100, 10]],
    run: (a: number, b: number) => divisors(a).filter((d) => b % d === 0).at(-1)!,
  },
  {
    level: 2,
    text: "a list without the items that were there before, in the same order",
    head: "distinct(items)",
    body: "return list(dict.fromkeys(items))",
    cases: [[[1, 2, 1, 3, 2]], [[]], [["b", "a", "b"]]],
    run: (items: readonly Value[]) => [...new Set(items)],
  },
  {
    level: 2,
    text: "the words of a text, parted by single blanks, in the opposite order",
    head: "turn_words(text)",
    body: 'return " ".join(reversed(text.split(" ")))',
    cases: [["one two three"], ["single"], ["a b"]],
    run: (text: string) => text.split(" ").toReversed().join(" "),
  },
  {
    level: 2,
    text: "the even numbers of a list, in the same order",
    head: "only_even(numbers)",
    body: "return [n for n in numbers if n % 2 == 0]",
    cases: [[[1, 2, 3, 4]], [[5]], [[0, -2, 7]]],
    run: (numbers: Numbers) => numbers.filter((n) => n % 2 === 0),
  },
  {
    level: 2,
    text: "the second largest of the different numbers in a list",
    head: "second_largest(numbers)",
    body: "return sorted(set(numbers))[-2]",
    cases: [[[1, 5, 3]], [[4, 4, 2]], [[-1, -2, -3]]],
    run: (numbers: Numbers) => {
      const most = Math.max(...numbers);
      return Math.max(...numbers.filter((n) => n !== most));
    },
  },
  {
    level: 2,
    text: "how often a letter occurs in a text",
    head: "count_letter(text, letter)",
    body: "return text.count(letter)",
    cases: [["banana", "a"], ["banana", "x"], ["aaa", "a"]],
    run: (text: string, letter: string) => text.split(letter).length - 1,
  },
  {
    level: 2,
    text: "the sum of the multiples of 3 or 5 below a whole number",
    head: "sum_of_multiples(n)",
    body: "return sum(i for i in range(n) if i % 3 == 0 or i % 5 == 0)",
    cases: [[10], [16], [1]],
    run: (n: number) => {
      const of = (d: number) => {
        const count = Math.floor((n - 1) / d);
        return d * count * (count + 1) / 2;
      };
      return of(3) + of(5) - of(15);
    },
  },
  {
    level: 2,
    text: "a whole number that is not negative in binary, as a text",
    head: "to_binary(n)",
    body: "return bin(n)[2:]",
    cases: [[5], [0], [64]],
    run: (n: number) => n.toString(2),
  },
  {
    level: 2,
    text: "whether two texts have the same letters, each as often",
    head: "is_anagram(a, b)",
    body: "return sorted(a) == sorted(b)",
    cases: [["listen", "silent"], ["ab", "abb"], ["", ""]],
    run: (a: string, b: string) => [...a].sort().join("") === [...b].sort().join(""),
  },
  {
    level: 2,
    text: "the mean of a list of numbers that is not empty",
    head: "average(numbers)",
    body: "return sum(numbers) / len(numbers)",
    cases: [[[1, 2, 3, 4]], [[5]], [[-1, 1]]],
    run: (numbers: Numbers) => sum(numbers) / numbers.length,
  },
  {
    level: 3,
    text: "the first n Fibonacci numbers as a list, beginning with 0 and 1",
    head: "fibonacci(n)",
    body:
      "numbers, a, b = [], 0, 1\nfor _ in range(n):\n    numbers.append(a)\n    a, b = b, a + b\nreturn numbers",
    cases: [[7], [1], [0]],
    run: (n: number) => {
      const fib = (i: number): number => i < 2 ? i : fib(i - 1) + fib(i - 2);
      return Array.from({ length: n }, (_, i) => fib(i));
    },
  },
  {
    level: 3,
    text:
      "the prime factors of a whole number above 1, in ascending order, each as often as it divides",
    head: "prime_factors(n)",
    body:
      "factors, d = [], 2\nwhile n > 1:\n    while n % d == 0:\n        factors.append(d)\n        n //= d\n    d += 1\nreturn factors",
    cases: [[12], [97], [64]],
    run: function factors(n: number): number[] {
      const d = divisors(n)[1];
      return d === undefined ? [] : [d, ...factors(n / d)];
    },
  },
  {
    level: 3,
    text: "a list of lists as one list, whose items are in the same order",
    head: "flatten(lists)",
    body: "return [item for part in lists for item in part]",
    cases: [[[[1, 2], [3], []]], [[]], [[["a"], ["b", "c"]]]],
    run: (lists: readonly (readonly Value[])[]) => lists.flat() as readonly Value[],
  },
  {
    level: 3,
    text:
      "the longest word of a text whose words are parted by single blanks, the first of several",
    head: "longest_word(text)",
    body: 'return max(text.split(" "), key=len)',
    cases: [["a long word"], ["one"], ["same size here"]],
    run: (text: string) =>
      text.split(" ").reduce((best, word) => word.length > best.length ? word : best),
  },
  {
    level: 3,
    text: "whether the brackets ( and ) in a text are closed in order",
    head: "is_balanced(text)",
    body:
      'depth = 0\nfor letter in text:\n    depth += (letter == "(") - (letter == ")")\n    if depth < 0:\n        return False\nreturn depth == 0',
    cases: [["(a(b))"], [")("], ["(()"], [""]],
    run: (text: string) => {
      let rest = text.replaceAll(/[^()]/g, "");
      while (rest.includes("()")) rest = rest.replaceAll("()", "");
      return rest === "";
    },
  },
  {
    level: 3,
    text: "a text in which each run of a letter is written as the letter and the length of the run",
    head: "run_lengths(text)",
    body:
      'from itertools import groupby\nreturn "".join(f"{letter}{len(list(run))}" for letter, run in groupby(text))',
    cases: [["aaabb"], ["abc"], [""]],
    run: (text: string) => text.replaceAll(/(.)\1*/g, (run, letter) => letter + run.length),
  },
  {
    level: 3,
    text: "the rows of a matrix (a list of lists) as its columns",
    head: "transpose(matrix)",
    body: "return [list(column) for column in zip(*matrix)]",
    cases: [[[[1, 2], [3, 4]]], [[[1, 2, 3]]], [[[5]]]],
    run: (matrix: readonly Numbers[]) => matrix[0]!.map((_, c) => matrix.map((row) => row[c]!)),
  },
  {
    level: 3,
    text:
      "the two places in a list of numbers, the smaller first, whose numbers add up to a target; there is one such pair",
    head: "two_places(numbers, target)",
    body:
      "seen = {}\nfor i, n in enumerate(numbers):\n    if target - n in seen:\n        return [seen[target - n], i]\n    seen[n] = i",
    cases: [[[2, 7, 11, 15], 9], [[3, 2, 4], 6], [[1, 5, -5], 0]],
    run: (numbers: Numbers, target: number) => {
      const pairs = numbers.flatMap((a, i) =>
        numbers.flatMap((b, j) => i < j && a + b === target ? [[i, j]] : [])
      );
      return pairs[0]!;
    },
  },
  {
    level: 3,
    text: "a Roman numeral (from I, V, X, L and C) as a number",
    head: "from_roman(text)",
    body:
      'values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}\ntotal = 0\nfor i, letter in enumerate(text):\n    value = values[letter]\n    total += -value if any(values[other] > value for other in text[i + 1:i + 2]) else value\nreturn total',
    cases: [["XIV"], ["III"], ["XCIX"], ["LVIII"]],
    run: (text: string) => {
      const plain = text.replace("IV", "IIII").replace("IX", "VIIII").replace("XL", "XXXX")
        .replace("XC", "LXXXX");
      const value = (letter: string) => [1, 5, 10, 50, 100]["IVXLC".indexOf(letter)]!;
      return sum([...plain].map(value));
    },
  },
  {
    level: 3,
    text:
      "the largest sum of items that stand side by side in a list of numbers, at least one of them",
    head: "largest_run(numbers)",
    body:
      "best = current = numbers[0]\nfor n in numbers[1:]:\n    current = max(n, current + n)\n    best = max(best, current)\nreturn best",
    cases: [[[1, -2, 3, 4]], [[-3, -1]], [[5, -1, 5]]],
    run: (numbers: Numbers) =>
      Math.max(
        ...numbers.flatMap((_, i) =>
          numbers.slice(i).map((_, j) => sum(numbers.slice(i, i + j + 1)))
        ),
      ),
  },
  {
    level: 3,
    text: "the numbers of two ascending lists in one ascending list",
    head: "merge(a, b)",
    body: "return sorted(a + b)",
    cases: [[[1, 4], [2, 3]], [[], [1]], [[5, 5], [5]]],
    run: (a: Numbers, b: Numbers) => ascending([...a, ...b]),
  },
  {
    level: 3,
    text:
      "a text in which each letter of the alphabet is moved on by n places, z being followed by a; all else stays",
    head: "caesar(text, n)",
    body:
      'def move(letter):\n    if not letter.isalpha():\n        return letter\n    first = ord("a") if letter.islower() else ord("A")\n    return chr((ord(letter) - first + n) % 26 + first)\nreturn "".join(move(letter) for letter in text)',
    cases: [["abc", 1], ["Xyz!", 3], ["same", 26]],
    run: (text: string, n: number) => {
      const alphabet = "abcdefghijklmnopqrstuvwxyz",
        moved = alphabet.slice(n % 26) + alphabet.slice(0, n % 26);
      return text.replaceAll(/[a-z]/gi, (letter) => {
        const to = moved[alphabet.indexOf(letter.toLowerCase())]!;
        return letter === letter.toLowerCase() ? to : to.toUpperCase();
      });
    },
  },
];

/** A value as Python writes it. */
function python(value: Value): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return Array.isArray(value) ? `[${value.map(python).join(", ")}]` : JSON.stringify(value);
}

const lines = ROWS.map(({ level, text, head, body, cases, run }, index) => {
  const name = head.slice(0, head.indexOf("("));
  return JSON.stringify({
    task_id: index + 1,
    text: `Write a function ${head} that returns ${text}.`,
    code: `def ${head}:\n${body.replaceAll(/^/gm, "    ")}\n`,
    test_list: cases.map((args) =>
      `assert ${name}(${args.map(python).join(", ")}) == ${python(run(...args))}`
    ),
    level,
  });
});
const directory = Deno.args[0] ?? import.meta.dirname!;
Deno.writeTextFileSync(join(directory, "programs.jsonl"), lines.join("\n") + "\n");

"""Three rows in the layout of each data set that pipelines/data/ reads, and odd Parquet files: tests/fixtures/data/.

    python3 -m venv peers && peers/bin/pip install pyarrow==26.0.1
    peers/bin/python tools/golden/data_sets.py

Column names and types are those of the data sets; the rows were written for these tests.
"""

import datetime
import decimal
import json
import os
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq

OUT = os.path.join(os.path.dirname(__file__), "../../tests/fixtures/data")
TEXT, WHOLE, TEXTS = pa.string(), pa.int64(), pa.list_(pa.string())
MESSAGES = pa.list_(pa.struct([("content", TEXT), ("role", TEXT)]))


def path(name):
    file = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    return file


def parquet(name, rows, types, **options):
    schema = pa.schema(list(types.items()))
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path(name), **options)


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def text(name, written):
    with open(path(name), "w", encoding="utf-8", newline="") as file:
        file.write(written)


def packed(name, members):
    with zipfile.ZipFile(path(name), "w", zipfile.ZIP_DEFLATED) as archive:
        for member, written in members.items():
            # Always the same bytes.
            archive.writestr(zipfile.ZipInfo(member, (2024, 1, 1, 0, 0, 0)), written)


def math():
    types = {"problem": TEXT, "level": TEXT, "type": TEXT, "solution": TEXT}
    row = lambda *values: dict(zip(types, values))
    algebra = [
        row("Solve $2x + 3 = 11$ for $x$.", "Level 1", "Algebra", "Subtracting, $2x = 8$, so $x = \\boxed{4}$."),
        row("What is $\\frac{1}{2} + \\frac{1}{3}$?", "Level 2", "Algebra",
            "It is $\\frac{3}{6} + \\frac{2}{6} = \\boxed{\\frac{5}{6}}$."),
    ]
    geometry = [row("A square has area 49. Find its perimeter.", "Level 5", "Geometry",
                    "Its side is $\\boxed{7}$ at first sight, but the perimeter is $4 \\cdot 7 = \\boxed{28}$.")]
    train = [row("Find $3^4$.", "Level 1", "Algebra", "$\\boxed{81}$")]
    parquet("math/algebra/test-00000-of-00001.parquet", algebra, types)
    parquet("math/algebra/train-00000-of-00001.parquet", train, types)
    parquet("math/geometry/test-00000-of-00001.parquet", geometry, types)
    # As the authors' own folder has them: a problem a file.
    packed("MATH.zip", {
        f"MATH/{split}/{subject}/{number}.json": json.dumps(one, indent=4)
        for split, subject, all in [("test", "algebra", algebra), ("test", "geometry", geometry),
                                    ("train", "algebra", train)]
        for number, one in enumerate(all)
    } | {"MATH/README.md": "Not a problem.", "__MACOSX/MATH/test/._0.json": "\0\0"})


def math_500():
    text("math_500/test.jsonl", lines([
        {"problem": "Convert $(0, 3)$ to polar coordinates.", "solution": "The radius is 3 ...", "subject": "Precalculus",
         "answer": "\\left( 3, \\frac{\\pi}{2} \\right)", "level": 2, "unique_id": "test/precalculus/1.json"},
        {"problem": "How many primes are below 10?", "solution": "2, 3, 5 and 7.", "answer": "4",
         "subject": "Number Theory", "level": 1, "unique_id": "test/number_theory/2.json"},
        {"problem": "Simplify $\\sqrt{50}$.", "solution": "It is $\\sqrt{25 \\cdot 2}$.", "answer": "5\\sqrt{2}",
         "subject": "Prealgebra", "level": 3, "unique_id": "test/prealgebra/3.json"},
    ]))


def harp():
    def row(number, problem, answer, more=None):
        return {"year": "2020", "contest": "AMC_10A", "number": number, "problem": problem, "answer": answer,
                "level": 2, "subject": "algebra", "solution_1": "One way ...", "solution_2": "Another ...",
                **(more or {})}
    packed("HARP.jsonl.zip", {"HARP.jsonl": lines([
        row("1", "What is the sum of the first 5 odd numbers?", "25"),
        row("2", "Express $0.1\\overline{6}$ as a fraction.", "\\frac{1}{6}"),
        row("3", "For which $x$ is $|x - 2| < 3$?", "(-1, 5)"),
    ])})
    choices = lambda *texts: dict(zip("ABCDE", texts))
    packed("HARP_mcq.jsonl.zip", {"HARP_mcq.jsonl": lines([
        row("1", "What is $7 \\cdot 8$?", "56",
            {"choices": choices("54", "56", "58", "63", "64"), "answer_choice": "B"}),
        row("2", "Which is prime?", "13", {"choices": choices("9", "10", "12", "13", "15"), "answer_choice": "D"}),
        row("3", "What is $2^5$?", "32", {"choices": choices("32", "10", "16", "25", "64"), "answer_choice": "A"}),
    ])})


def olympiad_bench():
    types = {
        "id": WHOLE, "question": TEXT, "solution": TEXTS, "final_answer": TEXTS, "context": TEXT,
        "image_1": pa.struct([("bytes", pa.binary()), ("path", TEXT)]), "modality": TEXT, "difficulty": TEXT,
        "is_multiple_answer": pa.bool_(), "unit": TEXT, "answer_type": TEXT, "error": TEXT, "question_type": TEXT,
        "subfield": TEXT, "subject": TEXT, "language": TEXT,
    }
    def row(id, question, final_answer, context=None, several=False, kind="Numerical", unit=None):
        return {"id": id, "question": question, "solution": ["A solution."], "final_answer": final_answer,
                "context": context, "image_1": None, "modality": "Text-only", "difficulty": "Competition",
                "is_multiple_answer": several, "unit": unit, "answer_type": kind, "error": None,
                "question_type": "Open-ended", "subfield": "Algebra", "subject": "Math", "language": "English"}
    parquet("olympiad_bench/OE_TO_maths_en_COMP/OE_TO_maths_en_COMP.parquet", [
        row(1606, "Find all real $x$ with $x^2 = 9$.", ["$3$", "$-3$"], several=True),
        row(1610, "Determine $T - 1$.", ["$6$"], context="Let $T = 7$."),
        row(2231, "Find the ordered pair $(a, b)$ with $a + b = 5$ and $a - b = 1$.", ["$(3,2)$"], kind="Tuple"),
    ], types)


def gsm8k():
    types = {"question": TEXT, "answer": TEXT}
    row = lambda *values: dict(zip(types, values))
    parquet("gsm8k/main/train-00000-of-00001.parquet", [
        row("Ann has 3 boxes of 12 pens. How many pens has she?", "She has 3*12=<<3*12=36>>36 pens.\n#### 36"),
        row("A town of 1,500 grows by 200. How many live there now?",
            "There are 1500+200=<<1500+200=1700>>1700.\n#### 1,700"),
        row("Bo owes $5 and has $2. How much has he in all?", "2-5=<<2-5=-3>>-3\n#### -3"),
    ], types)
    parquet("gsm8k/main/test-00000-of-00001.parquet", [row("What is 1 + 1?", "#### 2")], types)
    parquet("gsm8k/socratic/train-00000-of-00001.parquet", [row("Why?", "#### 1")], types)


def dapo_17k():
    types = {"data_source": TEXT, "prompt": MESSAGES, "ability": TEXT,
             "reward_model": pa.struct([("ground_truth", TEXT), ("style", TEXT)]),
             "extra_info": pa.struct([("index", TEXT)])}
    before = ("Solve the following math problem step by step. The last line of your response should be of the form "
              "Answer: $Answer (without quotes) where $Answer is the answer to the problem.\n\n")
    after = "\n\nRemember to put your answer on its own line after \"Answer:\"."
    def row(index, problem, answer):
        return {"data_source": "math_dapo", "prompt": [{"content": before + problem + after, "role": "user"}],
                "ability": "MATH", "reward_model": {"ground_truth": answer, "style": "rule-lighteval/MATH_v2"},
                "extra_info": {"index": index}}
    three = [row("9a9b6eb4", "In triangle $ABC$ the angles are $x$, $2x$ and $3x$.\n\nFind $x$ in degrees.", "30"),
             row("b426d104", "How many integers $n$ satisfy $n^2 < 20$?", "9"),
             row("c7a1f0de", "Find the remainder of $7^{100}$ modulo 5.", "1")]
    parquet("dapo_17k/data/dapo-math-17k.parquet", three + three[:2], types, compression="zstd")


def mbpp():
    types = {"task_id": pa.int32(), "text": TEXT, "code": TEXT, "test_list": TEXTS, "test_setup_code": TEXT,
             "challenge_test_list": TEXTS}
    row = lambda *values: dict(zip(types, values))
    rows = [
        row(601, "Write a function to add two numbers.", "def add(a, b):\r\n  return a + b",
            ["assert add(1, 2) == 3", "assert add(-1, 1) == 0"], "", []),
        row(602, "Write a function to find the area of a circle.",
            "def area(r):\r\n  return math.pi * r * r", ["assert round(area(1), 2) == 3.14"], "import math",
            ["assert area(0) == 0"]),
        row(603, "Write a function to reverse a text.", "def turned(s):\r\n  return s[::-1]",
            ["assert turned(\"ab\") == \"ba\""], "", []),
    ]
    parquet("mbpp/full/train-00000-of-00001.parquet", rows, types)
    parquet("mbpp/full/test-00000-of-00001.parquet", [dict(rows[0], task_id=11)], types)
    text("mbpp.jsonl", lines(rows))
    sanitized = {"source_file": TEXT, "task_id": pa.int32(), "prompt": TEXT, "code": TEXT, "test_imports": TEXTS,
                 "test_list": TEXTS}
    parquet("mbpp/sanitized/train-00000-of-00001.parquet", [
        {"source_file": "Benchmark Questions Verification V2.ipynb", "task_id": one["task_id"], "prompt": one["text"],
         "code": one["code"], "test_imports": ["import math"] if one["test_setup_code"] else [],
         "test_list": one["test_list"]} for one in rows
    ], sanitized)


def humaneval():
    types = {"task_id": TEXT, "prompt": TEXT, "canonical_solution": TEXT, "test": TEXT, "entry_point": TEXT}
    def row(number, name, arguments, said, body, checks):
        return {"task_id": f"HumanEval/{number}", "prompt": f"def {name}({arguments}):\n    \"\"\" {said}\n    \"\"\"\n",
                "canonical_solution": f"    {body}\n", "entry_point": name,
                "test": "def check(candidate):\n" + "".join(f"    assert {one}\n" for one in checks)}
    parquet("humaneval/openai_humaneval/test-00000-of-00001.parquet", [
        row(0, "double", "n", "Twice a number.", "return 2 * n", ["candidate(2) == 4", "candidate(-1) == -2"]),
        row(1, "last", "items", "The last item of a list.", "return items[-1]", ["candidate([1, 2]) == 2"]),
        row(2, "is_even", "n", "Whether a number is even.", "return n % 2 == 0", ["candidate(0) == True"]),
    ], types)


def deepscaler():
    text("deepscaler/deepscaler.json", json.dumps([
        {"problem": "The sum of two numbers is 10 and their product 21. What is the larger?", "answer": "7",
         "solution": "They are 3 and 7."},
        {"problem": "Let $f(x) = x^2 - 1$. Find $f(3)$.", "answer": "8", "solution": ""},
        {"problem": "What fraction of a day are 90 minutes?", "answer": "\\frac{1}{16}", "solution": "$\\frac{90}{1440}$"},
    ], indent=2) + "\n")


def big_math():
    types = {"problem": TEXT, "answer": TEXT, "source": TEXT, "domain": TEXTS, "llama8b_solve_rate": pa.float64()}
    row = lambda *values: dict(zip(types, values))
    parquet("big_math/data/train-00000-of-00001.parquet", [
        row("Find the sum of the digits of $2^{10}$.", "7", "orca_math", ["Mathematics -> Number Theory"], 0.75),
        row("Evaluate $\\int_0^1 2x\\,dx$.", "1", "math", ["Mathematics -> Calculus"], 0.2),
        row("How many edges has a cube?", "12", "gsm8k", ["Mathematics -> Geometry", "Mathematics -> Other"], None),
    ], types)


def odd():
    """Types, null values and row groups that data sets have."""
    types = {
        "problem": TEXT, "answer": WHOLE, "large": WHOLE, "unsigned": pa.uint64(), "small": pa.int8(),
        "rate": pa.float32(), "day": pa.date32(), "time": pa.timestamp("us"), "nested": pa.list_(TEXTS),
        "parts": pa.struct([("deep", pa.struct([("name", TEXT), ("counts", pa.list_(WHOLE))]))]),
        "named": pa.map_(TEXT, WHOLE), "same": pa.dictionary(pa.int32(), TEXT), "none": pa.null(),
        "image": pa.binary(),
    }
    time = datetime.datetime(2024, 2, 29, 12, 30)
    rows = [{
        "problem": f"Nº {i} – что? 数学", "answer": i, "large": 2**53 + i, "unsigned": 2**64 - 1 - i, "small": -i,
        "rate": [0.5, float("nan"), float("inf"), None][i % 4], "day": time.date(), "time": time,
        "nested": [["a", None], []], "parts": {"deep": {"name": f"n{i}", "counts": [i, 2**60]}} if i % 2 == 0 else None,
        "named": [("x", i)], "same": "one" if i < 3 else "two", "none": None, "image": b"\xff\x00" * 50,
    } for i in range(7)]
    parquet("odd.parquet", rows, types, row_group_size=3, compression="gzip")
    for compression in ["none", "snappy", "zstd", "brotli", "lz4"]:
        few = {"problem": TEXT, "answer": WHOLE}
        parquet(f"compressed/{compression}.parquet", [{"problem": compression, "answer": 1}], few,
                compression=compression)
    parquet("empty.parquet", [], {"problem": TEXT, "answer": TEXT})


def numbers():
    """Decimals of every physical type, single precision, and bytes that are no text."""
    types = {
        "long": pa.decimal128(30, 2), "short": pa.decimal128(9, 3), "middle": pa.decimal128(18, 0),
        "many": pa.list_(pa.decimal128(30, 2)), "single": pa.float32(), "singles": pa.list_(pa.float32()),
        "mixed": pa.struct([("price", pa.decimal128(9, 2)), ("name", TEXT)]), "bytes": pa.binary(),
    }
    rows = [
        {"long": "12345678901234567890.12", "short": "0.100", "middle": "900719925474099312",
         "many": ["-0.05", None], "single": 123456.7, "singles": [0.1, 16777216.0, None],
         "mixed": {"price": "1.50", "name": "a"}, "bytes": "é".encode()},
        {"long": "-12345678901234567890.10", "short": "-7.000", "middle": None, "many": [], "single": None,
         "singles": None, "mixed": None, "bytes": b"\xff\x00"},
    ]
    decimal_of = lambda value: None if value is None else decimal.Decimal(value)
    for row in rows:
        for name in ["long", "short", "middle"]:
            row[name] = decimal_of(row[name])
        row["many"] = [decimal_of(value) for value in row["many"]]
        if row["mixed"]:
            row["mixed"]["price"] = decimal_of(row["mixed"]["price"])
    parquet("numbers.parquet", rows, types, store_decimal_as_integer=True)


if __name__ == "__main__":
    for make in [math, math_500, harp, olympiad_bench, gsm8k, dapo_17k, mbpp, humaneval, deepscaler, big_math, odd,
                 numbers]:
        make()

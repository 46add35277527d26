"""Ids that Hugging Face's tokenizers (0.23.3) gives texts on which JavaScript and Unicode differ, for parts of a tokenizer.json.

Run: python tools/golden/tokenizer_parts.py > tests/golden/tokenizer_parts.json
"""

import json
import sys

from tokenizers import Regex, Tokenizer, models, normalizers as N, pre_tokenizers as P, trainers

TEXTS = [
    "caf\u00e9 na\u00efve Stra\u00dfe \u00bd \u00b2 10\u00b3", "\u00dcn\u00efc\u00f6d\u00e9 e\u0301 combining",
    "a\ufeffb \ufeff c", "a\x85b x\x85", "\ufeffx", "\u0391\u03a3 \u039f\u0394\u039f\u03a3 \u03a3",
    "emoji \U0001f468\u200d\U0001f469 \U0001f600\u093c", "\U00020000\U00020001 x \u65e5\u672c", "\x1ca\x1cb\u2028c",
    "\u0663\u0664 \u2177 \u2461 12", "_a_ \u203fx, it's (so)!!", "  lead  and trail \n\n", "pay $1 a.b $& \u201cq\u201d", "\u0130\u01c5",
]
BYTES = P.ByteLevel(add_prefix_space=False, use_regex=False)
PRETOKENIZERS = {
    "ByteLevel": P.ByteLevel(add_prefix_space=False),
    "ByteLevel with a prefix": P.ByteLevel(add_prefix_space=True),
    "Whitespace": P.Whitespace(),
    "WhitespaceSplit": P.WhitespaceSplit(),
    "BertPreTokenizer": P.BertPreTokenizer(),
    "Punctuation, isolated": P.Punctuation("isolated"),
    "Punctuation, contiguous": P.Punctuation("contiguous"),
    "Digits": P.Digits(),
    "Digits, individual": P.Digits(individual_digits=True),
    "Metaspace that splits": P.Metaspace(),
    "Metaspace that splits, first": P.Metaspace(prepend_scheme="first"),
    "Metaspace that splits, never": P.Metaspace(prepend_scheme="never"),
    "WhitespaceSplit, then a prefix": P.Sequence([P.WhitespaceSplit(), P.ByteLevel(add_prefix_space=True)]),
}
NORMALIZERS = {
    "Lowercase": N.Lowercase(),
    "Strip": N.Strip(),
    "Strip, left": N.Strip(left=True, right=False),
    "Strip, right": N.Strip(left=False, right=True),
    "Replace": N.Replace("$", "[$&$1]"),
    "Replace by expression": N.Replace(Regex("[\u201c\u201d]"), "$$"),
    "BertNormalizer": N.BertNormalizer(),
    "BertNormalizer, cased": N.BertNormalizer(lowercase=False),
    "BertNormalizer, with accents": N.BertNormalizer(strip_accents=False),
    "BertNormalizer of nothing but accents": N.BertNormalizer(
        clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False
    ),
}

base = Tokenizer(models.BPE())
base.pre_tokenizer = BYTES
alphabet = sorted(P.ByteLevel.alphabet())
# Merges across every border, so that ids tell where a text is split.
base.train_from_iterator(TEXTS * 3, trainers.BpeTrainer(vocab_size=520, initial_alphabet=alphabet, show_progress=False))


def ids(tokenizer):
    return [tokenizer.encode(text).ids for text in TEXTS]


cases = []
for name, part in PRETOKENIZERS.items():
    with_bytes = part if "ByteLevel" in str(part) else P.Sequence([part, BYTES])
    base.normalizer, base.pre_tokenizer = N.Sequence([]), with_bytes
    cases.append({"name": name, "pre_tokenizer": json.loads(base.to_str())["pre_tokenizer"], "ids": ids(base)})
for name, part in NORMALIZERS.items():
    base.normalizer, base.pre_tokenizer = part, BYTES
    definition = json.loads(base.to_str())
    cases.append({"name": name, "normalizer": definition["normalizer"], "ids": ids(base)})
json.dump(
    {"texts": TEXTS, "model": json.loads(base.to_str())["model"], "bytes": json.loads(base.to_str())["pre_tokenizer"], "cases": cases},
    sys.stdout,
    separators=(",", ":"),
)

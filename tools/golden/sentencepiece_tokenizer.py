"""Golden data for GGUF's `llama` tokenizers, from SentencePiece itself.

    peers/bin/pip install sentencepiece==0.2.3
    peers/bin/python tools/golden/sentencepiece_tokenizer.py tests/golden/gguf README.md ARCHITECTURE.md

Trains a vocabulary on these files with Llama 2's settings, and writes sentencepiece.json: the vocabulary as llama.cpp's
convert_hf_to_gguf.py names it, and texts with the ids that SentencePiece gives and the text it makes of these again.
"""

import io
import json
import os
import sys

import sentencepiece
from smollm2 import texts

NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6


def kind(model, token):
    if model.is_unknown(token):
        return UNKNOWN
    if model.is_control(token):
        return CONTROL
    return BYTE if model.is_byte(token) else NORMAL


def main(target, *files):
    lines = [line for file in files for line in open(file, encoding="utf-8") if line.strip()]
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines + texts()[:30]), model_writer=made, model_type="bpe", vocab_size=1000,
        normalization_rule_name="identity", remove_extra_whitespaces=False, allow_whitespace_only_pieces=True,
        split_digits=True, byte_fallback=True, character_coverage=0.995, minloglevel=2)
    model = sentencepiece.SentencePieceProcessor(model_proto=made.getvalue())
    ids = range(model.get_piece_size())
    metadata = {
        "tokens": [model.id_to_piece(i) for i in ids],
        "scores": [model.get_score(i) for i in ids],
        "token_type": [kind(model, i) for i in ids],
        "bos_token_id": model.bos_id(),
        "eos_token_id": model.eos_id(),
        "unknown_token_id": model.unk_id(),
    }
    cases = [{"text": text, "ids": model.encode(text), "decoded": model.decode(model.encode(text))} for text in texts()]
    with open(os.path.join(target, "sentencepiece.json"), "w") as file:
        json.dump({"sentencepiece": sentencepiece.__version__, "metadata": metadata, "cases": cases}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])

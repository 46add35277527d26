"""The tokenizer of examples/models/mathtext: byte-level BPE with a chat template, as Llama 3's is laid out.

Run: deno run -A tools/mathtext/make.ts texts > texts.jsonl
     python tools/golden/mathtext_tokenizer.py texts.jsonl examples/models/mathtext
(tokenizers 0.23.3)
"""

import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers as P, trainers

SPECIAL = ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"]
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n{{ message['content'] | trim }}<|eot_id|>"
    "{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
VOCABULARY = 896

texts, directory = Path(sys.argv[1]), Path(sys.argv[2])
messages = [
    message["content"]
    for line in texts.read_text().splitlines()
    for part in json.loads(line).values()
    for message in part
]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = P.Sequence(
    [P.Digits(individual_digits=True), P.ByteLevel(add_prefix_space=False)]
)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=VOCABULARY,
    initial_alphabet=sorted(P.ByteLevel.alphabet()),
    special_tokens=[AddedToken(token, special=True, normalized=False) for token in SPECIAL],
    show_progress=False,
)
tokenizer.train_from_iterator(messages, trainer)
directory.mkdir(parents=True, exist_ok=True)
(directory / "tokenizer.json").write_text(tokenizer.to_str(pretty=False) + "\n")
(directory / "tokenizer_config.json").write_text(json.dumps(
    {"bos_token": SPECIAL[0], "eos_token": SPECIAL[1], "chat_template": TEMPLATE}, indent=1
) + "\n")
print(tokenizer.get_vocab_size(), "tokens", file=sys.stderr)

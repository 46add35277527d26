#!/bin/sh
# Makes the peers' Python: bench/peers/setup.sh [DIRECTORY]; then SOAR_PEER_PYTHON=DIRECTORY/bin/python.
set -e
directory=${1:-.soar/peers}
python3 -m venv "$directory"
"$directory/bin/pip" install --quiet -r "$(dirname "$0")/requirements.txt"
"$directory/bin/python" -c "import torch, transformers, trl, peft
print(*(f'{m.__name__} {m.__version__}' for m in (torch, transformers, trl, peft)), sep=', ')"

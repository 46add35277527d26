"""Opens tables of rows with datasets and prints rows and columns of each as JSON. Of tests/slow/tables_test.ts."""

import json
import sys

import datasets

datasets.disable_progress_bars()
cache, *files = sys.argv[1:]
opened = [
    datasets.load_dataset("json", data_files=file, split="train", cache_dir=cache) for file in files
]
print(json.dumps([[table.num_rows, table.column_names] for table in opened]))

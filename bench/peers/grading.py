"""Math-Verify on the completions that bench/grading.ts gives."""
import importlib.metadata
import json
import logging
import sys
import time

from math_verify import parse, verify

logging.disable(logging.CRITICAL)
cases = json.load(sys.stdin)
best = 0.0
for _ in range(2):
    started = time.perf_counter()
    for case in cases:
        try:
            verify(parse(f"${case['gold']}$"), parse(case["completion"]))
        except Exception:
            pass
    best = max(best, len(cases) / (time.perf_counter() - started))
print(json.dumps({"version": importlib.metadata.version("math-verify"), "best": best}))

"""Advantages as TRL's RLOOTrainer computes them (normalize_advantages, unscorable rows as NaN), in float64.

Run: python tools/golden/advantages.py > tests/golden/advantages.json
The lines marked TRL are those of trl/trainer/rloo_trainer.py, _generate_and_score_completions.
"""
import json

import torch
from trl.trainer.utils import nanstd

NAN = float("nan")
CASES = [
    [4, [1, 0, 0, 1, NAN, 0, 1, 0]],
    [4, [1, 0, 0, NAN, NAN, NAN, NAN, 1, 0, 0, 0, 0]],
    [2, [1, NAN, NAN, NAN, 3, 2.5]],
    [3, [120, 10, 20, 0, 0, NAN, 20, 20, 120]],
]


def advantages(rewards, group, normalize):
    rewards = torch.tensor(rewards, dtype=torch.float64)
    grouped = rewards.view(-1, group)
    counts = (~torch.isnan(grouped)).sum(dim=1, keepdim=True)  # TRL
    total = torch.nansum(grouped, dim=1, keepdim=True)  # TRL
    baselines = ((total - grouped) / (counts - 1)).view(-1)  # TRL
    values = rewards - baselines  # TRL
    # A group of one has 0/0, or x/0 where rounding left something: TRL's comment says that both are zeroed.
    values[~torch.isfinite(values)] = NAN
    if normalize:
        values = (values - torch.nanmean(values)) / (nanstd(values) + 1e-4)  # TRL
    return torch.nan_to_num(values, nan=0.0).tolist()  # TRL


print(json.dumps([
    {
        "group": group,
        "rewards": [None if r != r else r for r in rewards],
        "rloo": advantages(rewards, group, False),
        "rloo_normalized": advantages(rewards, group, True),
    }
    for group, rewards in CASES
], indent=1))

"""Losses and their gradients as TRL's trainers compute them, in float64: `_compute_loss` itself is run, on given
log-probabilities.

Run: python tools/golden/losses.py > tests/golden/losses.json
"""
import json
from collections import defaultdict
from types import SimpleNamespace

import torch
from trl import GRPOTrainer, RLOOTrainer

torch.manual_seed(7)
LENGTHS = [5, 3, 1, 4, 2, 5]
ROWS, WIDTH, LIMIT = len(LENGTHS), max(LENGTHS), 8
MASK = torch.tensor([[1.0] * n + [0.0] * (WIDTH - n) for n in LENGTHS], dtype=torch.float64)
OLD = -torch.rand(ROWS, WIDTH, dtype=torch.float64) * 3
LOGPS = OLD + torch.randn(ROWS, WIDTH, dtype=torch.float64) * 0.2
REF = OLD + torch.randn(ROWS, WIDTH, dtype=torch.float64) * 0.3
ADVANTAGES = torch.tensor([1.2, -0.7, 0.4, -1.1, 0.9, -0.2], dtype=torch.float64)


class Accelerator(SimpleNamespace):
    num_processes = 1
    sync_gradients = False

    def gather(self, x):
        return x

    def reduce(self, x, reduction):
        return x


def trainer(logps, **settings):
    return SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *_, **__: (logps, torch.zeros_like(logps), None),
        aux_loss_enabled=False,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        use_vllm=False,
        args=SimpleNamespace(use_bias_correction_kl=False, delta=None, steps_per_generation=1),
        model=SimpleNamespace(training=True),
        accelerator=Accelerator(),
        current_gradient_accumulation_steps=1,
        max_completion_length=LIMIT,
        _entropy_bonus_enabled=False,
        _metrics={"train": defaultdict(list)},
        **settings,
    )


def case(loss, settings, masked=()):
    """`masked` rows were cut off: TRL zeroes their completion mask (mask_truncated_completions)."""
    logps = LOGPS.clone().requires_grad_()
    mask = MASK.clone()
    for row in masked:
        mask[row] = 0
    inputs = {
        "prompt_ids": torch.zeros(ROWS, 1, dtype=torch.long),
        "prompt_mask": torch.ones(ROWS, 1),
        "completion_ids": torch.zeros(ROWS, WIDTH, dtype=torch.long),
        "completion_mask": mask,
        "advantages": ADVANTAGES,
        "num_items_in_batch": mask.sum(),
    }
    epsilon = settings.get("epsilon", 0.2)
    clip = {"epsilon_low": epsilon, "epsilon_high": settings.get("epsilon_high", epsilon)}
    if loss == "rloo":
        inputs["old_logps"] = (OLD * mask).sum(1)
        value = RLOOTrainer._compute_loss(trainer(logps, **clip), None, inputs)
    else:
        inputs |= {"old_per_token_logps": OLD, "ref_per_token_logps": REF}
        level = "sequence" if loss == "gspo" else settings.get("importance_sampling_level", "token")
        fake = trainer(
            logps,
            loss_type="grpo" if loss == "gspo" else loss,
            importance_sampling_level=level,
            beta=settings.get("beta", 0.0),
            **clip,
        )
        value = GRPOTrainer._compute_loss(fake, None, inputs)
    value.backward()
    return {
        "loss": loss,
        "settings": settings,
        "masked": list(masked),
        "value": value.item(),
        "gradient": logps.grad.tolist(),
    }


def cases():
    high = {"epsilon": 0.1, "epsilon_high": 0.28}
    yield case("rloo", {"epsilon": 0.2})
    yield case("rloo", high, masked=[3])
    for loss in ["grpo", "dapo", "dr_grpo"]:
        yield case(loss, {"epsilon": 0.2})
        yield case(loss, {**high, "beta": 0.04}, masked=[0, 3])
        yield case(loss, {**high, "importance_sampling_level": "sequence"})
        yield case(loss, {**high, "importance_sampling_level": "sequence", "beta": 0.1}, masked=[5])
    yield case("gspo", {"epsilon": 3e-4, "epsilon_high": 4e-4})
    yield case("gspo", {**high, "beta": 0.04}, masked=[1])


print(json.dumps({
    "lengths": LENGTHS,
    "max_completion_length": LIMIT,
    "logps": LOGPS.tolist(),
    "old_logps": OLD.tolist(),
    "ref_logps": REF.tolist(),
    "advantages": ADVANTAGES.tolist(),
    "cases": list(cases()),
}))

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from jokebox.train.adamw import AdamW


def weights() -> list[Tensor]:
    torch.manual_seed(1)
    shapes = ((7, 5), (5,), (5, 3), (3,))
    return [torch.nn.Parameter(torch.randn(shape)) for shape in shapes]


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_its_steps_are_those_of_torch_to_the_bit(decay: float) -> None:
    ours, theirs = weights(), weights()
    groups = [
        {"params": [w for w in theirs if w.dim() > 1], "weight_decay": decay},
        {"params": [w for w in theirs if w.dim() == 1], "weight_decay": 0.0},
    ]
    reference = torch.optim.AdamW(groups, lr=0.01, fused=True)
    optimizer = AdamW(ours, 0.01, decay)
    for seed in range(5):
        torch.manual_seed(seed)
        for mine, other in zip(ours, theirs, strict=True):
            mine.grad = torch.randn_like(mine)
            other.grad = mine.grad.clone()
        optimizer.rate = reference.param_groups[0]["lr"] = 0.01 / (1 + seed)
        reference.param_groups[1]["lr"] = optimizer.rate
        optimizer.step()
        reference.step()
    assert all(torch.equal(mine, other) for mine, other in zip(ours, theirs, strict=True))


def test_a_weight_without_a_gradient_stays() -> None:
    ours, before = weights(), weights()
    optimizer = AdamW(ours, 0.01, 0.3)
    ours[2].grad = torch.ones(5, 3)
    optimizer.step()
    assert [torch.equal(a, b) for a, b in zip(ours, before, strict=True)] == [
        True,
        True,
        False,
        True,
    ]
    optimizer.forget_gradients()
    assert ours[2].grad is None

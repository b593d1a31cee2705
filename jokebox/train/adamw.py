"""AdamW: Adam with a weight decay of its own (Loshchilov and Hutter 2019).

torch.optim.AdamW takes the same steps, to the bit. But its first use imports torch._dynamo, which
compiles networks: a second, and 70 MB that stay, for nothing that is used here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

BETA1, BETA2 = 0.9, 0.999  # how much of the moments stays at a step
EPSILON = 1e-8


@dataclass(frozen=True)
class Moments:
    """What AdamW remembers of a weight of any shape S."""

    step: Tensor  # (), how many were taken
    exp_avg: Tensor  # S, the mean of its gradients
    exp_avg_sq: Tensor  # S, the mean of their squares


class AdamW:
    """Takes steps with `weights`; biases do not decay. With a decay of 0 it is Adam.

    `weights` are kept in their order, but for biases, which come last; `moments` are theirs.
    """

    def __init__(self, weights: Iterable[Tensor], rate: float, decay: float) -> None:
        self.weights = sorted(weights, key=lambda weight: weight.dim() == 1)
        self.rate, self._decay = rate, decay
        self.start_over()

    def start_over(self) -> None:
        """Forget all gradients that it has seen."""
        self.moments = [
            Moments(
                torch.zeros((), device=weight.device),
                torch.zeros_like(weight, requires_grad=False),
                torch.zeros_like(weight, requires_grad=False),
            )
            for weight in self.weights
        ]

    def forget_gradients(self) -> None:
        """Make the next backward pass write gradients instead of adding to them."""
        for weight in self.weights:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move each weight that has a gradient against it, in one kernel for all of a kind."""
        biases = sum(weight.dim() == 1 for weight in self.weights)
        first = len(self.weights) - biases
        self._move(slice(0, first), self._decay)
        self._move(slice(first, None), 0.0)

    def _move(self, part: slice, decay: float) -> None:
        pairs = zip(self.weights[part], self.moments[part], strict=True)
        moving = [(weight, moments) for weight, moments in pairs if weight.grad is not None]
        if not moving:
            return
        steps = [moments.step for _, moments in moving]
        torch._foreach_add_(steps, 1)
        torch._fused_adamw_(
            [weight for weight, _ in moving],
            [weight.grad for weight, _ in moving if weight.grad is not None],
            [moments.exp_avg for _, moments in moving],
            [moments.exp_avg_sq for _, moments in moving],
            [],
            steps,
            lr=self.rate,
            beta1=BETA1,
            beta2=BETA2,
            weight_decay=decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )

"""One optimizer step, and the state that its rows carry to the next: the network while it learns.

A batch has B rows and T columns; R of the rows are this rank's own. L layers, H units, V tokens.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from copy import copy, deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from jokebox.errors import ModelError
from jokebox.lm.checkpoint import LARGEST_WEIGHT
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.scoring import EncodedJokes
from jokebox.train.adamw import AdamW
from jokebox.train.batches import Batch
from jokebox.train.network import Carried, Network, costs, pick_precision
from jokebox.train.ranks import Ranks

CLIP = 1.0  # norm of the gradient
RESET = 0.1  # of the rows start from zero at each batch, as a fresh talk does


class Learner:
    """Train one rank's share: the network, its optimizer, and the carried state of its rows."""

    def __init__(
        self,
        ranks: Ranks,
        model: ModelConfig,
        training: TrainingConfig,
        counts: NDArray[np.float64],  # (V,), how often each token occurs
    ) -> None:
        self.ranks, self.device = ranks, ranks.device
        self.model, self.training = model, training
        self.precision = pick_precision(self.device)
        self.carried: Carried | None = None
        torch.manual_seed(training.seed + ranks.rank)  # each rank draws dropout of its own
        network = Network(len(counts), model, training)
        if model.tied:
            network.set_output_bias(torch.tensor(counts))
        self._use(network.to(self.device))

    def _use(self, network: Network) -> None:
        self.network = network
        self.shared = self.ranks.share(network)
        training = self.training
        self.optimizer = AdamW(network.parameters(), training.learning_rate, training.weight_decay)

    def copy(self) -> Learner:
        """Return a learner that starts with the same weights, to be thrown away."""
        other = copy(self)
        other.carried = None
        other._use(deepcopy(self.network))
        return other

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(weight.numel() for weight in self.network.parameters())

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return self.optimizer.rate

    def set_dropout(self, training: TrainingConfig) -> None:
        """Switch off as much of the network as `training` says."""
        self.training = training
        self.network.set_dropout(training)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return a copy of the weights as they are now."""
        return {
            name: weight.detach().float().cpu().numpy().copy()
            for name, weight in self.network.named_parameters()
        }

    def load_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Replace the weights; the optimizer's state stays."""
        tensors = {name: torch.from_numpy(np.array(weight)) for name, weight in weights.items()}
        if self.model.tied:
            tensors["output.weight"] = tensors["embedding.weight"]
        self.network.load_state_dict(tensors)

    def start_over(self, weights: Mapping[str, NDArray[np.float32]], seed: int) -> None:
        """Learn from these weights on, with other random numbers; all else is forgotten."""
        self.load_weights(weights)
        self.optimizer.start_over()
        self.carried = None
        torch.manual_seed(seed + self.ranks.rank)

    def is_sound(self) -> bool:
        """Return whether the weights are numbers that a model file may have."""
        # a NaN is not within the bounds either
        return all(
            bool((weight.detach().abs() <= LARGEST_WEIGHT).all())
            for weight in self.network.parameters()
        )

    # A step ---------------------------------------------------------------------------------------

    def learn(self, batch: Batch, rate: float) -> Tensor:
        """Take one step of truncated backpropagation through time; return the loss.

        It is the mean over the batch, in nats a token, still on the device.
        """
        self.network.train()
        rows = self.ranks.rows(len(batch.inputs))
        ids = self._tensor(batch.inputs[rows])  # (R, T)
        self.optimizer.rate = rate
        with self._autocast():
            prediction, state = self.shared(ids, self._state_before(batch))
        loss = costs(prediction, self._tensor(batch.targets[rows])).mean()  # over (R, T)
        # gradients are averaged over ranks, so a rank with more rows has to count for more
        loss = loss * (len(ids) * self.ranks.size / len(batch.inputs))
        self.optimizer.forget_gradients()
        loss.backward()  # type: ignore[no-untyped-call]
        if self.training.walk == "rows":
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        # detached: the next step does not reach back over the edge of this batch
        h, c, keys, seen = (x.detach() for x in state)
        self.carried = Carried(h.float(), c.float(), keys.float(), seen)
        return self.ranks.mean(loss.detach())

    def _state_before(self, batch: Batch) -> Carried:
        """Return the state that the rows start from, some of them from zero (Melis et al. 2017)."""
        total = len(batch.inputs)
        rows = self.ranks.rows(total)
        if self.carried is None or batch.fresh:
            return self.network.zero_state(rows.stop - rows.start)
        if self.training.walk == "windows":
            return self.carried
        keep = torch.rand(1, total, 1) >= RESET  # (1, B, 1)
        keep = self.ranks.broadcast(keep)[:, rows].to(self.device)  # (1, R, 1)
        h, c, keys, seen = self.carried
        return Carried(h * keep, c * keep, keys, seen.masked_fill(~keep[:, :, 0], -1))

    @torch.no_grad()
    def bits(
        self, jokes: EncodedJokes, temperatures: Sequence[float] = (1.0,)
    ) -> Generator[float, None, list[float]]:
        """Return the bits of all targets at each temperature, and yield the share that is scored.

        It takes a while: the caller may stop between any two shares.
        """
        self.network.eval()
        nats = [0.0] * len(temperatures)
        scored = 0
        for inputs, targets in jokes.batches():  # (B, T), padded with -1
            yield scored / len(jokes.inputs)
            scored += len(inputs)
            with self._autocast():
                prediction, _ = self.network(
                    self._tensor(inputs.clip(0)), self.network.zero_state(len(inputs))
                )
            logits, wanted = prediction.logits.float(), self._tensor(targets)  # (B, T, V), (B, T)
            for i, temperature in enumerate(temperatures):
                tempered = prediction._replace(logits=logits / temperature)
                nats[i] += float(costs(tempered, wanted).sum())
        return [n / math.log(2) for n in nats]

    def _tensor(self, ids: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(ids)).to(self.device)

    def _autocast(self) -> torch.autocast:
        bfloat16 = self.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=bfloat16)

    # Stopping and resuming ------------------------------------------------------------------------

    def gather(self) -> list[tuple[Tensor, ...]]:
        """Return, on rank 0, what each rank alone knows: its random numbers and carried state."""
        return self.ranks.gather((torch.get_rng_state(), *(x.cpu() for x in self.carried or ())))

    def save_state(self) -> dict[str, Tensor]:
        """Return all that learning continues from, by name; on rank 0, while the others `gather`.

        network.*      the weights
        optimizer.I.*  AdamW's moments and step of the I-th weight
        rng            each rank's random numbers: (ranks, bytes)
        h, c           the carried state of all rows: (L, B, H)
        keys, ids      the pointer's memory of all rows: (M, B, K) and (M, B)
        """
        tensors = {f"network.{name}": p.detach() for name, p in self.network.named_parameters()}
        for i, moments in enumerate(self.optimizer.moments):
            tensors |= {f"optimizer.{i}.{name}": value for name, value in vars(moments).items()}
        rng, *carried = zip(*self.gather(), strict=True)
        tensors["rng"] = torch.stack(rng)
        names = Carried._fields if carried else ()
        return tensors | {n: torch.cat(x, dim=1) for n, x in zip(names, carried, strict=True)}

    def load_state(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `save_state` returned, here or elsewhere.

        With more ranks than before, a new one keeps its own random numbers.
        """
        self.load_weights(
            {n.removeprefix("network."): a for n, a in arrays.items() if n.startswith("network.")}
        )
        tensors = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        for i, moments in enumerate(self.optimizer.moments):
            for name, value in vars(moments).items():
                saved = tensors.get(f"optimizer.{i}.{name}")  # none before the first step
                if saved is not None:
                    value.copy_(saved.reshape(value.shape))
        if self.ranks.rank < len(tensors["rng"]):
            _set_random_state(tensors["rng"][self.ranks.rank].clone())  # it takes no views
        if "h" in tensors:
            rows = self.ranks.rows(tensors["h"].shape[1])
            h, c = (tensors[name][:, rows].contiguous().to(self.device) for name in "hc")
            keys, ids = self.network.zero_state(rows.stop - rows.start)[2:]
            if "keys" in tensors:  # not in a run of jokebox 0.1.0
                keys, ids = (tensors[n][:, rows].to(self.device) for n in ("keys", "ids"))
            self.carried = Carried(h, c, keys, ids)


def _set_random_state(state: Tensor) -> None:
    """Continue with these random numbers; only PyTorch knows if they can be any."""
    try:
        torch.set_rng_state(state)
    except RuntimeError as error:
        raise ModelError(
            "a stopped run is damaged",
            f"its random numbers cannot be used: {str(error).splitlines()[0]}",
            "Train without resuming to start a new run.",
        ) from None

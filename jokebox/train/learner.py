"""What learns, a step at a time: the network, its optimizer, and the state that its rows carry."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from copy import copy, deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.scoring import Reading
from jokebox.train.batches import Batch
from jokebox.train.network import Carried, Network, make_optimizer, pick_precision
from jokebox.train.ranks import World

CLIP = 1.0  # norm of the gradient
RESET = 0.1  # of the rows start from zero at each batch, as a fresh chat does


class Learner:
    """One rank's share of the learning.

    L layers, H units, V words; a batch of B rows and T columns, R of the rows this rank's own.
    """

    def __init__(
        self,
        ranks: World,
        model: ModelConfig,
        training: TrainingConfig,
        counts: NDArray[np.float64],  # (V,), how often each word occurs
    ) -> None:
        self.ranks, self.device = ranks, ranks.device
        self.model, self.training = model, training
        self.precision = pick_precision(self.device)
        self.state: Carried | None = None
        torch.manual_seed(training.seed + ranks.rank)  # each rank drops out units of its own
        network = Network(len(counts), model, training)
        if model.tied:
            network.start_output_at(torch.tensor(counts))
        self._take(network.to(self.device))

    def _take(self, network: Network) -> None:
        self.network = network
        self.shared = self.ranks.share(network)
        self.optimizer = make_optimizer(network, self.training)

    def copy(self) -> Learner:
        """Another one that starts with the same weights, to be thrown away."""
        other = copy(self)
        other.state = None
        other._take(deepcopy(self.network))
        return other

    @property
    def parameters(self) -> int:
        return sum(weight.numel() for weight in self.network.parameters())

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def forget_as(self, training: TrainingConfig) -> None:
        """Drop out as much as `training` says."""
        self.training = training
        self.network.set_dropout(training)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """A copy of the weights as they are now."""
        return {
            name: weight.detach().float().cpu().numpy().copy()
            for name, weight in self.network.named_parameters()
        }

    def load_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        tensors = {name: torch.from_numpy(np.array(weight)) for name, weight in weights.items()}
        if self.model.tied:
            tensors["output.weight"] = tensors["embedding.weight"]
        self.network.load_state_dict(tensors)

    # Steps ----------------------------------------------------------------------------------------

    def learn(self, batch: Batch, rate: float) -> Tensor:
        """One step of truncated backpropagation through time; the mean loss, in nats a token."""
        self.network.train()
        rows = self.ranks.rows(len(batch.inputs))
        ids = self._tensor(batch.inputs[rows])  # (R, T)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with self._autocast():
            logits, state = self.shared(ids, self._carried(batch))  # (R, T, V)
        loss = functional.cross_entropy(
            logits.flatten(0, 1).float(), self._tensor(batch.targets[rows]).flatten()
        )
        # gradients are averaged over ranks: one with more rows counts for more
        loss = loss * (len(ids) * self.ranks.size / len(batch.inputs))
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if self.training.walk == "rows":
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        self.state = (state[0].detach().float(), state[1].detach().float())
        return self.ranks.mean(loss.detach())

    def _carried(self, batch: Batch) -> Carried:
        """The state the rows go on from, some of them anew: Melis et al. 2017."""
        total = len(batch.inputs)
        rows = self.ranks.rows(total)
        if self.state is None or batch.fresh:
            return self.network.zero_state(rows.stop - rows.start)
        if self.training.walk == "windows":
            return self.state
        kept = self.ranks.broadcast(torch.rand(1, total, 1) >= RESET)[:, rows].to(self.device)
        return self.state[0] * kept, self.state[1] * kept

    @torch.no_grad()
    def bits(
        self, reading: Reading, stop: threading.Event, temperatures: Sequence[float] = (1.0,)
    ) -> list[float] | None:
        """What all targets cost at each temperature; None where stopped before the end."""
        self.network.eval()
        nats = [0.0] * len(temperatures)
        for inputs, targets in reading.batches():  # (B, T), padded with -1
            if stop.is_set():
                return None
            with self._autocast():
                logits, _ = self.network(
                    self._tensor(inputs.clip(0)), self.network.zero_state(len(inputs))
                )  # (B, T, V)
            scores, wanted = logits.flatten(0, 1).float(), self._tensor(targets).flatten()
            for i, temperature in enumerate(temperatures):
                nats[i] += float(
                    functional.cross_entropy(
                        scores / temperature, wanted, ignore_index=-1, reduction="sum"
                    )
                )
        return [n / math.log(2) for n in nats]

    def _tensor(self, ids: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(ids)).to(self.device)

    def _autocast(self) -> torch.autocast:
        bfloat16 = self.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=bfloat16)

    # Stopping, and going on -----------------------------------------------------------------------

    def gather(self) -> list[tuple[Tensor, ...]]:
        """What only each rank itself knows, on rank 0: its random numbers and carried state."""
        return self.ranks.gather((torch.get_rng_state(), *(x.cpu() for x in self.state or ())))

    def tensors(self) -> dict[str, Tensor]:
        """All that learning goes on from, by name; on rank 0, while the others `gather`."""
        tensors = {f"network.{name}": p.detach() for name, p in self.network.named_parameters()}
        for i, weight in enumerate(self._optimized()):
            for name, value in self.optimizer.state[weight].items():
                tensors[f"optimizer.{i}.{name}"] = value
        rng, *carried = zip(*self.gather(), strict=True)
        tensors["rng"] = torch.stack(rng)  # (ranks, bytes)
        return tensors | {n: torch.cat(rows, dim=1) for n, rows in zip("hc", carried, strict=False)}

    def go_on(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take what `tensors` gave, here or elsewhere; a new rank draws its own numbers."""
        self.load_weights(
            {n.removeprefix("network."): a for n, a in arrays.items() if n.startswith("network.")}
        )
        tensors = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        weights = list(self._optimized())
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, i, key = name.split(".")
                self.optimizer.state[weights[int(i)]][key] = value.to(self.device)
        if self.ranks.rank < len(tensors["rng"]):
            torch.set_rng_state(tensors["rng"][self.ranks.rank].clone())  # it reads no slices
        if "h" in tensors:
            rows = self.ranks.rows(tensors["h"].shape[1])
            h, c = (tensors[name][:, rows].contiguous().to(self.device) for name in "hc")
            self.state = h, c

    def _optimized(self) -> Iterator[Tensor]:
        return (weight for group in self.optimizer.param_groups for weight in group["params"])

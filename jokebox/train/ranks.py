"""The ranks that train one model together, a process each, as torchrun starts them."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from jokebox.errors import JokeboxError
from jokebox.train.network import pick_device

T = TypeVar("T")


class World:
    """The world of a plain run: one rank, so nothing is sent and nobody is waited for.

    Rank 0 leads: it decides and says what is next, and the others `orders()` what they hear.
    """

    rank, size = 0, 1

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        pass

    def __str__(self) -> str:
        return self.device.type

    @cached_property
    def device(self) -> torch.device:
        return pick_device()

    def rows(self, total: int) -> slice:
        """This rank's part of `total` rows."""
        return slice(total * self.rank // self.size, total * (self.rank + 1) // self.size)

    def share(self, network: nn.Module) -> nn.Module:
        """`network` with rank 0's weights, and from now on with the gradient of all ranks."""
        return network

    def broadcast(self, value: T) -> T:
        """Rank 0's `value`, on every rank."""
        return value

    def gather(self, value: T) -> list[T]:
        """Every rank's `value`, on rank 0; nothing on the others."""
        return [value]

    def mean(self, value: Tensor) -> Tensor:
        """The mean of every rank's `value`."""
        return value


class Ranks(World):
    """A world of several. What is said goes through gloo, gradients on GPUs through NCCL.

    Leaving it well, rank 0 ends the others' orders. A rank that fails takes all with it: its end
    breaks the connections that they wait on, and each raises what the first of them met.
    """

    def __init__(self, stop: threading.Event) -> None:
        self.rank, self.size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        self._stop = stop

    def __enter__(self) -> None:
        self._store, *_ = next(rendezvous("env://"))
        self._store.add("met", 1)
        while self._store.add("met", 0) < self.size:
            if self._stop.wait(0.05):
                raise JokeboxError("stopped", f"the {self.size} ranks had not met yet")
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        distributed.init_process_group(
            backend, store=self._store, rank=self.rank, world_size=self.size
        )

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            met = self._store.compare_set("failed", "", f"rank {self.rank} met: {error}")
            raise JokeboxError(
                f"one of {self.size} ranks failed and ended them all",
                met.decode(),
                "What was saved stays; go on from there with --resume.",
            ) from error
        if self.rank == 0:
            self.broadcast(None)
        distributed.barrier()
        # a network that is still shared keeps gloo's threads alive, and one of those that outlives
        # Python aborts the process (pytorch #179291)
        gc.collect()
        distributed.destroy_process_group()

    def __str__(self) -> str:
        return f"{self.size} x {self.device.type}"

    @cached_property
    def device(self) -> torch.device:
        if not torch.cuda.is_available():
            return torch.device("cpu")
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        return torch.device("cuda")

    def orders(self) -> Iterator[Any]:
        """What rank 0 broadcasts, until it has left."""
        return iter(lambda: self.broadcast(None), None)

    def share(self, network: nn.Module) -> nn.Module:
        return DistributedDataParallel(network)

    def broadcast(self, value: T) -> T:
        values = [value]
        distributed.broadcast_object_list(values, src=0)
        return values[0]

    def gather(self, value: T) -> list[T]:
        values: list[Any] | None = [None] * self.size if self.rank == 0 else None
        distributed.gather_object(value, values)
        return values or []

    def mean(self, value: Tensor) -> Tensor:
        mean = value / self.size
        distributed.all_reduce(mean)
        return mean


def world(stop: threading.Event) -> World:
    """The world that torchrun tells this process of; without torchrun it is alone.

    `stop` ends the wait for the other ranks.
    """
    return Ranks(stop) if int(os.environ.get("WORLD_SIZE", "1")) > 1 else World()

"""The processes that train one model together: one alone, or several that torchrun started.

Each is called a rank. Rank 0 leads: it decides, and broadcasts what is next; the others follow.
"""

from __future__ import annotations

import gc
import os
import threading
import time
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
# seconds. The others wait for rank 0, which reads the jokes first; it waits only for them to start
MEETING, READING = 300.0, 1800.0


class Ranks:
    """Train in one process: nothing is sent and nothing is waited for."""

    rank, size = 0, 1

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        pass

    def __str__(self) -> str:
        return self.device.type

    @cached_property
    def device(self) -> torch.device:
        """The device of this rank."""
        return pick_device()

    def rows(self, total: int) -> slice:
        """Return this rank's part of `total` rows."""
        return slice(total * self.rank // self.size, total * (self.rank + 1) // self.size)

    def share(self, network: nn.Module) -> nn.Module:
        """Return `network` with rank 0's weights, and from now on with the mean gradient."""
        return network

    def broadcast(self, value: T) -> T:
        """Return rank 0's `value`, on every rank."""
        return value

    def gather(self, value: T) -> list[T]:
        """Return every rank's `value` on rank 0, and nothing on the others."""
        return [value]

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of every rank's `value`."""
        return value


class TorchrunRanks(Ranks):
    """Train in several processes. Values are sent through gloo, gradients on GPUs through NCCL.

    When rank 0 leaves without an error, the others' orders end. If a rank fails, all fail: its end
    breaks the connections that the others wait on, and each raises the error of the first to fail.
    """

    def __init__(self, stop: threading.Event) -> None:
        self.rank, self.size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        self._stop = stop

    def __enter__(self) -> None:
        self._store, *_ = next(rendezvous("env://"))
        self._meet()
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        distributed.init_process_group(
            backend, store=self._store, rank=self.rank, world_size=self.size
        )

    def _meet(self) -> None:
        """Wait until all ranks are here, but not for one that may have been killed."""
        self._store.add("met", 1)
        deadline = time.monotonic() + (READING if self.rank else MEETING)
        while self._store.add("met", 0) < self.size:
            if self._stop.wait(0.05):
                raise JokeboxError("stopped", f"the {self.size} ranks had not met yet")
            if time.monotonic() > deadline:
                raise JokeboxError(
                    "the ranks did not meet",
                    f"{self._store.add('met', 0)} of {self.size} are here",
                    "One of them may have been killed; start all of them again.",
                )

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            first = self._store.compare_set("failed", "", f"rank {self.rank} met: {error}")
            raise JokeboxError(
                f"one of {self.size} ranks failed and ended them all",
                first.decode(),
                "What was saved is kept; continue from there with --resume.",
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
        """Yield what rank 0 broadcasts, until it leaves."""
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


def find_ranks(stop: threading.Event) -> Ranks:
    """Return the ranks that torchrun announced to this process, or this process alone.

    Setting `stop` ends the wait for the other ranks.
    """
    alone = int(os.environ.get("WORLD_SIZE", "1")) == 1
    return Ranks() if alone else TorchrunRanks(stop)

"""Training in processes of their own: several ranks, and processes that are killed.

They are forked from one that has imported PyTorch already: importing takes longer than training.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
from itertools import count
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import TrainingConfig
from jokebox.lm.events import Ended, Progress, Resumable
from jokebox.model_file import read_model, write_model
from tests import small

PATIENCE = 300  # seconds
SERVER = multiprocessing.get_context("forkserver")
if sys.platform == "linux":  # elsewhere the system's libraries need not survive a fork
    SERVER.set_forkserver_preload(["jokebox.train.loop"])


def train(folder: Path, config: TrainingConfig, **how: Any) -> int:
    """Train in another process, as `train_here` does; return its exit status."""
    return wait(_start(train_here, folder, config, **how))


def train_ranks(
    ranks: int, folder: Path, config: TrainingConfig, ticks: tuple[float, ...] = (), **how: Any
) -> Checkpoint:
    """Return what `ranks` processes make together, as `train_here` does.

    `ticks` are the seconds that pass at each look at the clock, rank by rank.
    """
    processes = start_ranks(ranks, folder, config, ticks, **how)
    assert [wait(process) for process in processes] == [0] * ranks
    return read_model(folder / "model")[0]


def start_ranks(
    ranks: int, folder: Path, config: TrainingConfig, ticks: tuple[float, ...] = (), **how: Any
) -> list[ForkServerProcess]:
    """Start the processes of `train_ranks`."""
    folder.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = {"WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    world["CUDA_VISIBLE_DEVICES"] = ""
    return [
        _start(_rank, folder, config, world | {"RANK": str(rank)}, ticks[rank : rank + 1], how)
        for rank in range(ranks)
    ]


def _start(target: Any, *arguments: object, **how: object) -> ForkServerProcess:
    process = SERVER.Process(target=target, args=arguments, kwargs=how)
    process.start()
    return process


def wait(process: ForkServerProcess) -> int:
    """Return the exit status of a process; a negative number is the signal that ended it."""
    process.join(PATIENCE)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"still running after {PATIENCE} s")
    return process.exitcode


def _rank(
    folder: Path,
    config: TrainingConfig,
    environment: dict[str, str],
    ticks: tuple[float, ...],
    how: dict[str, Any],
) -> None:
    """Be one of several ranks."""
    os.environ.update(environment)
    from jokebox.train import loop

    for tick in ticks:
        patch("jokebox.train.planning.time", clock(tick)).start()
    patch("jokebox.train.learner.pick_precision", lambda device: "float32").start()
    if environment["RANK"] == "0":
        train_here(folder, config, **how)
    else:
        loop.assist()


def train_here(
    folder: Path,
    config: TrainingConfig,
    *,
    stop_at: int | None = None,
    kill_at: int | None = None,
    save_always: bool = False,
    tick: float | None = None,
) -> None:
    """Train until the end, or the step `stop_at`; this process is killed at the step `kill_at`.

    In `folder`, `first` and `resume` are the first and the last save, `model` is the model. A run
    that left a `resume` there is resumed. With `save_always` it saves as often as it can; `tick`
    is how many seconds pass at each look at the clock.
    """
    from jokebox.train.loop import Resume

    if save_always:
        patch("jokebox.train.loop.RESUMABLE_EVERY", 0.0).start()
    if tick is not None:
        patch("jokebox.train.planning.time", clock(tick)).start()
    resume = folder / "resume"
    origin = Resume(*read_model(resume)) if resume.exists() else None
    for event in small.events(small.corpus(), config, stop_at=stop_at, resume=origin):
        if isinstance(event, Resumable):
            write_model(folder / "new", event.checkpoint, event.state)
            if not (folder / "first").exists():
                (folder / "first").write_bytes((folder / "new").read_bytes())
            (folder / "new").replace(resume)
        if isinstance(event, Progress) and event.step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if isinstance(event, Ended):
            assert event.checkpoint is not None
            write_model(folder / "model", event.checkpoint)


def clock(tick: float) -> SimpleNamespace:
    """Return a stand-in for `time`: `tick` seconds pass at each look at it, on every machine."""
    looks = count()
    return SimpleNamespace(monotonic=lambda: tick * next(looks))

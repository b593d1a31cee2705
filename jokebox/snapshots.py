"""The weights of a run as they were at some of its steps, kept beside the model to look back.

models/NAME/snapshots/RUN/STEP.safetensors

A snapshot has the weights alone, in half precision; all else is in the file of the model that the
run became. Nothing depends on snapshots: a run trains, stops and resumes to the same bits without.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np

from jokebox.errors import ModelError
from jokebox.files import replacing, sweep
from jokebox.lm.checkpoint import Checkpoint, weight_shapes
from jokebox.lm.events import Evaluated, Event
from jokebox.model_file import DamagedModelError, checksum
from jokebox.model_schema import WRONG, check_weights
from jokebox.tensor_file import TensorFile, write_tensors

log = logging.getLogger(__name__)
FOLDER = "snapshots"
MOST = 12  # of a run
FORMAT = 1
LARGEST_HALF = 65504.0
REMEDY = "Remove its snapshots in Models (f2), or with: jokebox models remove-snapshots"


@dataclass(frozen=True)
class Snapshot:
    """A snapshot on the disk: the step at which it was taken, and its file."""

    step: int
    path: Path


def list_snapshots(model: Path, created: str) -> tuple[Snapshot, ...]:
    """Return the snapshots in the folder of a model of the run begun at `created`, by step."""
    with suppress(OSError):
        files = [path for path in _run_folder(model, created).iterdir() if path.stem.isdecimal()]
        return tuple(sorted((Snapshot(int(p.stem), p) for p in files), key=lambda s: s.step))
    return ()


def load_snapshot(checkpoint: Checkpoint, snapshot: Snapshot) -> Checkpoint:
    """Return the model of the same run as `checkpoint` as it was when `snapshot` was taken.

    Raises ModelError if the file is damaged, of another run or of a newer format; OSError if it
    cannot be read.
    """
    shapes = weight_shapes(checkpoint.model, checkpoint.tokenizer.size)
    try:
        with TensorFile(snapshot.path) as file:
            if int(file.metadata["format"]) > FORMAT:
                raise ModelError(
                    "this snapshot was made by a newer jokebox", str(snapshot.path), REMEDY
                )
            run, step = file.metadata["run"], int(file.metadata["step"])
            if {name: entry.shape for name, entry in file.entries.items()} != shapes:
                raise ValueError("its weights are not those of this model")
            halves = {name: file.read(name) for name in shapes}
            if file.metadata["sha256"] != checksum(f"{run} {step}", halves):
                raise ValueError("its content does not match its checksum")
        if (run, step) != (checkpoint.created, snapshot.step):
            raise ValueError("it is of another run")
        weights = {name: half.astype(np.float32) for name, half in halves.items()}
        check_weights(weights)
    except WRONG as error:
        raise DamagedModelError(snapshot.path, str(error), REMEDY) from None
    score = dict(checkpoint.history.validation).get(step)
    return replace(
        checkpoint, weights=weights, step=step, validation_bits_per_byte=score, finished=False
    )


def record_snapshots(model: Path, events: Iterable[Event]) -> Iterator[Event]:
    """Pass on the events of a run, and keep at most MOST of its evaluations as snapshots.

    If a snapshot cannot be written, the run continues without: it is not what the run is for.
    """
    for event in events:
        if isinstance(event, Evaluated):
            try:
                take_snapshot(model, event.checkpoint)
            except OSError:
                log.warning("no snapshot of step %d", event.step, exc_info=True)
        yield event


def take_snapshot(model: Path, checkpoint: Checkpoint) -> None:
    """Write the weights of `checkpoint`, and remove a snapshot if there are more than MOST.

    Raises OSError if the file cannot be written.
    """
    folder = _run_folder(model, checkpoint.created)
    for left in folder.glob(".*"):  # by a killed process
        sweep(folder / left.name[1:].rpartition(".")[0])
    halves = {
        name: np.clip(weight, -LARGEST_HALF, LARGEST_HALF).astype(np.float16, order="C")
        for name, weight in checkpoint.weights.items()
    }
    run, step = checkpoint.created, checkpoint.step
    header = {"format": str(FORMAT), "run": run, "step": str(step)}
    header["sha256"] = checksum(f"{run} {step}", halves)
    with replacing(folder / f"{step}.safetensors") as beside, beside.open("wb") as file:
        write_tensors(file, halves, header)
    kept = list_snapshots(model, run)
    while len(kept) > MOST:
        gone = most_crowded([snapshot.step for snapshot in kept])
        kept[gone].path.unlink(missing_ok=True)
        kept = (*kept[:gone], *kept[gone + 1 :])


def most_crowded(steps: Sequence[int]) -> int:
    """Return the index of the step whose neighbours are nearest to each other, never an end.

    Nearness is that of the square roots: a run changes most in its first steps.
    """
    places = [sqrt(step) for step in steps]
    return min(range(1, len(steps) - 1), key=lambda i: places[i + 1] - places[i - 1])


def prune_snapshots(model: Path, runs: Collection[str]) -> None:
    """Remove the snapshots in the folder of a model but for those of these `runs`."""
    kept = {_run_folder(model, created) for created in runs}
    for folder in (model / FOLDER).glob("*"):
        if folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def remove_snapshots(model: Path) -> None:
    """Remove all snapshots in the folder of a model; raises OSError if that is not possible."""
    with suppress(FileNotFoundError):
        shutil.rmtree(model / FOLDER)


def snapshot_files(model: Path) -> list[Path]:
    """Return the files of all snapshots in the folder of a model."""
    return sorted((model / FOLDER).glob("*/*.safetensors"))


def snapshot_bytes(model: Path) -> int:
    """Return how many bytes all snapshots in the folder of a model take."""
    with suppress(OSError):  # one of them has just been thinned out
        return sum(path.stat().st_size for path in snapshot_files(model))
    return 0


def _run_folder(model: Path, created: str) -> Path:
    return model / FOLDER / (re.sub(r"\W+", "-", created)[:40] or "-")

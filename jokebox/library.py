"""The models on disk: one folder a model, with the run that may one day take its place.

models/NAME/model.safetensors     the model that is opened
            previous.safetensors  the model before it
            run.safetensors       the best of a run that is under way or was stopped
            resume.safetensors    all that this run needs to continue
            snapshots/            the weights at some steps of these runs: snapshots.py
            swap.safetensors      the model, for a moment: while it and the one before swap places
            *.damaged-*           what was read and found damaged
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray

from jokebox import files, paths
from jokebox.errors import ModelError
from jokebox.files import exclusive, exists, sweep
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.events import Ended, Evaluated, Event, Preparing, Resumable, Saved
from jokebox.lm.history import History
from jokebox.model_file import DamagedModelError, read_metadata, read_model, write_model
from jokebox.snapshots import (
    list_snapshots,
    load_snapshot,
    prune_snapshots,
    record_snapshots,
    remove_snapshots,
    snapshot_bytes,
    snapshot_files,
)

MODEL, PREVIOUS, RUN, RESUME, SWAP = (
    f"{kind}.safetensors" for kind in ("model", "previous", "run", "resume", "swap")
)
MISSING = {MODEL: "no model", PREVIOUS: "no model before it", RUN: "no stopped run"}
T = TypeVar("T")
_NAME = re.compile(r"\w[\w .+-]{0,79}(?<![. ])")


@dataclass(frozen=True)
class StoredModel:
    """A model as a list shows it, read from the header of its file alone."""

    name: str
    path: Path
    bytes: int
    saved_at: datetime
    parameters: int
    corpora: tuple[str, ...]
    fingerprint: str  # of its jokes: scores over other jokes cannot be compared
    validation_bits_per_byte: float | None
    progress: float  # 0 to 1
    finished: bool
    can_resume: bool
    has_previous: bool
    model: ModelConfig
    training: TrainingConfig
    vocabulary: int
    created: str  # when its run began
    seconds: float  # that its run took
    history: History
    snapshot_bytes: int  # of all runs of this model


@dataclass(frozen=True)
class UnusableModel:
    """A file of a model that cannot be opened, and why, in words that name it."""

    name: str
    problem: str


class Library:
    """The models in `directory`. `notices` are what the user should be told when possible."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or paths.models_dir()
        self.notices: list[str] = []

    # What is there --------------------------------------------------------------------------------

    def models(self) -> list[StoredModel]:
        """Return every model that can be opened, by its header, the newest first."""
        models = [file for file in self._files() if isinstance(file, StoredModel)]
        return sorted(models, key=lambda model: model.saved_at, reverse=True)

    def unusable(self) -> list[UnusableModel]:
        """Return what cannot be opened, by its header; the same model may have a file that can."""
        return [file for file in self._files() if isinstance(file, UnusableModel)]

    def open(self, wanted: str | None, last_used: str | None) -> Checkpoint:
        """Load `wanted`, else `last_used`, else the newest model that can be loaded.

        If that is not the last one used because something is wrong with it, this is added to
        `notices`. Raises ModelError if `wanted` cannot be loaded, or there is none that can.
        """
        if wanted is not None:
            return self.load(wanted)
        names = [model.name for model in self.models()]
        problems = {file.name: file.problem for file in self.unusable() if file.name not in names}
        missed = [problems[last_used]] if last_used in problems else []
        for name in sorted(names, key=lambda name: name != last_used):
            try:
                checkpoint = self.load(name)
            except ModelError as error:
                missed.append(f"{error.title}: {error.message}")
            else:
                self.notices += (f"{problem}; {name} is opened instead" for problem in missed)
                return checkpoint
        missed += problems.values()
        if not missed:
            raise self._missing("originals")
        raise ModelError("no model can be opened", missed[0], "Train it again, or import a copy.")

    def describe(self, name: str, kind: str) -> StoredModel:
        """Return what a list would show of MODEL, PREVIOUS or RUN of a model.

        Raises ModelError if there is none, or it is damaged or cannot be read now.
        """
        try:
            return self._describe(name, self._path(name, kind))
        except FileNotFoundError:
            raise ModelError("there is none", f"{name!r} has {MISSING[kind]}") from None

    def load(self, name: str) -> Checkpoint:
        """Load the model called `name`, or its half-trained run if there is no model yet.

        A damaged file is set aside, which adds to `notices`, and the next best one is used. Raises
        ModelError if there is no such model, none of its files is undamaged, or one cannot be read
        now or is of a newer format.
        """
        return self._find(name)[1]

    def load_run(self, name: str) -> tuple[Checkpoint, dict[str, NDArray[Any]]]:
        """Load the best checkpoint of a stopped run and its live tensors.

        Raises ModelError if there is nothing to resume, or it is damaged or cannot be read now.
        """
        path = self._path(name, RESUME)
        try:
            saved, state = _read(path, read_run)
        except FileNotFoundError:
            raise ModelError(
                "nothing to resume",
                f"{name!r} has no stopped run in {self.directory}",
                "Train without resuming to start a new run.",
            ) from None
        except DamagedModelError as error:
            raise DamagedModelError(self._set_aside(name, path), error.why) from None
        return self._with_best(name, saved), state

    def can_resume(self, name: str) -> bool:
        """Return whether `name` has a stopped or killed run that can continue."""
        return self._path(name, RESUME).exists()

    # A run ----------------------------------------------------------------------------------------

    def record(
        self, name: str, events: Iterable[Event], *, resuming: bool = False
    ) -> Iterator[Event]:
        """Pass `events` on, and save what they carry as the run proceeds.

        The run is kept beside the model until it has finished. Raises ModelError if another process
        is training this model, OSError if nothing can be written.
        """
        with self._changing(name):
            notice = None if resuming else self._make_room(name)
            if notice:
                yield Preparing("Making room", (notice,))
            for event in record_snapshots(self._folder(name), events):
                if isinstance(event, Resumable):
                    self._save(name, RESUME, event.checkpoint, event.state)
                elif isinstance(event, Evaluated) and event.best:
                    saved = self._save_best(name, event.checkpoint, resuming=resuming)
                    yield event
                    yield from saved
                    continue
                elif isinstance(event, Ended) and event.how == "finished" and event.checkpoint:
                    self._save(name, RUN, event.checkpoint)
                    self._promote(name)
                    self._path(name, RESUME).unlink(missing_ok=True)
                    self._prune_snapshots(name)
                    yield Saved(self._path(name, MODEL))
                elif isinstance(event, Ended) and event.checkpoint:
                    yield from self._save_best(name, event.checkpoint, resuming=resuming)
                yield event

    def keep(self, name: str) -> None:
        """Replace the model by the best of its stopped run, which can still be resumed.

        Raises ModelError as `describe` does, or if another process is training this model.
        """
        with self._changing(name):
            self.describe(name, RUN)
            self._promote(name)

    def bring_back(self, name: str) -> None:
        """Let the model and the one before it swap places.

        Raises ModelError as `describe` does, or if another process is training this model.
        """
        with self._changing(name):
            self.describe(name, PREVIOUS)
            model, before, swap = (self._path(name, kind) for kind in (MODEL, PREVIOUS, SWAP))
            if model.exists():
                os.replace(model, swap)
            os.replace(before, model)
            self._end_swap(name)

    # What a run was like at its steps -------------------------------------------------------------

    def snapshot_steps(self, model: Checkpoint | StoredModel) -> tuple[int, ...]:
        """Return the steps of its run at which the weights of a model were kept."""
        kept = list_snapshots(self._folder(model.name), model.created)
        return tuple(snapshot.step for snapshot in kept)

    def load_snapshot(self, checkpoint: Checkpoint, step: int) -> Checkpoint:
        """Load a model as it was at `step` of its run.

        Raises ModelError if there is no snapshot of this step, or it is damaged.
        """
        kept = list_snapshots(self._folder(checkpoint.name), checkpoint.created)
        for snapshot in kept:
            if snapshot.step == step:
                return load_snapshot(checkpoint, snapshot)
        steps = ", ".join(f"{snapshot.step:,}" for snapshot in kept)
        raise ModelError(
            "there is no such snapshot",
            f"{checkpoint.name!r} has none of step {step:,}",
            f"There are: {steps}." if kept else "A run keeps up to a dozen from now on.",
        )

    def remove_snapshots(self, name: str) -> None:
        """Remove the snapshots of a model, and nothing else of it.

        Raises ModelError if there is no such model, or another process is training it.
        """
        if not self._folder(name).is_dir():
            raise self._missing(name)
        with self._lock(name):
            remove_snapshots(self._folder(name))

    def _prune_snapshots(self, name: str) -> None:
        """Remove the snapshots of runs of which no other file is left."""
        runs = set()
        for kind in (MODEL, PREVIOUS, RUN, RESUME, SWAP):
            try:
                runs.add(_read(self._path(name, kind), read_metadata).created)
            except FileNotFoundError:
                continue
            except ModelError:  # they may be of this run
                return
        prune_snapshots(self._folder(name), runs)

    # Changes by the user --------------------------------------------------------------------------

    def rename(self, old: str, new: str) -> None:
        """Rename a model with its run; raises ModelError if `new` is taken or is not a name."""
        check_name(new)
        if not self._folder(old).is_dir():
            raise self._missing(old)
        with self._lock(old), self._lock(new):
            self._claim(new)
            self._folder(old).rename(self._folder(new))

    def remove(self, name: str) -> None:
        """Remove a model, the one before it, and its run; raises ModelError if there is none."""
        if not self._folder(name).is_dir():
            raise self._missing(name)
        with self._lock(name):
            shutil.rmtree(self._folder(name))

    def export(self, name: str, path: Path, *, replacing: bool = False) -> None:
        """Copy the model to a file of its own.

        Raises ModelError if it exists and may not be replaced, or the model cannot be loaded;
        OSError, and leaves all as it was, if it cannot be written.
        """
        if not replacing and exists(path):
            raise ModelError(
                "that file is there already", str(path), "Choose another name, or move it away."
            )
        source, _ = self._find(name)
        with files.replacing(path, new=not replacing) as beside:
            shutil.copyfile(source, beside)

    def import_(self, path: Path, name: str | None = None) -> str:
        """Copy a file made by `export` into the library, under its own name or `name`.

        Returns the name it has now. Raises ModelError if the file is damaged or holds no model, or
        cannot be read, or the name is taken or is not a name.
        """
        if not path.is_file():
            raise ModelError("no such file", str(path), "Check the spelling.")
        checkpoint, _ = _read(path, read_model)
        name = check_name(checkpoint.name if name is None else name)
        with self._lock(name):
            self._claim(name)
            with files.replacing(self._path(name, MODEL)) as beside:
                shutil.copyfile(path, beside)
        return name

    def copy(self, name: str, models: Path) -> None:
        """Copy a model and its snapshots to another folder of models, without its stopped run.

        On one disk both have the same files, which are only ever replaced as a whole. Raises
        ModelError if there is no such model, OSError if it cannot be copied.
        """
        if not self._path(name, MODEL).is_file():
            raise self._missing(name)
        there = models / name
        with self._lock(name):
            there.mkdir(parents=True)
            for path in (self._path(name, MODEL), *snapshot_files(self._folder(name))):
                copy = there / path.relative_to(self._folder(name))
                copy.parent.mkdir(parents=True, exist_ok=True)
                try:
                    os.link(path, copy)
                except OSError:  # another disk, or one without hard links
                    shutil.copyfile(path, copy)

    def free_name(self, wanted: str) -> str:
        """Return `wanted`, or the first of wanted-2, wanted-3 ... that no model has."""
        name, number = wanted, 1
        while self._is_taken(name):
            number += 1
            name = f"{wanted}-{number}"
        return name

    # Files ----------------------------------------------------------------------------------------

    def _folder(self, name: str) -> Path:
        return self.directory / check_name(name)

    def _path(self, name: str, kind: str) -> Path:
        return self._folder(name) / kind

    def _save(
        self,
        name: str,
        kind: str,
        checkpoint: Checkpoint,
        state: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        with files.replacing(self._path(name, kind)) as beside:
            write_model(beside, checkpoint, state)

    def _save_best(self, name: str, checkpoint: Checkpoint, *, resuming: bool) -> list[Saved]:
        """Save the best of a run, unless it is resumed and a better one is on the disk."""
        if resuming and self._has_better_run(name, checkpoint):
            return []
        self._save(name, RUN, checkpoint)
        return [Saved(self._path(name, RUN))]

    @contextmanager
    def _changing(self, name: str) -> Iterator[None]:
        """Lock the model, and mend what a process that was killed has left."""
        with self._lock(name):
            for kind in (MODEL, PREVIOUS, RUN, RESUME):
                sweep(self._path(name, kind))
            self._end_swap(name)
            yield

    def _lock(self, name: str) -> AbstractContextManager[None]:
        lock = self.directory / f".{check_name(name)}.lock"
        hint = "Wait until it is done or stop it there, or train under another name."
        return exclusive(lock, f"the model {name!r}", error=ModelError, hint=hint)

    def _is_taken(self, name: str) -> bool:
        """Return whether there is anything of a model; what a killed import has left is nothing."""
        folder = self._folder(name)
        return folder.exists() and any(not file.name.startswith(".") for file in folder.iterdir())

    def _claim(self, name: str) -> None:
        """Make sure that there is no folder of this name; raise ModelError if it is taken."""
        if self._is_taken(name):
            raise ModelError(
                "that name is taken",
                f"there is a model called {name!r} already",
                "Choose another name.",
            )
        if self._folder(name).exists():
            shutil.rmtree(self._folder(name))

    # Reading --------------------------------------------------------------------------------------

    def _candidates(self, name: str) -> Iterator[Path]:
        """Yield the files of a model that exist, the best one first."""
        for kind in (MODEL, PREVIOUS, RUN, SWAP):
            if self._path(name, kind).is_file():
                yield self._path(name, kind)

    def _find(self, name: str) -> tuple[Path, Checkpoint]:
        """Return the best file of a model that is not damaged, and what is in it."""
        damaged: dict[Path, DamagedModelError] = {}
        # twice: while another process replaces a model, its files change their names
        for path in chain(self._candidates(name), self._candidates(name)):
            if path in damaged:
                continue
            try:
                checkpoint, _ = _read(path, read_model)
            except FileNotFoundError:
                continue
            except DamagedModelError as error:
                damaged[path] = DamagedModelError(self._set_aside(name, path), error.why)
            else:
                self.notices += (
                    f"{error.title}: {error.message}; {path.name} is used instead"
                    for error in damaged.values()
                )
                return path, replace(checkpoint, name=name)
        raise next(iter(damaged.values())) if damaged else self._missing(name)

    def _with_best(self, name: str, saved: Checkpoint) -> Checkpoint:
        """Return `saved` with the best weights of its run, which may be newer if it was killed."""
        try:
            best, _ = _read(self._path(name, RUN), read_model)
        except (OSError, ModelError):
            return saved
        same_run = best.created == saved.created and best.corpus == saved.corpus
        if not same_run or not saved.history.validation or _score(best) >= _score(saved):
            return saved
        score = best.validation_bits_per_byte
        return replace(saved, weights=best.weights, step=best.step, validation_bits_per_byte=score)

    def _has_better_run(self, name: str, checkpoint: Checkpoint) -> bool:
        """Return whether the run on the disk has a better score, on the same validation jokes."""
        try:
            stored = self.describe(name, RUN)
        except ModelError:
            return False
        same_jokes = stored.fingerprint == checkpoint.corpus.fingerprint
        return same_jokes and _score(stored) < _score(checkpoint)

    def _files(self) -> Iterator[StoredModel | UnusableModel]:
        """Yield of each model what cannot be opened, and the file that would be."""
        try:
            names = sorted(folder.name for folder in self.directory.iterdir() if folder.is_dir())
        except FileNotFoundError:
            return
        except OSError as error:
            yield UnusableModel("all", f"{self.directory} cannot be read: {error.strerror}")
            return
        for name in filter(_NAME.fullmatch, names):
            try:
                yield from self._files_of(name)
            except (OSError, OverflowError, ValueError) as error:  # no access, or an odd date
                yield UnusableModel(name, f"{self._folder(name)} cannot be read: {error}")

    def _files_of(self, name: str) -> Iterator[StoredModel | UnusableModel]:
        for path in self._candidates(name):
            try:
                yield self._describe(name, path)
            except FileNotFoundError:  # another process replaces the model
                continue
            except ModelError as error:
                yield UnusableModel(name, f"{error.title}: {error.message}")
            else:
                return
        aside = self._aside(name)
        if aside is not None:
            yield UnusableModel(name, f"a model file is damaged: {aside} was set aside")

    def _describe(self, name: str, path: Path) -> StoredModel:
        """Return what a list shows of a file; raises as `_read` does."""
        metadata, status = _read(path, read_metadata), path.stat()
        return StoredModel(
            name=name,
            path=path,
            bytes=status.st_size,
            saved_at=datetime.fromtimestamp(status.st_mtime).astimezone(),
            parameters=metadata.parameters,
            corpora=metadata.corpora,
            fingerprint=metadata.fingerprint,
            validation_bits_per_byte=metadata.validation_bits_per_byte,
            progress=metadata.progress,
            finished=metadata.finished,
            can_resume=self.can_resume(name),
            has_previous=self._path(name, PREVIOUS).is_file(),
            model=metadata.model,
            training=metadata.training,
            vocabulary=metadata.make_tokenizer().size,
            created=metadata.created,
            seconds=metadata.seconds,
            history=metadata.make_history(),
            snapshot_bytes=snapshot_bytes(self._folder(name)),
        )

    # Replacing ------------------------------------------------------------------------------------

    def _make_room(self, name: str) -> str | None:
        """Prepare for a new run, and return what becomes of a stopped one, if there is one.

        If there is no model yet, the best of the stopped run becomes it.
        """
        self._prune_snapshots(name)
        run = self._path(name, RUN)
        if not run.exists():
            return None
        if not self._path(name, MODEL).exists():
            self._promote(name)
            return f"The best of the stopped run stays as {name} until this run has finished."
        return f"This run replaces the stopped run of {name}."

    def _promote(self, name: str) -> None:
        """Let the run become the model, and the model the one before it."""
        if self._path(name, MODEL).exists():
            os.replace(self._path(name, MODEL), self._path(name, PREVIOUS))
        os.replace(self._path(name, RUN), self._path(name, MODEL))

    def _end_swap(self, name: str) -> None:
        """End a swap of the model and the one before it, which may have been cut off."""
        swap, model = self._path(name, SWAP), self._path(name, MODEL)
        if swap.exists():
            os.replace(swap, self._path(name, PREVIOUS) if model.exists() else model)

    def _set_aside(self, name: str, path: Path) -> Path:
        """Rename a damaged file, and return where it is now.

        It stays where it is if the folder cannot be written, or another process is training this
        model and may be about to replace it.
        """
        aside = path.with_suffix(f".damaged-{datetime.now():%Y%m%d-%H%M%S-%f}")
        try:
            with self._lock(name):
                read_model(path)  # again: by now it may be another file
        except DamagedModelError:
            with suppress(OSError):
                return path.rename(aside)
        except (ModelError, OSError):
            pass
        return path

    def _aside(self, name: str) -> Path | None:
        """Return the file of a model that was set aside last, if there is one."""
        return max(self._folder(name).glob("*.damaged-*"), default=None)

    def _missing(self, name: str) -> ModelError:
        aside = self._aside(name)
        if aside is not None:
            hint = "There is no other copy: train the model again, or import one."
            return DamagedModelError(aside, "it was set aside", hint)
        names = ", ".join(model.name for model in self.models())
        hint = f"There are: {names}." if names else "Train one with: jokebox train"
        return ModelError("no such model", f"no model called {name!r} in {self.directory}", hint)


def check_name(name: str) -> str:
    """Return `name` if it can name a model; raise ModelError if it cannot."""
    if not _NAME.fullmatch(name):
        raise ModelError(
            "that cannot be a name",
            f"{name[:100]!r}",
            "Use up to 80 letters, digits, spaces and . _ + - and begin with a letter or digit.",
        )
    return name


def read_run(path: Path) -> tuple[Checkpoint, dict[str, NDArray[Any]]]:
    """Read a run that can be resumed; raises as `read_model` does."""
    checkpoint, state = read_model(path)
    if not state:
        raise DamagedModelError(path, "what a run needs to continue is missing")
    return checkpoint, state


def _read(path: Path, read: Callable[[Path], T]) -> T:
    """Read a file; raises ModelError if it is damaged or cannot be read now.

    Raises FileNotFoundError if there is none.
    """
    try:
        return read(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ModelError(
            "a model cannot be read",
            f"{path}: {error.strerror or error}",
            "It was left as it is. Check who may read it, and try again.",
        ) from None


def _score(model: Checkpoint | StoredModel) -> float:
    score = model.validation_bits_per_byte
    return inf if score is None else score

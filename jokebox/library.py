"""The models on disk: one folder a model, with the run that may one day take its place.

models/NAME/model.safetensors     the model that is opened
            previous.safetensors  the model before it
            run.safetensors       the best of a run that is under way or was stopped
            resume.safetensors    all that this run needs to continue
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from jokebox import paths
from jokebox.errors import ModelError
from jokebox.files import exclusive, replacing, write_atomically
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.events import Ended, Evaluated, Event, Preparing, Resumable, Saved
from jokebox.lm.tokenizer import TOKENIZERS
from jokebox.model_file import DamagedModelError, read_metadata, read_model, write_model

MODEL, PREVIOUS, RUN, RESUME = (
    f"{kind}.safetensors" for kind in ("model", "previous", "run", "resume")
)
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
    validation_bits_per_byte: float | None
    progress: float  # 0 to 1
    finished: bool
    can_resume: bool
    model: ModelConfig
    training: TrainingConfig
    vocabulary: int


class Library:
    """The models in `directory`. `notices` are what the user should be told when possible."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or paths.models_dir()
        self.notices: list[str] = []

    # What is there --------------------------------------------------------------------------------

    def models(self) -> list[StoredModel]:
        """Return every model that can be opened, the newest first; damaged ones are left out."""
        if not self.directory.is_dir():
            return []
        names = [folder.name for folder in self.directory.iterdir() if folder.is_dir()]
        models = [model for name in names if (model := self._describe(name))]
        return sorted(models, key=lambda model: model.saved_at, reverse=True)

    def load(self, name: str) -> Checkpoint:
        """Load the model called `name`, or its half-trained run if there is no model yet.

        A damaged file is set aside, which adds to `notices`, and the next best one is used. Raises
        ModelError if there is no such model, all its files are damaged, or one is of a newer
        format.
        """
        for path in self._candidates(name):
            try:
                checkpoint, _ = read_model(path)
            except DamagedModelError as error:
                self._set_aside(path, error)
            else:
                return replace(checkpoint, name=name)
        raise self._missing(name)

    def load_run(self, name: str) -> tuple[Checkpoint, dict[str, NDArray[Any]]]:
        """Load the best checkpoint of a stopped run and its live tensors.

        Raises ModelError if there is nothing to resume.
        """
        path = self._path(name, RESUME)
        if not path.exists():
            raise ModelError(
                "nothing to resume",
                f"{name!r} has no stopped run in {self.directory}",
                "Train without resuming to start a new run.",
            )
        try:
            return read_model(path)
        except DamagedModelError as error:
            self._set_aside(path, error)
            raise

    def choose(self, wanted: str | None, last_used: str | None) -> str:
        """Return the name of the model to open: `wanted`, else `last_used`, else the newest.

        Raises ModelError if there is no model at all.
        """
        names = [model.name for model in self.models()]
        if wanted is not None:
            return wanted
        if last_used in names:
            return last_used
        if not names:
            raise self._missing("originals")
        return names[0]

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
        with self._lock(name):
            notice = None if resuming else self._make_room(name)
            if notice:
                yield Preparing("Making room", (notice,))
            for event in events:
                if isinstance(event, Resumable):
                    self._save(name, RESUME, event.checkpoint, event.state)
                elif isinstance(event, Evaluated) and event.best:
                    self._save(name, RUN, event.checkpoint)
                    yield event
                    yield Saved(self._path(name, RUN))
                    continue
                elif isinstance(event, Ended) and event.checkpoint:
                    self._save(name, RUN, event.checkpoint)
                    if event.how == "finished":
                        self._promote(name)
                        self._path(name, RESUME).unlink(missing_ok=True)
                    yield Saved(self._path(name, MODEL if event.how == "finished" else RUN))
                yield event

    def keep(self, name: str) -> None:
        """Replace the model by the best of its stopped run, which can still be resumed.

        Raises ModelError if there is no stopped run, or another process is training this model.
        """
        with self._lock(name):
            if not self._path(name, RUN).exists():
                raise ModelError("nothing to keep", f"{name!r} has no stopped run")
            self._promote(name)

    # Changes by the user --------------------------------------------------------------------------

    def rename(self, old: str, new: str) -> None:
        """Rename a model with its run; raises ModelError if `new` is taken or is not a name."""
        check_name(new)
        if not self._folder(old).is_dir():
            raise self._missing(old)
        if self._folder(new).exists():
            raise _taken(new)
        with self._lock(old), self._lock(new):
            self._folder(old).rename(self._folder(new))

    def remove(self, name: str) -> None:
        """Remove a model, the one before it, and its run; raises ModelError if there is none."""
        if not self._folder(name).is_dir():
            raise self._missing(name)
        with self._lock(name):
            shutil.rmtree(self._folder(name))

    def export(self, name: str, path: Path) -> None:
        """Copy the model to a file of its own, which may not exist yet.

        Raises ModelError if it exists, or the model is missing or damaged; OSError if it cannot be
        written.
        """
        self.load(name)  # sets damaged files aside, so that the first candidate is a good one
        content = next(self._candidates(name)).read_bytes()
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            raise ModelError(
                "that file is there already", str(path), "Choose another name, or move it away."
            ) from None

    def import_(self, path: Path, name: str | None = None) -> str:
        """Copy a file made by `export` into the library, under its own name or `name`.

        Returns the name it has now. Raises ModelError if the file is damaged or holds no model, or
        the name is taken or is not a name.
        """
        if not path.is_file():
            raise ModelError("no such file", str(path), "Check the spelling.")
        try:
            checkpoint, _ = read_model(path)
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedModelError(path, f"it holds no model of this jokebox ({error})") from None
        name = check_name(checkpoint.name if name is None else name)
        with self._lock(name):
            if self._folder(name).exists():
                raise _taken(name)
            write_atomically(self._path(name, MODEL), path.read_bytes())
        return name

    def free_name(self, wanted: str) -> str:
        """Return `wanted`, or the first of wanted-2, wanted-3 ... that no model has."""
        name, number = wanted, 1
        while self._folder(name).exists():
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
        with replacing(self._path(name, kind)) as beside:
            write_model(beside, checkpoint, state)

    def _lock(self, name: str) -> AbstractContextManager[None]:
        lock = self.directory / f".{check_name(name)}.lock"
        hint = "Wait until it is done or stop it there, or train under another name."
        return exclusive(lock, f"the model {name!r}", error=ModelError, hint=hint)

    def _candidates(self, name: str) -> Iterator[Path]:
        """Yield the files of a model that exist, the best one first."""
        for kind in (MODEL, PREVIOUS, RUN):
            if self._path(name, kind).exists():
                yield self._path(name, kind)

    def _describe(self, name: str) -> StoredModel | None:
        for path in self._candidates(name) if _NAME.fullmatch(name) else ():
            try:
                return self._read(name, path)
            except (ModelError, KeyError, TypeError, ValueError):  # damaged, or of another kind
                continue
        return None

    def _read(self, name: str, path: Path) -> StoredModel:
        metadata, status = read_metadata(path), path.stat()
        tokenizer = metadata["tokenizer"]
        return StoredModel(
            name=name,
            path=path,
            bytes=status.st_size,
            saved_at=datetime.fromtimestamp(status.st_mtime).astimezone(),
            parameters=metadata["parameters"],
            corpora=tuple(metadata["corpora"]),
            validation_bits_per_byte=metadata["validation_bits_per_byte"],
            progress=metadata["progress"],
            finished=metadata["finished"],
            can_resume=self.can_resume(name),
            model=ModelConfig(**metadata["model"]),
            training=TrainingConfig(**metadata["training"]),
            vocabulary=TOKENIZERS[tokenizer["kind"]](tuple(tokenizer["words"])).size,
        )

    def _make_room(self, name: str) -> str | None:
        """Prepare for a new run, and return what becomes of a stopped one, if there is one.

        If there is no model yet, the best of the stopped run becomes it.
        """
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

    def _set_aside(self, path: Path, error: DamagedModelError) -> None:
        aside = path.with_suffix(f".damaged-{datetime.now():%Y%m%d-%H%M%S}")
        os.replace(path, aside)
        self.notices.append(f"{error.title}: {error.message}; it was set aside as {aside.name}")

    def _missing(self, name: str) -> ModelError:
        names = ", ".join(model.name for model in self.models())
        hint = f"There are: {names}." if names else "Train one with: jokebox train"
        return ModelError("no such model", f"no model called {name!r} in {self.directory}", hint)


def check_name(name: str) -> str:
    """Return `name` if it can name a model; raise ModelError if it cannot."""
    if not _NAME.fullmatch(name):
        raise ModelError(
            "that cannot be a name",
            f"{name!r}",
            "Use up to 80 letters, digits, spaces and . _ + - and begin with a letter or digit.",
        )
    return name


def _taken(name: str) -> ModelError:
    return ModelError(
        "that name is taken",
        f"there is a model called {name!r} already",
        "Choose another name.",
    )

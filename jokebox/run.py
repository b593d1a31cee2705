"""One training run, from what the user asked for to its last event: for screen and shell alike."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from jokebox.corpora import BUNDLED, resolve
from jokebox.errors import ModelError
from jokebox.experience import observe
from jokebox.library import Library
from jokebox.lm.config import Knobs, configure
from jokebox.lm.events import Ended, Evaluated, Event, Preparing, Started
from jokebox.lm.pytorch import import_torch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What to train, on what, from where. `model` names it; without a name it is the corpora's."""

    corpora: tuple[str, ...] = (BUNDLED,)
    column: str | None = None
    letters_only: bool = False
    model: str | None = None
    preset: str = "standard"
    knobs: Knobs = field(default_factory=Knobs)
    resume: bool = False
    continue_from: str | None = None


def model_name(request: Request) -> str:
    """The name the model will have."""
    return request.model or "+".join(resolve(corpus)[0] for corpus in request.corpora)


def run(request: Request, library: Library, stop: threading.Event) -> Iterator[Event]:
    """Train as `request` says and save as it goes; pandas and torch are imported in here.

    What cannot start raises a JokeboxError. Once `Started` is out, the last event is `Ended`,
    failed or not.
    """
    events = _resume(request, library, stop) if request.resume else _train(request, library, stop)
    began, best = None, None
    try:
        for event in events:
            if isinstance(event, Started):
                began = time.monotonic()
            elif isinstance(event, Evaluated) and event.best:
                best = event.validation_bits_per_byte
            yield event
    except Exception as error:
        if began is None:
            raise
        log.exception("the run failed")
        seconds = time.monotonic() - began
        yield Ended("failed", seconds, best, str(error) or type(error).__name__)


def assist() -> int:
    """What torchrun's other processes do while the first one runs: learn; the exit status."""
    from jokebox.lm import training

    try:
        training.assist()
    except Exception:
        log.exception("this rank failed")
        return 1
    return 0


def _train(request: Request, library: Library, stop: threading.Event) -> Iterator[Event]:
    name = model_name(request)
    start = library.load(request.continue_from) if request.continue_from else None
    yield Preparing("Reading the jokes")
    from jokebox.lm.corpus import load_corpus

    files = [resolve(corpus) for corpus in request.corpora]
    corpus = load_corpus(files, column=request.column, letters_only=request.letters_only)
    model, training = configure(request.preset, request.knobs, sum(map(len, corpus.training)))
    if start:
        model = start.model
        training = replace(training, tokens=start.training.tokens, walk=start.training.walk)
    yield Preparing("Starting PyTorch", corpus.notices)
    import_torch()
    from jokebox.lm.training import train

    events = train(corpus, model, training, name=name, stop=stop, start=start)
    read = [] if start else [path for _, path in files]
    yield from observe(library.record(name, events), read)


def _resume(request: Request, library: Library, stop: threading.Event) -> Iterator[Event]:
    name = request.model or _latest_stopped(library)
    yield Preparing("Starting PyTorch")
    saved, state = library.load_run(name)
    import_torch()
    from jokebox.lm.training import Resume, train

    events = train(
        saved.corpus,
        saved.model,
        saved.training,
        name=name,
        stop=stop,
        resume=Resume(saved, state),
    )
    yield from observe(library.record(name, events, resuming=True))


def _latest_stopped(library: Library) -> str:
    for entry in library.entries():
        if entry.can_resume:
            return entry.name
    raise ModelError(
        "nothing to resume",
        f"no model in {library.directory} has a stopped run",
        "Start a new one.",
    )

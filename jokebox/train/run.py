"""One training run, from what the user asked for to its last event: for screen and shell alike."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from jokebox.errors import ModelError
from jokebox.library import Library
from jokebox.lm.events import Ended, Evaluated, Event, Preparing, Started
from jokebox.train.corpora import resolve
from jokebox.train.import_torch import import_torch
from jokebox.train.past_runs import record_measurements
from jokebox.train.presets import FIRST, RUNGS, configure, like
from jokebox.train.request import Request, model_name

log = logging.getLogger(__name__)


def run(
    request: Request,
    library: Library,
    stop: threading.Event,
    by_step: threading.Event | None = None,
) -> Iterator[Event]:
    """Train as `request` says, save as it goes, and yield what happens.

    `stop` and `by_step` do what they do in `train`. pandas and torch are imported in here. Raises a
    JokeboxError if the run cannot start. After `Started`, the last event is always `Ended`, even if
    the run fails.
    """
    begin = _resume if request.resume else _train
    events = begin(request, library, stop, by_step)
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
    """Train as one of torchrun's other processes, for as long as the first; the exit status."""
    from jokebox.train import loop

    try:
        loop.assist()
    except Exception:
        log.exception("this rank failed")
        return 1
    return 0


def _train(
    request: Request, library: Library, stop: threading.Event, by_step: threading.Event | None
) -> Iterator[Event]:
    name = model_name(request)
    start = library.load(request.continue_from) if request.continue_from else None
    yield Preparing("Reading the jokes")
    from jokebox.train.joke_files import load_corpus

    files = [resolve(corpus) for corpus in request.corpora]
    corpus = load_corpus(files, column=request.column, letters_only=request.letters_only)
    characters = sum(map(len, corpus.training))
    names = tuple(RUNGS) if request.preset == FIRST else (request.preset,)
    possible = {name: configure(name, request.knobs, characters) for name in names}
    yield Preparing("Starting PyTorch", corpus.notices)
    import_torch()
    from jokebox.train.loop import train
    from jokebox.train.planning import pick_rung

    preset = names[0]
    if len(possible) > 1:
        yield Preparing("Timing a few steps")
        preset = pick_rung(corpus, possible, stop)
    model, training = possible[preset]
    if start:
        model, training = start.model, like(training, start.training)
    rung = preset if preset in RUNGS else ""
    events = train(
        corpus,
        model,
        training,
        name=name,
        stop=stop,
        start=start,
        rung=rung,
        by_step=by_step,
    )
    read = [] if start else [path for _, path in files]
    yield from record_measurements(library.record(name, events), read)


def _resume(
    request: Request, library: Library, stop: threading.Event, by_step: threading.Event | None
) -> Iterator[Event]:
    name = request.model or _last_stopped(library)
    yield Preparing("Starting PyTorch")
    saved, state = library.load_run(name)
    import_torch()
    from jokebox.train.loop import Resume, train

    events = train(
        saved.corpus,
        saved.model,
        saved.training,
        name=name,
        stop=stop,
        resume=Resume(saved, state),
        by_step=by_step,
    )
    yield from record_measurements(library.record(name, events, resuming=True))


def _last_stopped(library: Library) -> str:
    for model in library.models():
        if model.can_resume:
            return model.name
    raise ModelError(
        "nothing to resume",
        f"no model in {library.directory} has a stopped run",
        "Start a new run.",
    )

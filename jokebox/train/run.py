"""One training run, from what the user asked for to its last event: for screen and shell alike."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jokebox.errors import ModelError, too_little_memory
from jokebox.library import Library
from jokebox.lm.events import Ended, Evaluated, Event, Preparing, Started
from jokebox.train.corpora import resolve
from jokebox.train.import_torch import import_torch
from jokebox.train.past_runs import record_measurements
from jokebox.train.presets import FIRST, RUNGS, configure, like
from jokebox.train.request import Request, model_name

if TYPE_CHECKING:
    from jokebox.train.joke_files import Reading

SAY_EVERY = 0.5  # seconds

log = logging.getLogger(__name__)


def run(
    request: Request,
    library: Library,
    stop: threading.Event,
    by_step: threading.Event | None = None,
) -> Iterator[Event]:
    """Train as `request` says, save as it goes, and yield what happens.

    `stop` and `by_step` do what they do in `train`. torch is imported in here. Raises a
    JokeboxError if the run cannot start. After `Started`, the last event is always `Ended`, even if
    the run fails; and if it is stopped before.
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
        reason = str(too_little_memory(error) or error) or type(error).__name__
        yield Ended("failed", seconds, best, reason)


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
    files = [resolve(corpus) for corpus in request.corpora]
    reading = yield from _read(files, request, stop)
    if reading is None:
        return
    corpus = reading.corpus
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
        corpus = corpus.after(start.corpus)
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
    for event in record_measurements(library.record(name, events), read):
        if isinstance(event, Started):
            event = replace(event, left_out=reading.left_out)
        yield event


def _read(
    files: Sequence[tuple[str, Path]], request: Request, stop: threading.Event
) -> Generator[Event, None, Reading | None]:
    """Read the jokes, and say how many are read if it takes long; None if it was stopped."""
    doing = "Reading the jokes"
    yield Preparing(doing)
    from jokebox.train.joke_files import read_corpus

    began = said = time.monotonic()
    reading = read_corpus(files, request.layout, letters_only=request.letters_only)
    while not stop.is_set():
        try:
            share = next(reading)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if time.monotonic() - said > SAY_EVERY:
            said = time.monotonic()
            yield Preparing(f"{doing}: {share:.0%}")
    seconds = time.monotonic() - began
    yield Ended("stopped", seconds, None, "stopped while the jokes were read")
    return None


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

"""jokebox train: train a model, and show progress on a terminal, in a pipe, or as JSON lines."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from jokebox.cli.options import (
    complete_models,
    corpus_option,
    json_option,
    layout_options,
    letters_option,
    model_option,
    number,
)
from jokebox.cli.output import is_rank_zero, say, say_json, warn
from jokebox.errors import StoppedError
from jokebox.formatting import clock, counted, rolled_back
from jokebox.lm.events import (
    Ended,
    Evaluated,
    Event,
    Preparing,
    Progress,
    RolledBack,
    Saved,
    Scoring,
    Started,
)
from jokebox.lm.text import sanitise
from jokebox.logs import log_to_file
from jokebox.paths import BUNDLED
from jokebox.train.presets import FIRST, FIRST_HELP, PRESETS, RUNGS
from jokebox.train.request import KNOBS, SHAPE, Knobs, Request
from jokebox.train.source import Layout

if TYPE_CHECKING:
    from tqdm import tqdm

    from jokebox.lm.checkpoint import Checkpoint

PROGRESS_EVERY = 5.0  # seconds, in a pipe
SIGPIPE = 13  # the same on every system that has it; signal.SIGPIPE is missing on Windows
Show = Callable[[Event], None]

EXAMPLES = """\b
Examples:
  jokebox train                                the bundled jokes, to the end: 7 to 15 minutes
  jokebox train --corpus mine.csv              your own jokes: .csv .txt .json and more
  jokebox train --corpus favourites --continue-from originals --model mine
                                               your favourites, after what originals knows
  jokebox train --preset tiny --max-minutes 1
  jokebox train --resume                       continue the run that was stopped last
"""


def _knobs(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each of KNOBS, in their order."""
    for name, knob in reversed(KNOBS.items()):
        kind = number(knob.range)
        option = click.option(f"--{name.replace('_', '-')}", type=kind, help=knob.help)
        command = option(command)
    return command


@click.command("train", epilog=EXAMPLES)
@corpus_option("The name of a corpus, or a joke file. May be given several times.")
@layout_options
@letters_option
@model_option("The name of the model. Default: the name of the corpus.")
@click.option(
    "--preset",
    type=click.Choice([*PRESETS, FIRST, *RUNGS]),
    default="standard",
    show_default=True,
    help=" ".join(f"{name}: {preset.description}." for name, preset in PRESETS.items())
    + f" {FIRST}: {FIRST_HELP}.",
)
@_knobs
@click.option("--resume", is_flag=True, help="Continue a stopped run, as it was planned.")
@click.option(
    "--continue-from",
    metavar="NAME",
    shell_complete=complete_models,
    help="Start from what this model knows, with its vocabulary, instead of from scratch.",
)
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    corpora: tuple[str, ...],
    layout: Layout,
    letters_only: bool,
    model: str | None,
    preset: str,
    resume: bool,
    continue_from: str | None,
    as_json: bool,
    **knobs: Any,
) -> int:
    """Train a model. Ctrl-c stops and saves the run; --resume continues it."""
    from jokebox.train.run import assist

    if resume:
        _reject_all_but(context, "resume", "model", "as_json")
    if continue_from and any(knobs[name] for name in SHAPE):
        raise click.UsageError("--continue-from keeps the layers and hidden size of that model")
    log_to_file()
    if not is_rank_zero():
        return assist()
    request = Request(
        corpora=corpora or (BUNDLED,),
        layout=layout,
        letters_only=letters_only,
        model=model,
        preset=preset,
        knobs=Knobs(**knobs),
        resume=resume,
        continue_from=continue_from,
    )
    return _train(request, as_json)


def _train(request: Request, as_json: bool) -> int:
    """Run `request`, print its events, and return the exit status."""
    from jokebox.library import Library
    from jokebox.train.run import run

    library = Library()
    ended: Ended | None = None
    with _stopped_by_signals() as (stop, received):
        with suppress(StoppedError), _display(as_json) as show:
            for event in run(request, library, stop):
                try:
                    show(event)
                except BrokenPipeError:
                    # the reader of the pipe has exited: stop, save, and exit without a message
                    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                    stop.set()
                if isinstance(event, Ended):
                    ended = event
        # printed while signals are still caught: torchrun sends one as soon as a rank fails
        for notice in library.notices:
            warn(f"jokebox: {notice}")
        if ended is None or ended.how == "stopped":
            return 128 + (received[0] if received else SIGPIPE)
        if ended.how == "failed":
            warn(f"jokebox: training failed: {ended.reason}")
        return int(ended.how == "failed")


def _reject_all_but(context: click.Context, option: str, *others: str) -> None:
    """Raise UsageError if any option but `option` and `others` is on the command line."""
    for name in context.params:
        given = context.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE
        if given and name not in (option, *others):
            flag = {"corpora": "corpus", "columns": "column"}.get(name, name).replace("_", "-")
            raise click.UsageError(
                f"--{flag} cannot be combined with --{option}: the run continues as planned"
            )


@contextmanager
def _stopped_by_signals() -> Iterator[tuple[threading.Event, list[int]]]:
    """Give an event that ctrl-c and SIGTERM set, and the list of the signals received."""
    stop, received = threading.Event(), list[int]()

    def handle(number: int, frame: FrameType | None) -> None:
        received.append(number)
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop, received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _display(as_json: bool) -> Iterator[Show]:
    """Give the function that shows events: as JSON, as a bar on a terminal, else as plain lines."""
    if as_json:
        yield _show_json
    elif sys.stderr.isatty():
        from tqdm import tqdm

        with tqdm(
            unit="step", bar_format="{percentage:3.0f}% {bar} {elapsed}{postfix}", disable=False
        ) as bar:
            yield lambda event: _show_bar(event, bar)
    else:
        yield _PlainLines().show


def _show_json(event: Event) -> None:
    line = to_json(event)
    if line:
        say_json(line)
    if isinstance(event, Preparing):
        _show_notices(event)


def to_json(event: Event) -> dict[str, object] | None:
    """Return an event as the object that --json prints, or None if it is not printed.

    Scripts rely on its keys.
    """
    match event:
        case Started():
            fields = asdict(event)
            history = fields.pop("history")
            return {"event": "started", **fields, "sample_prompt": history["prompt"]}
        case Progress():
            return {"event": "progress", **asdict(event)}
        case Evaluated():
            names = ("step", "seconds", "validation_bits_per_byte", "best", "sample")
            return {"event": "evaluated", **{name: getattr(event, name) for name in names}}
        case RolledBack():
            return {"event": "rolled_back", "step": event.step, "share": event.share}
        case Saved():
            return {"event": "saved", "path": str(event.path)}
        case Ended():
            ending = ("seconds", "best_validation_bits_per_byte", "reason", "test_bits_per_byte")
            return {"event": event.how, **{name: getattr(event, name) for name in ending}}
    return None


def _show_bar(event: Event, bar: tqdm[Any]) -> None:
    match event:
        case Preparing():
            bar.set_postfix_str(event.doing)
            for notice in event.notices:
                bar.write(sanitise(f"jokebox: {notice}"), file=sys.stderr)
        case Scoring():
            bar.set_postfix_str(f"scoring on unseen jokes  {event.share:.0%}")
        case Started():
            bar.total, bar.n = event.steps, event.step
        case Progress():
            bar.n = event.step
            bar.set_postfix_str(
                f"epoch {event.epoch}/{event.epochs}  {event.training_bits_per_byte:.3f} bits/byte"
                f"  {event.tokens_per_second:,.0f} tokens/s  {clock(event.seconds_left)} left"
            )
    for line in describe(event):
        bar.write(sanitise(line))


class _PlainLines:
    """Shows events as plain lines, and progress every PROGRESS_EVERY seconds."""

    def __init__(self) -> None:
        self._last_progress = 0.0  # seconds since the run began

    def show(self, event: Event) -> None:
        """Print what `event` says, if anything."""
        for line in describe(event):
            say(line)
        if isinstance(event, Progress) and event.seconds >= self._last_progress + PROGRESS_EVERY:
            self._last_progress = event.seconds
            say(
                f"step {event.step:>5} of {event.steps}  epoch {event.epoch}/{event.epochs}"
                f"  training {event.training_bits_per_byte:.4f} bits per byte"
                f"  {clock(event.seconds_left)} left"
            )
        if isinstance(event, Preparing):
            _show_notices(event)


def describe(event: Event) -> list[str]:
    """Return lines that describe an event; none if a progress bar shows it."""
    match event:
        case Started():
            return [
                f"{event.model}: {counted(event.jokes, 'joke')}, {event.tokens:,} tokens;"
                f" {event.parameters:,} parameters, {counted(event.epochs, 'epoch')}"
                f" on {event.device} in {event.precision}"
                + (f"; preset {event.rung}" if event.rung else "")
            ]
        case Evaluated():
            mark = "best" if event.best else "    "
            return [
                f"step {event.step:>5}  {clock(event.seconds)}"
                f"  validation {event.validation_bits_per_byte:.4f}  {mark}  {event.sample}"
            ]
        case RolledBack():
            return [rolled_back(event.step, event.share)]
        case Ended(how="finished" | "stopped"):
            best = event.best_validation_bits_per_byte
            scores = "" if best is None else f"; {best:.4f} bits per byte on validation jokes"
            if event.test_bits_per_byte is not None:
                scores += f", {event.test_bits_per_byte:.4f} on test jokes"
            lines = [f"{event.how} after {clock(event.seconds)}: {event.reason}{scores}"]
            if event.how == "stopped" and event.checkpoint:
                lines.append("Continue with: jokebox train --resume")
            elif event.checkpoint and event.checkpoint.plan.rung:
                lines.append(_longer_run(event.checkpoint))
            return lines
    return []


def _longer_run(checkpoint: Checkpoint) -> str:
    from jokebox.train.past_runs import minutes_of_standard

    minutes = minutes_of_standard(checkpoint)
    return (
        "That was a first, short run. A longer one tells better jokes, and takes about"
        f" {minutes:.0f} minutes here: jokebox train"
    )


def _show_notices(event: Preparing) -> None:
    for notice in event.notices:
        warn(f"jokebox: {notice}")

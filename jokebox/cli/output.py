"""Output of the commands: text is made safe for a terminal, and flushed at once."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Generator, Mapping
from typing import TypeVar

from jokebox.lm.text import sanitise

Result = TypeVar("Result")


def is_rank_zero() -> bool:
    """Return whether this is the only process or rank 0, the one rank that prints."""
    return os.environ.get("RANK", "0") == "0"


def discard_output() -> None:
    """Discard all later output of this process, including that of libraries."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


def say(text: str, *, newline: bool = True) -> None:
    """Print `text` to stdout."""
    print(sanitise(text), end="\n" if newline else "", flush=True)


def warn(text: str) -> None:
    """Print `text` to stderr, so that stdout has only what scripts read."""
    print(sanitise(text), file=sys.stderr, flush=True)


def with_progress(doing: str, work: Generator[float, None, Result]) -> Result:
    """Return what `work` returns; on a terminal, show how much is done if it takes over a second.

    `work` yields that, 0 to 1.
    """
    from tqdm import tqdm

    hidden = not sys.stderr.isatty()
    form = "{desc} {percentage:3.0f}% {bar} {elapsed}"
    with tqdm(desc=doing, total=1.0, bar_format=form, delay=1, leave=False, disable=hidden) as bar:
        while True:
            try:
                bar.update(next(work) - bar.n)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]


def say_json(fields: Mapping[str, object]) -> None:
    """Print an object as a line of JSON; NaN and infinity become null, as JSON has neither."""
    import json

    plain = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in fields.items()
    }
    print(json.dumps(plain), flush=True)

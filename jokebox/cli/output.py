"""What the commands write: text made safe for a terminal, and flushed as it comes."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping

import click

from jokebox.lm.text import sanitise


def is_first() -> bool:
    """Whether this process speaks: of those that torchrun starts, the first one does."""
    return os.environ.get("RANK", "0") == "0"


def fall_silent() -> None:
    """From here on nothing is written to the terminal, not by libraries either."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


def say(text: str, *, newline: bool = True) -> None:
    click.echo(sanitise(text), nl=newline)


def warn(text: str) -> None:
    """Tell the user on stderr, out of the way of scripts."""
    click.echo(sanitise(text), err=True)


def say_json(fields: Mapping[str, object]) -> None:
    """One object on a line; a number that is none is null, as JSON has no other word for it."""
    plain = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in fields.items()
    }
    click.echo(json.dumps(plain))

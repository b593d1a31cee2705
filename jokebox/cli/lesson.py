"""jokebox lesson: the screen, with the lesson."""

from __future__ import annotations

import click

from jokebox.cli.options import model_option
from jokebox.cli.screen import open_screen


@click.command("lesson")
@model_option("The model to learn with. Default: the last one used.")
def command(model: str | None) -> int:
    """Learn what a language model is, in eight short steps on the screen.

    Each step waits until you have done something. F9 goes on; the lesson can be left at any time
    and goes on where it was.
    """
    return open_screen(model, lesson=True)

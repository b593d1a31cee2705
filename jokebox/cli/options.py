"""Options that several commands share, and the names that the shell completes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from jokebox.cli.output import warn
from jokebox.lm.config import Range

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def complete_models(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from jokebox.library import Library

    names = [entry.name for entry in Library().models()]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_corpora(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from jokebox.train.corpora import list_corpora

    names = [corpus.name for corpus in list_corpora() if corpus.name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def model_option(help: str) -> Decorator:
    return click.option("--model", metavar="NAME", help=help, shell_complete=complete_models)


def corpus_option(help: str) -> Decorator:
    return click.option(
        "--corpus",
        "corpora",
        metavar="NAME|PATH",
        multiple=True,
        help=help,
        shell_complete=complete_corpora,
    )


column_option = click.option(
    "--column", metavar="NAME", help="The column of the jokes, in a table without one named Joke."
)
letters_option = click.option(
    "--letters-only", is_flag=True, help="Remove all but letters, as in the tutorial."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, an object a line, and nothing else."
)


def number(range: Range) -> click.IntRange | click.FloatRange:
    """Return the type of an option whose values are those of `range`."""
    if range.whole:
        return click.IntRange(int(range.low), int(range.high), min_open=range.above)
    return click.FloatRange(range.low, range.high, min_open=range.above)


def load_model(name: str | None) -> Checkpoint:
    """The model that `--model` names, or the one to take without it; what is odd about it is told.

    Raises ModelError where there is none.
    """
    from jokebox.library import Library
    from jokebox.settings import load_settings

    library = Library()
    checkpoint = library.load(name or library.choose(None, load_settings().model))
    for notice in library.notices:
        warn(f"jokebox: {notice}")
    if not checkpoint.finished:
        warn(
            f"jokebox: {checkpoint.name} is half-trained ({checkpoint.progress:.0%});"
            f" go on with: jokebox train --resume --model {checkpoint.name!r}"
        )
    return checkpoint

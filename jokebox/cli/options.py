"""Options that several commands share, and shell completion of names."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from jokebox.cli.output import warn
from jokebox.errors import SettingsError

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.config import Range
    from jokebox.settings import Settings

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def complete_models(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the names of models that begin with `incomplete`."""
    from jokebox.library import Library

    names = [entry.name for entry in Library().models()]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_corpora(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the names of corpora that begin with `incomplete`, or let files be completed."""
    from jokebox.train.corpora import list_corpora

    names = [corpus.name for corpus in list_corpora() if corpus.name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def model_option(help: str) -> Decorator:
    """Return the decorator that adds --model to a command."""
    return click.option("--model", metavar="NAME", help=help, shell_complete=complete_models)


def corpus_option(help: str) -> Decorator:
    """Return the decorator that adds --corpus, which may be given several times, to a command."""
    return click.option(
        "--corpus",
        "corpora",
        metavar="NAME|PATH",
        multiple=True,
        help=help,
        shell_complete=complete_corpora,
    )


def layout_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how to read joke files, which the command gets as `layout`."""

    @click.option(
        "--column",
        "columns",
        metavar="NAME",
        multiple=True,
        help="The column or field with the jokes, if that is not clear; several times for several"
        " parts of a joke, in their order.",
    )
    @click.option("--blocks", is_flag=True, help="A joke is a block of lines between blank ones.")
    @click.option("--encoding", metavar="NAME", help="The encoding of the text, such as cp1251.")
    @functools.wraps(command)
    def with_layout(
        *arguments: Any,
        columns: tuple[str, ...],
        blocks: bool,
        encoding: str | None,
        **options: Any,
    ) -> Any:
        from jokebox.train.source import Layout

        return command(*arguments, layout=Layout(columns, blocks, encoding), **options)

    return with_layout


letters_option = click.option(
    "--letters-only",
    is_flag=True,
    help="Remove everything but letters and spaces, as in the tutorial.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON only, one object per line."
)


def number(range: Range) -> click.IntRange | click.FloatRange:
    """Return the type of an option whose values are those of `range`."""
    if range.integer:
        return click.IntRange(int(range.low), int(range.high), min_open=range.exclusive_low)
    return click.FloatRange(range.low, range.high, min_open=range.exclusive_low)


def load_settings_or_warn() -> Settings:
    """Return the user's settings, or the defaults with a warning if they cannot be used."""
    from jokebox.settings import Settings, load_settings

    try:
        return load_settings()
    except SettingsError as error:
        warn(f"jokebox: {error.title}, and the defaults are: {error.message}")
        return Settings()


def load_model(name: str | None, last_used: str | None) -> Checkpoint:
    """Return the model called `name`; if it is None, the last one used, else the newest.

    Warns if a file is damaged, or the model is another one or not fully trained. Raises ModelError
    if there is no such model.
    """
    from jokebox.formatting import training_state
    from jokebox.library import Library

    library = Library()
    checkpoint = library.open(name, last_used)
    for notice in library.notices:
        warn(f"jokebox: {notice}")
    if not checkpoint.finished:
        warn(
            f"jokebox: {checkpoint.name} is {training_state(checkpoint, can_resume=False)};"
            f" continue with: jokebox train --resume --model {checkpoint.name!r}"
        )
    return checkpoint

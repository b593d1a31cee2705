"""Options that several commands share, and the names that the shell completes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def complete_models(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from jokebox.library import Library

    names = [entry.name for entry in Library().entries()]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_corpora(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from jokebox.corpora import list_corpora

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

"""jokebox corpora: list, add, fetch and remove joke files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from jokebox.cli.options import column_option, complete_corpora
from jokebox.cli.output import say
from jokebox.formatting import size
from jokebox.lm.text import sanitise


@click.group("corpora", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List, add, fetch and remove joke files. Without a command, list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_all)


@command.command("list")
def list_all() -> None:
    """List the bundled corpus, those added, and those that can be fetched."""
    from jokebox.train.corpora import list_corpora

    corpora = list_corpora()
    width = max(len(corpus.name) for corpus in corpora)
    for corpus in corpora:
        say(
            f"{corpus.name:{width}}  {corpus.kind:11}  {size(corpus.bytes):>11}"
            f"  {corpus.description}".rstrip()
        )


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="The name of the corpus. Default: made from the file name.")
@column_option
def add(file: Path, name: str | None, column: str | None) -> None:
    """Copy a joke file to jokebox's own folder, so that it can be used by name."""
    from jokebox.train import corpora

    added = corpora.add(file, name, column=column)
    say(f"Added as {added.name}. Train on it with: jokebox train --corpus '{added.name}'")


@command.command()
@click.argument("name", shell_complete=complete_corpora)
def fetch(name: str) -> None:
    """Download a corpus of the catalogue."""
    from tqdm import tqdm

    from jokebox.train import corpora

    hidden = not sys.stderr.isatty()
    with tqdm(desc=sanitise(name), unit="B", unit_scale=True, delay=0.01, disable=hidden) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        fetched = corpora.fetch(name, show)
    say(f"Fetched {fetched.path}")


@command.command()
@click.argument("name", shell_complete=complete_corpora)
def remove(name: str) -> None:
    """Remove an added or fetched corpus."""
    from jokebox.train import corpora

    corpora.remove(name)

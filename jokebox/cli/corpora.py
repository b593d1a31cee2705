"""jokebox corpora: list, add, fetch and remove joke files."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jokebox.cli.options import complete_corpora, json_option, layout_options
from jokebox.cli.output import say, say_json, warn, with_progress
from jokebox.formatting import counted, size
from jokebox.lm.text import sanitise
from jokebox.train.source import Layout

if TYPE_CHECKING:
    from jokebox.train.corpora import Preview


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
@layout_options
@click.option("--dry-run", is_flag=True, help="Show what would be read, and store nothing.")
@json_option
def add(file: Path, name: str | None, layout: Layout, dry_run: bool, as_json: bool) -> None:
    """Store a joke file in jokebox's own folder, so that it can be used by name.

    It may be a table, text, JSON or Markdown, packed or not, or a folder of .txt files.
    """
    from jokebox.train import corpora

    watch = partial(with_progress, "Reading")
    if dry_run:
        if name is not None:
            corpora.check_name(name)
        found, stored = corpora.preview(file, layout, watch=watch), {}
    else:
        added = corpora.add(file, name, layout, watch=watch)
        found, stored = added.found, {"name": added.name, "path": str(added.path)}
    if as_json:
        say_json(to_json(found) | stored)
        return
    for notice in found.notices:
        warn(f"jokebox: {notice}")
    if dry_run:
        for line in describe(found):
            say(line)
        return
    name, jokes = stored["name"], counted(found.jokes, "joke")
    say(f"Added as {name}: {jokes}. Train on it with: jokebox train --corpus '{name}'")


def to_json(found: Preview) -> dict[str, object]:
    """Return what a file contains as the object that --json prints; scripts rely on its keys."""
    first = found.first_left_out
    return {
        "jokes": found.jokes,
        "left_out": dict(found.left_out),
        "first_left_out": None if first is None else asdict(first),
        "separator": found.separator,
        "encoding": found.encoding,
        "columns": list(found.columns),
        "first": list(found.first),
        "notices": list(found.notices),
    }


def describe(found: Preview) -> list[str]:
    """Return lines that say what a file contains."""
    separator = {None: "", "\t": ", separated by tabs"}
    how = separator.get(found.separator, f", separated by {found.separator}")
    columns = f", from {' + '.join(found.columns)}" if found.columns else ""
    return [
        f"{counted(found.jokes, 'joke')} in {found.encoding}{how}{columns}; the first ones:",
        *(f"  {joke}" for joke in found.first),
    ]


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

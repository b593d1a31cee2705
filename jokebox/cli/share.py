"""jokebox share: talks and models as a page, curves as CSV, and a card of one joke."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from jokebox.cli.options import complete_models
from jokebox.cli.output import say, warn

EXAMPLES = """\b
Examples:
  jokebox share talk.html                            # the newest talk
  jokebox share both.html --model tiny --model standard
  jokebox share curves.csv --model standard
  jokebox share card.png --talk "Why did the cow" --joke 1
"""


def complete_talks(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the names of talks that begin with `incomplete`, with their titles."""
    from jokebox.talk.archive import Archive

    talks = (talk for talk in Archive().talks() if talk.name.startswith(incomplete))
    return [CompletionItem(talk.name, help=talk.title) for talk in talks]


@click.command("share", epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.html|.csv|.svg|.png")
@click.option(
    "--talk",
    "talks",
    metavar="NAME",
    multiple=True,
    help="A talk: its file's name, or how its title begins. Default: the newest.",
    shell_complete=complete_talks,
)
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="A model.",
    shell_complete=complete_models,
)  # fmt: skip
@click.option(
    "--joke", type=click.IntRange(1), metavar="N",
    help="The joke of a card, counted from 1. Default: the last one of the talk.",
)  # fmt: skip
def command(file: Path, talks: tuple[str, ...], models: tuple[str, ...], joke: int | None) -> None:
    """Write a page of talks and models, or a card of one joke, for others.

    .html: one page that needs nothing else, with each talk, its words shaded by how surprising they
    were, and what else could have been told; and with how models learnt. Several models are
    compared. .csv: the points of the curves of models. .svg, .png: a card of one joke.

    --talk and --model may be given several times.
    """
    from jokebox.errors import TalkError
    from jokebox.library import Library
    from jokebox.sharing.share import SUFFIXES, share
    from jokebox.talk.archive import Archive
    from jokebox.talk.exports import check_new, export

    if file.suffix not in SUFFIXES:
        raise click.UsageError(f"{str(file)!r} has to end in {', '.join(SUFFIXES)}")
    check_new(file)
    archive, library = Archive(), Library()
    if not talks and not models:
        talks = tuple(talk.name for talk in archive.talks()[:1])
        if not talks:
            raise TalkError(
                "there is nothing to share", "no talk was kept yet", "Begin one: jokebox"
            )
    content = share(file.suffix, talks, models, archive=archive, load=library.load, joke=joke)
    for notice in library.notices:
        warn(f"jokebox: {notice}")
    export(file, content, replacing=False)
    say(f"Written to {file.absolute()}")

"""What is shared: talks and models by their names, as the file that a suffix asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jokebox.errors import ModelError, TalkError
from jokebox.formatting import counted
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.generator import Generator
from jokebox.sharing.card import as_png, card
from jokebox.sharing.curves import as_csv
from jokebox.sharing.likely import likely_words
from jokebox.sharing.page import SharedTalk, page
from jokebox.talk.archive import Archive
from jokebox.talk.transcript import Transcript
from jokebox.train.past_runs import measured_baselines

SUFFIXES = (".html", ".csv", ".svg", ".png")

Load = Callable[[str], Checkpoint]


def share(
    suffix: str,
    talks: Sequence[str] = (),
    models: Sequence[str] = (),
    *,
    archive: Archive,
    load: Load,
    joke: int | None = None,
) -> bytes:
    """Return a file that ends in one of SUFFIXES: a page, the curves of models, or a card.

    `load` returns the model of a name, or raises ModelError if there is none. The card is of joke
    number `joke` of one talk, counted from 1; of the last one if that is None. Raises TalkError and
    ModelError if something is missing or cannot be read.
    """
    if suffix == ".html":
        checkpoints = [load(name) for name in models]
        baselines = measured_baselines(checkpoints[0].corpus) if checkpoints else {}
        return page([_shared(name, archive, load) for name in talks], checkpoints, baselines)
    if suffix == ".csv":
        if not models:
            message, hint = (
                "A .csv file has the curves of models.",
                "Name one with --model, or several.",
            )
            raise ModelError("no model was named", message, hint)
        return as_csv([load(name) for name in models])
    svg = _card(talks, archive, joke)
    return as_png(svg) if suffix == ".png" else svg.encode()


def _shared(name: str, archive: Archive, load: Load) -> SharedTalk:
    """Return a talk with what else could have been told, if its model is still there."""
    stored = archive.find(name)
    talk = archive.read(stored.name)
    try:
        likely = likely_words(talk, Generator(load(talk.model)))
    except ModelError:
        missing = (
            f"What else could have been told is not known: {talk.model} cannot be opened here."
        )
        return SharedTalk(stored.title, talk, {}, missing)
    return SharedTalk(stored.title, talk, likely, _missing(talk, {turn for turn, _ in likely}))


def _missing(talk: Transcript, known: set[int]) -> str:
    """Return why it is not known of some turns what else could have been told."""
    missing = [turn for turn in talk.turns if turn.words and turn.number not in known]
    if not missing:
        return ""
    answers = "all answers" if len(missing) == len(talk.turns) else counted(len(missing), "answer")
    return (
        f"What else could have been told is not known of {answers}:"
        f" {talk.model} had other weights then, or another model told them."
    )


def _card(talks: Sequence[str], archive: Archive, joke: int | None) -> str:
    if len(talks) != 1:
        message = f"A card shows one joke, of one talk; {counted(len(talks), 'talk')} were named."
        raise TalkError("there is no joke for a card", message, "Name one talk.")
    stored = archive.find(talks[0])
    talk = archive.read(stored.name)
    jokes = talk.jokes
    number = len(jokes) if joke is None else joke
    if not 1 <= number <= len(jokes):
        message = f"{stored.title!r} has {counted(len(jokes), 'joke')}, and no joke {number}"
        raise TalkError("there is no such joke", message, "They are counted from 1.")
    return card(jokes[number - 1], talk.model)

"""The same prompt, answered with the same seed by several models or in several manners."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner
from jokebox.lm.generator import Generator
from jokebox.lm.novelty import Novelty
from jokebox.talk.conversation import Conversation
from jokebox.talk.events import TurnEnded, WordTold
from jokebox.talk.turns import Turn


@dataclass(frozen=True)
class Contender:
    """A model as it was at some step, and how it talks."""

    checkpoint: Checkpoint
    manner: Manner


def tell_together(
    contenders: Sequence[Contender],
    prompt: str,
    *,
    seed: int,
    stop: threading.Event | None = None,
) -> Iterator[tuple[int, Turn]]:
    """Answer `prompt` with each contender in a talk of its own, a word of each in turn.

    Yield the place of a contender and its turn as far as it goes, at the end as a whole.
    """
    novelties = {id(c.checkpoint.corpus): Novelty(c.checkpoint.corpus.learnt) for c in contenders}
    talks = [
        Conversation(Generator(c.checkpoint), novelties[id(c.checkpoint.corpus)], c.manner)
        for c in contenders
    ]
    answers = {i: talk.say(prompt, seed=seed, stop=stop) for i, talk in enumerate(talks)}
    while answers:
        for place in [*answers]:
            for event in answers[place]:
                if isinstance(event, WordTold | TurnEnded):
                    yield place, talks[place].turns[-1]
                    break
            else:
                del answers[place]


def answer(contender: Contender, prompt: str, *, seed: int, stop: threading.Event) -> str:
    """Return what one contender makes of `prompt`, the prompt included."""
    turns = [turn for _, turn in tell_together([contender], prompt, seed=seed, stop=stop)]
    return turns[-1].joke if turns else ""


def differing(one: Sequence[str], other: Sequence[str]) -> tuple[list[bool], list[bool]]:
    """Return for each word of two answers whether the other one lacks it at its place.

    The words that both have, in order, are matched as diff matches lines.
    """
    marks = [True] * len(one), [True] * len(other)
    for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        for i in range(block.size):
            marks[0][block.a + i] = marks[1][block.b + i] = False
    return marks

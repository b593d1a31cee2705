"""What else could have been told: the talk is read again by the model that told it."""

from __future__ import annotations

from collections.abc import Iterator

from jokebox.lm.generator import Choice, Generator, State
from jokebox.talk.archive import restore
from jokebox.talk.conversation import Conversation
from jokebox.talk.transcript import Transcript, identity
from jokebox.talk.turns import Turn

CHOICES = 8

Likely = dict[tuple[int, int], tuple[Choice, ...]]  # by the number of a turn and a place in it


def likely_words(talk: Transcript, generator: Generator) -> Likely:
    """Return the words that were likeliest in the place of each word, the told one among them.

    Only turns that these very weights told are in it: other weights would have other words. Raises
    TalkError if the talk does not fit the model it names.
    """
    weights, _ = identity(generator)
    if weights != talk.weights:
        return {}
    conversation = Conversation(generator)
    restore(conversation, talk, "the talk")
    return {
        (turn.number, place): choices
        for turn in talk.turns
        if turn.number in talk.states
        for place, choices in enumerate(
            _choices(generator, conversation.state_after(turn.parent), turn)
        )
    }


def _choices(generator: Generator, state: State, turn: Turn) -> Iterator[tuple[Choice, ...]]:
    """Yield the choices at each word of an answer; `state` is what was known before the turn."""
    state = generator.read(state, turn.prompt_ids)
    for word in turn.words:
        choices = generator.next_words(state, CHOICES)
        if word.text not in (choice.text for choice in choices):
            choices[-1] = Choice(word.text, 2**-word.bits, word.ids)
        yield tuple(choices)
        state = generator.read(state, word.ids)

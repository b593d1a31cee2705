from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from jokebox.lm.generator import State
from jokebox.talk.events import Event, TalkMoved, WordTold
from jokebox.talk.turns import Word
from tests.small import words_of

STATE = State(np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32))


def test_words_are_passed_on_before_the_answer_has_ended() -> None:
    sent: list[str] = []

    def events() -> Iterator[Event]:
        for text in (" the", " cow"):
            sent.append(text)
            yield WordTold(Word(text, 1.0, (3,)), STATE)
            yield TalkMoved(0, in_joke=True)

    words = words_of(events())
    assert next(words).text == " the"
    assert sent == [" the"]
    assert [word.text for word in words] == [" cow"]

"""Finding jokes by a word or a phrase in them, and counting how often it stands there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jokebox.lm.text import normalise


@dataclass(frozen=True)
class Found:
    """The places of the jokes with a phrase, in their order, and how often they have it in all."""

    places: Sequence[int]
    times: int


class JokeSearch:
    """Finds the `jokes` with a phrase, anywhere in them and whatever its case.

    200,000 jokes take some hundredths of a second; there is no index to be built.
    """

    def __init__(self, jokes: Sequence[str]) -> None:
        self._folded = [joke.casefold() for joke in jokes]

    def find(self, phrase: str) -> Found:
        """Return the jokes with `phrase`; an empty one is in all of them, and is not counted."""
        wanted = normalise(phrase).casefold()
        if not wanted:
            return Found(range(len(self._folded)), 0)
        places = [place for place, text in enumerate(self._folded) if wanted in text]
        return Found(places, sum(self._folded[place].count(wanted) for place in places))


def spans(text: str, phrase: str) -> list[tuple[int, int]]:
    """Return where `phrase` stands in `text`, whatever its case: first character, and behind."""
    wanted = normalise(phrase)
    if not wanted:
        return []
    return [match.span() for match in re.finditer(re.escape(wanted), text, re.IGNORECASE)]

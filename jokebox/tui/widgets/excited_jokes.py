"""The training jokes that excite a unit most, coloured by it like the talk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from jokebox.lm.text import sanitise
from jokebox.tui.widgets.tint import style_of, tinted

if TYPE_CHECKING:
    from jokebox.lm.lens import Trace, Unit

BEFORE, BEHIND = 22, 8  # words around the highest one that are shown


class ExcitedJokes(VerticalScroll, can_focus=False):
    """Show parts of jokes, each around the word at which the unit is highest."""

    def __init__(self) -> None:
        super().__init__(id="excited")

    def compose(self) -> ComposeResult:
        yield Static("", id="excited-title", markup=False)
        yield Static("", id="excited-jokes", markup=False)

    def show(self, name: str, unit: Unit, jokes: Sequence[Trace]) -> None:
        """Show the `jokes` in which the unit called `name` is highest, the highest first."""
        title = f"Training jokes in which {name} is highest" if jokes else ""
        self.query_one("#excited-title", Static).update(Content.styled(title, "bold"))
        parts = Content("\n").join(excerpt(joke, unit) for joke in jokes)
        self.query_one("#excited-jokes", Static).update(parts)
        self.scroll_home(animate=False)


def excerpt(joke: Trace, unit: Unit) -> Content:
    """Return the words of a joke around the one at which a unit is highest, coloured by it."""
    values = unit.of(joke.memory)  # (W,)
    peak = int(np.argmax(values)) if len(values) else 0
    start, end = max(0, peak - BEFORE), peak + BEHIND
    texts = [sanitise(word) for word in joke.words[start:end]]
    texts[:1] = [text.lstrip() for text in texts[:1]]
    styles = [style_of(value) for value in values[start:end]]
    begins, goes_on = "…" * (start > 0), "…" * (end < len(joke.words))
    words = tinted(zip(texts, styles, strict=True))
    return Content.assemble(("▪ ", "$primary"), (begins, "dim"), words, (goes_on, "dim"))

"""Where the user types."""

from __future__ import annotations

from textual.widgets import Input

from jokebox.lm.text import sanitise

START = "Start a joke, or press enter to hear one"
GO_ON = "Go on with this joke, or press enter for another"
SPEAKING = "esc stops the answer"


class Prompt(Input):
    """One line; its placeholder says what enter will do."""

    HELP = "Type the beginning of a joke and press enter: the model finishes it."

    def __init__(self) -> None:
        super().__init__(placeholder=START, id="prompt")

    def replace(self, text: str, start: int, end: int) -> None:
        """All that is typed or pasted comes by here, terminal codes and all."""
        super().replace(sanitise(text), start, end)

    def expect(self, *, in_joke: bool, speaking: bool) -> None:
        self.placeholder = SPEAKING if speaking else GO_ON if in_joke else START

"""Where the user types."""

from __future__ import annotations

from textual.widgets import Input

START = "Start a joke, or press enter to hear one"
GO_ON = "Go on with this joke, or press enter for another"
EDITING = "Change the prompt and press enter; esc leaves it as it was"
SPEAKING = "esc stops the answer"


class Prompt(Input):
    """One line; its placeholder says what enter will do."""

    HELP = "Type the beginning of a joke and press enter: the model finishes it."

    def __init__(self) -> None:
        super().__init__(placeholder=START, id="prompt")

    def expect(self, *, in_joke: bool, speaking: bool, editing: bool) -> None:
        told = SPEAKING if speaking else GO_ON if in_joke else START
        self.placeholder = EDITING if editing else told

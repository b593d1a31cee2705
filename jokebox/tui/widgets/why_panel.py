"""Why this word: what the model could have told instead, and how likely each word was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from jokebox.formatting import percent
from jokebox.tui.widgets.bars import bars
from jokebox.tui.widgets.line import Line

if TYPE_CHECKING:
    from jokebox.lm.generator import Choice
    from jokebox.talk.turns import CopiedWord, Turn

EMPTY = """\
Why this word?

Tab to the talk, or click a word: the ten words that were likeliest in its place show here."""


class WhyPanel(Vertical):
    """Show the choices at the cursor of the talk; one can be taken, or another word typed."""

    HELP = """\
## Why this word (F7)

At each step the model gives every word it knows a probability, and one is drawn. The bits of a
word say how surprising it was: one bit is a coin toss, ten bits one chance in a thousand.
In the talk a dim word is one that the model expected; the bolder a word, the less it was expected.
The bars say how likely each word is to be drawn as it talks now: turn the temperature and they
move; a grey word is cut, it is never drawn. A word that stands in the joke already can be copied:
then the panel says how much of it was, and the word it was copied from is marked in the talk.
A number key takes another word from the list, enter lets you type one, and the answer continues
from there."""

    @dataclass
    class WordChosen(Message):
        """The user chose this word for the cursor; an empty one ends the joke."""

        text: str

    def __init__(self) -> None:
        super().__init__(id="why")
        self.choices: tuple[Choice, ...] = ()
        self._shown: tuple[Choice, ...] = ()  # also while others are on their way
        self._told: str | None = None

    def compose(self) -> ComposeResult:
        yield Static(EMPTY, id="word-title", markup=False)
        yield OptionList(id="choices", compact=True)
        yield Line(placeholder="another word", id="word-input", compact=True)

    def on_mount(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Show that the cursor is on no word."""
        self.choices = self._shown = ()
        self.query_one("#word-title", Static).update(EMPTY)
        self.query_one("#choices").display = self.query_one("#word-input").display = False

    def wait(self) -> None:
        """Forget the choices: the cursor has moved, and others are on their way."""
        self.choices = ()

    def show(
        self,
        turn: Turn,
        place: int,
        choices: tuple[Choice, ...],
        copied: CopiedWord | None = None,
    ) -> None:
        """Show what could be at `place` of the answer of `turn`, and how its word was copied."""
        self.choices = self._shown = choices
        self._told = turn.words[place].text if place < len(turn.words) else None
        self.query_one("#word-title", Static).update(_title(turn, place, copied))
        self.query_one("#choices").display = self.query_one("#word-input").display = True
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        options = self.query_one("#choices", OptionList)
        at, width = options.highlighted, self.content_size.width - 1  # beside the scrollbar
        options.set_options(Option(row) for row in bars(self._shown, width, self._told))
        options.highlighted = at if at is not None and at < len(self._shown) else None

    def choose(self, number: int) -> None:
        """Take the choice of this number, counted from 0."""
        if number < len(self.choices):
            self.post_message(self.WordChosen(self.choices[number].text.strip()))

    def type(self) -> None:
        """Let the user type another word."""
        self.query_one("#word-input", Input).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.choose(event.option_index)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.clear()
        if event.value.strip():
            self.post_message(self.WordChosen(event.value))


def _title(turn: Turn, place: int, copied: CopiedWord | None) -> Content:
    if place == len(turn.words):
        return Content("What comes next?\n")
    word = turn.words[place]
    chance = percent(2**-word.bits)
    copy = f" {copied.in_words('that')}" if copied else ""
    return Content.assemble(
        "Why ", (word.text.strip(), "bold $primary"), "?\n",
        (f"It cost {word.bits:.1f} bits: the model gave it {chance}.{copy}", "$foreground-muted"),
    )  # fmt: skip

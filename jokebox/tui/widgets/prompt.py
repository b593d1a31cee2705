"""Where the user types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.binding import Binding
from textual.reactive import var

from jokebox.talk.prompts import PromptHistory
from jokebox.tui.widgets.line import Line

if TYPE_CHECKING:
    from jokebox.talk.turns import Turn

START = "Start a joke, or press enter to hear one"
CONTINUE = "Continue it, or press enter for another joke"
YOUR_TURN = "Your turn; press enter alone and it goes on"
ANSWERING = "esc stops the answer"
EDITING = "Change the prompt and press enter; esc leaves it unchanged"


class Prompt(Line):
    """Take one line; the placeholder says what enter will do."""

    HELP = """\
## The prompt

Type the beginning of a joke and press enter: the model finishes it, word by word; esc stops it.
Enter alone asks for another joke. A joke that was stopped before its end is continued by your next
prompt; ctrl+o starts another one instead. If you take turns (ctrl+e), enter alone goes on with the
same joke. Up and down bring earlier prompts back."""

    BINDINGS = [
        Binding(
            "up",
            "recall(-1)",
            "Earlier",
            show=False,
            id="earlier",
            tooltip="Bring an earlier prompt back",
        ),
        Binding(
            "down",
            "recall(1)",
            "Later",
            show=False,
            id="later",
            tooltip="Towards what you were typing",
        ),
    ]

    edited: var[Turn | None] = var["Turn | None"](None, init=False)  # its prompt is being changed

    def __init__(self) -> None:
        super().__init__(placeholder=START, id="prompt", select_on_focus=False)
        self.cursor_blink = False  # an app that nobody uses draws nothing
        self._history = PromptHistory()
        self._expected = START

    def expect(self, *, in_joke: bool, answering: bool, take_turns: bool) -> None:
        """Show what enter will do now."""
        go_on = YOUR_TURN if take_turns else CONTINUE
        self._expected = ANSWERING if answering else go_on if in_joke else START
        self.watch_edited()

    def edit(self, turn: Turn) -> None:
        """Let the user change the prompt of a turn."""
        self.edited = turn
        self.value = turn.prompt
        self.focus()

    def leave(self) -> None:
        """Leave the prompt that was being changed as it was."""
        if self.edited is not None:
            self.edited = None
            self.clear()

    def watch_edited(self) -> None:
        self.placeholder = EDITING if self.edited else self._expected
        self.refresh_bindings()

    async def on_key(self, event: events.Key) -> None:
        # at once: as a binding it would run after the letters that are already behind it. A
        # terminal that is not set up yet, before the first frame, sends enter as ctrl+j
        if event.key in ("enter", "ctrl+j"):
            event.stop()
            event.prevent_default()
            await self.action_submit()

    async def action_submit(self) -> None:
        self._history.add(self.value)
        await super().action_submit()
        self.clear()

    def action_recall(self, step: int) -> None:
        """Show an earlier prompt, or a later one, down to what was being typed."""
        self.use(self._history.move(step, self.value))

    @property
    def earlier(self) -> list[str]:
        """The prompts that were typed before, the last one first, each once."""
        return self._history.newest_first()

    def use(self, text: str) -> None:
        """Let the user go on typing after this."""
        self.value = text
        self.cursor_position = len(text)

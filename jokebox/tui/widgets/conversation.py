"""The talk on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.message import Message
from textual.reactive import var
from textual.widgets import Static

from jokebox.errors import JokeboxError
from jokebox.tui.widgets.turn import TurnView

if TYPE_CHECKING:
    from jokebox.talk.turns import Alternative, CopiedWord, Turn

EMPTY = """\
Start a joke, I finish it.

Why did the cow
What do you call a
My wife told me

or press enter, and I tell one."""


def _bind(key: str, action: str, label: str, tooltip: str, *, id: str = "") -> Binding:
    """Return the key of something that can be done with a turn."""
    return Binding(key, f"do('{action}')", label, tooltip=tooltip, id=id or f"turn_{action}")


class ConversationView(VerticalScroll, can_focus=True):
    """Show the turns from top to bottom, and follow the end until the user scrolls up.

    While it has the focus, a cursor moves over the turns and their words.
    """

    HELP = """\
## The talk

Shift+tab or a click takes you into it. Up and down choose a turn, left and right a word of its
answer; what can be done with the turn is shown below it. What you type goes to the prompt all the
same. 2 of 16 is the second of sixteen answers: [ and ] show the others. ↺ is a joke copied word for
word from the training jokes. Of the chosen turn, six or more words in a row that stand so in a
training joke are underlined: ctrl+u shows both jokes. ♥ is a favourite of yours: ctrl+r can train
on your favourites."""

    BINDINGS = [
        Binding("up", "turn(-1)", "Turn before", show=False, tooltip="Choose the turn before"),
        Binding("down", "turn(1)", "Turn after", show=False, tooltip="Choose the turn after"),
        Binding("left", "word(-1)", "Word before", show=False, tooltip="Choose the word before"),
        Binding("right", "word(1)", "Word after", show=False, tooltip="Choose the word after"),
        # no letters: what is typed belongs to the prompt. As there, ctrl+f, ctrl+g and ctrl+b mark,
        # answer again and go back
        _bind("enter", "edit", "Edit", "Change the prompt and answer it from the same state"),
        _bind("enter", "type", "Type word", "Type another word for the one at the cursor"),
        _bind("ctrl+c", "copy", "Copy", "Copy the joke to the clipboard"),
        _bind("ctrl+f", "mark", "Favourite", "Add the joke to your favourites, or remove it"),
        _bind("ctrl+g", "again", "Again", "Answer this prompt again, from the same state"),
        _bind("ctrl+x", "continue", "Continue", "Continue where it stopped", id="turn_go_on"),
        _bind("ctrl+b", "branch", "Branch", "Continue from here; keep the rest as an alternative"),
        _bind("left_square_bracket", "before", "Before", "Show the alternative before"),
        _bind("right_square_bracket", "after", "Other", "Show the alternative after"),
        _bind("ctrl+u", "source", "Source", "Show the joke that most of this one is copied from"),
        _bind("backspace", "undo", "Undo word", "Take the last word of your own writing back"),
        *(
            Binding(f"{n % 10}", f"choose({n - 1})", f"Word {n}", show=False, tooltip="Take it")
            for n in range(1, 11)
        ),
    ]

    shaded: var[bool] = var(False)
    favourites: var[frozenset[str]] = var(frozenset[str]())  # their texts

    @dataclass
    class ActionRequested(Message):
        """Do this with a turn."""

        action: str
        turn: Turn

    @dataclass
    class ChoiceRequested(Message):
        """Take the choice of this number, from 0, for the word at the cursor."""

        number: int

    @dataclass
    class CursorMoved(Message):
        """The cursor is on a word now, or on none."""

        turn: Turn | None
        place: int | None  # of the word in the answer

    def compose(self) -> ComposeResult:
        yield Static(EMPTY, id="empty", markup=False)

    def on_mount(self) -> None:
        self.anchor()
        self.call_after_refresh(self.load_favourites)

    @property
    def turns(self) -> list[TurnView]:
        """All turns that are shown, those that wait among them."""
        return list(self.query(TurnView))

    @property
    def waiting(self) -> list[TurnView]:
        """The turns whose prompts wait to be answered."""
        return [view for view in self.turns if view.has_class("-waiting")]

    @property
    def selected(self) -> TurnView | None:
        """The turn that the cursor is on."""
        return next((view for view in self.turns if view.selected), None)

    def add(self, prompt: str, *, waiting: str = "") -> TurnView:
        """Add a turn at the end; `waiting` says what it waits for, if it does."""
        self.query_one("#empty").display = False
        view = TurnView(prompt, waiting=waiting)
        view.shaded, view.favourites = self.shaded, self.favourites
        self.mount(view)
        return view

    def settle(
        self, turns: tuple[Turn, ...], alternatives: tuple[tuple[Alternative, ...], ...]
    ) -> None:
        """Show the turns as they are now, and after them those that wait."""
        answered = [view for view in self.turns if not view.has_class("-waiting")]
        gone = answered[len(turns) :]
        for view in gone:
            view.remove()
        answered += [self.add(turn.prompt) for turn in turns[len(answered) :]]
        for view, turn, numbers in zip(answered, turns, alternatives, strict=False):
            view.finish(turn, numbers, last=turn is turns[-1])
        # they are attached until the removal is done
        self.query_one("#empty").display = set(self.turns) <= set(gone)

    def cut(self, number: int) -> TurnView:
        """Return the turn of this number, and remove what is shown after it."""
        at = next(i for i, v in enumerate(self.turns) if v.turn and v.turn.number == number)
        for view in self.turns[at + 1 :]:
            if not view.has_class("-waiting"):
                view.remove()
        return self.turns[at]

    def select(self, view: TurnView | None, place: int | None = None) -> None:
        """Put the cursor on a turn and a word of it, or remove it."""
        if view is self.selected and (view is None or view.place == place):
            return
        for other in self.turns:
            other.selected, other.place = other is view, place if other is view else None
        if view is not None:
            self.call_after_refresh(self._bring_into_view, view)
        self.report_cursor()
        self.refresh_bindings()

    def on_resize(self) -> None:
        """Keep the cursor in view: the key bar below grows with what can be done at it."""
        if self.selected is not None:
            self.call_after_refresh(self._bring_into_view, self.selected)

    def _bring_into_view(self, view: TurnView) -> None:
        """Scroll to the turn, and if it does not fit, to the line of the cursor."""
        view.scroll_visible(animate=False)
        line = view.cursor_line
        if line is not None:
            region = view.virtual_region
            self.scroll_to_region(Region(0, region.y + line, region.width, 1), animate=False)

    def mark_source(self, copied: CopiedWord | None) -> None:
        """Mark the word that the one at the cursor was copied from, if it was."""
        for view in self.turns:
            here = copied is not None and view.turn is not None and view.turn.number == copied.turn
            view.source = copied if here else None

    def report_cursor(self) -> None:
        """Post where the cursor is; what was copied there is not known yet."""
        self.mark_source(None)
        # later, from this widget: a message made in a handler of its parent does not bubble up
        self.call_later(self._report_cursor)

    def _report_cursor(self) -> None:
        view = self.selected
        self.post_message(
            self.CursorMoved(view.turn if view else None, view.place if view else None)
        )

    def watch_shaded(self, shaded: bool) -> None:
        for view in self.turns:
            view.shaded = shaded

    def load_favourites(self) -> None:
        """Read the favourites, so that the turns that tell one show it."""
        from jokebox.talk.favourites import Favourites

        with suppress(JokeboxError):  # shown when the user adds one or opens their list
            self.favourites = Favourites().texts()

    def watch_favourites(self, favourites: frozenset[str]) -> None:
        for view in self.turns:
            view.favourites = favourites

    def on_focus(self) -> None:
        if self.selected is None and self._finished:
            self.select(self._finished[-1])

    @property
    def _finished(self) -> list[TurnView]:
        return [view for view in self.turns if view.turn is not None]

    def on_turn_view_clicked(self, event: TurnView.Clicked) -> None:
        if event.view.turn is None:
            return
        self.focus()
        if event.action is not None:
            self.post_message(self.ActionRequested(event.action, event.view.turn))
        else:
            self.select(event.view, event.place)

    def action_turn(self, by: int) -> None:
        views = self._finished
        at = views.index(self.selected) if self.selected in views else len(views) - 1
        if 0 <= at + by < len(views):
            self.select(views[at + by])

    def action_word(self, by: int) -> None:
        view = self.selected
        if view is None or view.turn is None:
            return
        words = len(view.turn.words)
        at = view.place if view.place is not None else (words if by < 0 else -1)
        self.select(view, min(words, max(0, at + by)))

    def action_do(self, action: str) -> None:
        view = self.selected
        if view is not None and view.turn is not None:
            self.post_message(self.ActionRequested(action, view.turn))

    def deeds(self) -> Iterator[tuple[Binding, str]]:
        """Yield the keys of what can be done with the last turn, and their actions."""
        last = self._finished[-1] if self._finished else None
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and binding.action.startswith("do("):
                action = binding.action.removeprefix("do('").removesuffix("')")
                if last is not None and last.can(action):
                    yield binding, action

    def do_with_last(self, action: str) -> None:
        """Do this with the last turn; whoever asked for it need not be in the talk."""
        turn = self._finished[-1].turn if self._finished else None
        if turn is not None:
            self.post_message(self.ActionRequested(action, turn))

    def action_choose(self, number: int) -> None:
        self.post_message(self.ChoiceRequested(number))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "do":
            return self.selected is not None and self.selected.can(str(parameters[0]))
        if action == "choose":
            return self.selected is not None and self.selected.place is not None
        return True

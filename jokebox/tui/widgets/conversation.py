"""The talk on the screen."""

from __future__ import annotations

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
    from jokebox.conversation import Turn

EMPTY = """\
Start a joke, I finish it.

Why did the cow
What do you call a
My wife told me

or press enter, and I tell one."""


def _deed(key: str, deed: str, description: str, tooltip: str, *, show: bool = True) -> Binding:
    action, id = f"do('{deed}')", f"turn_{deed}"
    return Binding(key, action, description, tooltip=tooltip, id=id, show=show)


class ConversationView(VerticalScroll, can_focus=True):
    """Turns from top to bottom; follows the end until the user scrolls up.

    While it has the focus, a cursor walks over the turns and their words.
    """

    HELP = """\
## The talk

Shift+tab or a click brings you into it. Up and down choose a turn, left and right a word of its
answer; what can be done with the turn stands below it. ↺ marks a joke that stands word for word in
the jokes it learnt from, ♥ one that you marked."""

    BINDINGS = [
        Binding("up", "turn(-1)", "Turn before", show=False, tooltip="Choose the turn before"),
        Binding("down", "turn(1)", "Turn after", show=False, tooltip="Choose the turn after"),
        Binding("left", "word(-1)", "Word before", show=False, tooltip="Choose the word before"),
        Binding("right", "word(1)", "Word after", show=False, tooltip="Choose the word after"),
        _deed("c", "copy", "Copy", "Copy the joke to the clipboard"),
        _deed("f", "mark", "Mark", "Mark the joke as a favourite, or take its mark"),
        _deed("a", "again", "Again", "Answer this prompt again, from the same state"),
        _deed("g", "go_on", "Go on", "Go on from where the answer stopped"),
        _deed("e", "edit", "Edit", "Change the prompt and answer it from the same state"),
        _deed("b", "branch", "Branch", "Go on from here; what came after stays as an alternative"),
        _deed("left_square_bracket", "before", "Other", "Show the alternative before"),
        _deed("right_square_bracket", "after", "Other", "Show the alternative after"),
        _deed("s", "source", "Source", "Show the joke that most of this one is copied from"),
        _deed("enter", "type", "Type word", "Type another word for the one at the cursor"),
        _deed("backspace", "undo", "Undo word", "Take the last word of your own writing back"),
        *(
            Binding(f"{n % 10}", f"choose({n - 1})", f"Word {n}", show=False, tooltip="Take it")
            for n in range(1, 11)
        ),
    ]

    shaded: var[bool] = var(False)
    marks: var[frozenset[str]] = var(frozenset[str]())  # the texts of the favourites

    @dataclass
    class Wanted(Message):
        """Do this with a turn, at this word of its answer."""

        deed: str
        turn: Turn
        place: int | None

    @dataclass
    class Chosen(Message):
        """Take the word of this number from those that could stand at the cursor."""

        number: int

    @dataclass
    class Moved(Message):
        """The cursor stands on a word now, or on none."""

        turn: Turn | None
        place: int | None

    def compose(self) -> ComposeResult:
        yield Static(EMPTY, id="empty", markup=False)

    def on_mount(self) -> None:
        self.anchor()
        self.call_after_refresh(self.look_at_marks)

    @property
    def turns(self) -> list[TurnView]:
        return list(self.query(TurnView))

    @property
    def selected(self) -> TurnView | None:
        return next((view for view in self.turns if view.selected), None)

    def add(self, prompt: str, *, waiting: str = "") -> TurnView:
        """A new turn at the end, which may have to wait."""
        self.query_one("#empty").display = False
        view = TurnView(prompt, waiting=waiting)
        view.shaded, view.marks = self.shaded, self.marks
        self.mount(view)
        return view

    def settle(self, turns: tuple[Turn, ...], alternatives: tuple[tuple[int, ...], ...]) -> None:
        """Show the turns as they are now; those that wait stay at the end."""
        spoken = [view for view in self.turns if not view.has_class("-waiting")]
        gone = spoken[len(turns) :]
        for view in gone:
            view.remove()
        spoken += [self.add(turn.prompt) for turn in turns[len(spoken) :]]
        for view, turn, others in zip(spoken, turns, alternatives, strict=False):
            view.finish(turn, others, last=turn is turns[-1])
        # they are attached until the removal is done
        self.query_one("#empty").display = set(self.turns) <= set(gone)

    def cut(self, number: int) -> TurnView:
        """The turn of this number, with nothing after it any more."""
        at = next(i for i, v in enumerate(self.turns) if v.turn and v.turn.number == number)
        for view in self.turns[at + 1 :]:
            if not view.has_class("-waiting"):
                view.remove()
        return self.turns[at]

    def select(self, view: TurnView | None, place: int | None = None) -> None:
        """Put the cursor on a turn and a word of it, or nowhere."""
        if view is self.selected and (view is None or view.place == place):
            return
        for other in self.turns:
            other.selected, other.place = other is view, place if other is view else None
        if view is not None:
            self.call_after_refresh(self._bring_into_view, view)
        self.tell_place()
        self.refresh_bindings()

    def _bring_into_view(self, view: TurnView) -> None:
        """Let the turn be seen, and the line of the cursor where all of it has no room."""
        view.scroll_visible(animate=False)
        line = view.cursor_line
        if line is not None:
            region = view.virtual_region
            self.scroll_to_region(Region(0, region.y + line, region.width, 1), animate=False)

    def tell_place(self) -> None:
        """Say where the cursor stands."""
        # later, in this widget's own turn: a message made in a handler of its parent stops there
        self.call_later(self._tell_place)

    def _tell_place(self) -> None:
        view = self.selected
        self.post_message(self.Moved(view.turn if view else None, view.place if view else None))

    def watch_shaded(self, shaded: bool) -> None:
        for view in self.turns:
            view.shaded = shaded

    def look_at_marks(self) -> None:
        """Let the turns that tell a favourite show it."""
        from jokebox.favourites import Favourites

        with suppress(JokeboxError):  # told when the user marks a joke or looks at them
            self.marks = Favourites().texts()

    def watch_marks(self, marks: frozenset[str]) -> None:
        for view in self.turns:
            view.marks = marks

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
        if event.deed is not None:
            self.post_message(self.Wanted(event.deed, event.view.turn, event.view.place))
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

    def action_do(self, deed: str) -> None:
        view = self.selected
        if view is not None and view.turn is not None:
            self.post_message(self.Wanted(deed, view.turn, view.place))

    def action_choose(self, number: int) -> None:
        self.post_message(self.Chosen(number))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "do":
            return self.selected is not None and self.selected.can(str(parameters[0]))
        if action == "choose":
            return self.selected is not None and self.selected.place is not None
        return True

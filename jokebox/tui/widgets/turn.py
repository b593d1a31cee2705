"""One turn of the talk: the prompt and its answer as one flowing text, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.style import Style
from textual.widgets import Static

from jokebox.lm.text import normalise

if TYPE_CHECKING:
    from jokebox.conversation import Turn, Word

# from sure to astonished, in bits; the text's weight says it where colours cannot
SHADES = (
    (1, "dim"),
    (3, ""),
    (6, "on $primary 20%"),
    (9, "bold on $primary 40%"),
    (float("inf"), "bold underline on $primary 60%"),
)
MARK = "♥"  # in every font, even the console's
# what can be done with a turn, in the order of its links: action and what it is called
DEEDS = {
    "copy": "copy",
    "mark": "mark",
    "again": "again",
    "go_on": "go on",
    "edit": "edit",
    "branch": "branch",
    "source": "source",
}


class TurnView(Vertical):
    """The user's words stand out, the model's are plain, remarks are dim."""

    shaded: var[bool] = var(False, init=False)
    marks: var[frozenset[str]] = var(frozenset[str](), init=False)
    place: var[int | None] = var[int | None](None, init=False)
    selected: var[bool] = var(False, init=False, toggle_class="-selected")

    class Clicked(Message):
        """The turn was clicked: the word at `place` of its answer, or the name of a `deed`."""

        def __init__(self, view: TurnView, place: int | None, deed: str | None) -> None:
            super().__init__()
            self.view, self.place, self.deed = view, place, deed

    def __init__(self, prompt: str, *, waiting: str = "") -> None:
        super().__init__(classes="turn")
        self.prompt = prompt
        self.turn: Turn | None = None
        self._alternatives: tuple[int, ...] = ()
        self._last = True
        self._words: list[Word] = []
        self._remark = waiting
        self._speaking = False

    def can(self, deed: str) -> bool:
        """Whether `deed` can be done with this turn."""
        turn = self.turn
        return turn is not None and {
            "mark": bool(turn.joke),
            "go_on": turn.ended != "end-of-joke",
            "branch": not self._last,
            "before": len(self._alternatives) > 1,
            "after": len(self._alternatives) > 1,
            "source": turn.copied is not None and turn.copied.longest_run > 0,
            "type": self.place is not None,
            "undo": turn.draft and bool(turn.words),
        }.get(deed, True)

    @property
    def marked(self) -> bool:
        """Whether the joke is a favourite, as far as this turn tells it."""
        turn = None if self._speaking else self.turn
        return turn is not None and normalise(turn.joke) in self.marks

    @property
    def cursor_line(self) -> int | None:
        """The line of the text that the cursor stands on."""
        if self.place is None:
            return None
        text = self.query_one(".text")
        for line in range(text.size.height):
            strip = text.render_line(line)
            if any(part.style and part.style.meta.get("place") == self.place for part in strip):
                return line
        return text.size.height - 1  # behind the last word

    def compose(self) -> ComposeResult:
        yield Static("", markup=False, classes="text")
        yield Static("", markup=False, classes="deeds")

    def on_mount(self) -> None:
        self._show()

    def wait(self, remark: str) -> None:
        """Say what the prompt waits for."""
        self._remark = remark
        self._show()

    def restart(self, prompt: str | None = None, kept: int = 0, word: str = "") -> None:
        """An answer begins, with the first `kept` words and `word`; what else stood here goes."""
        self.prompt = self.prompt if prompt is None else prompt
        self._words = self._words[:kept]
        if word:
            from jokebox.conversation import Word

            self._words.append(Word(f" {word}", 0.0, ()))
        self._remark, self._speaking = "", True
        self._show()

    def append(self, word: Word) -> None:
        self._words.append(word)
        self._show()

    def finish(self, turn: Turn, alternatives: tuple[int, ...], *, last: bool) -> None:
        """The answer is whole, as far as it goes; the `last` of the talk, or not."""
        shown = (self.turn, self._alternatives, self._last, self._speaking)
        if shown == (turn, alternatives, last, False):
            return
        self.turn, self._alternatives, self._last, self._speaking = turn, alternatives, last, False
        self.set_class(not turn.opens, "-continues")
        self.prompt, self._words = turn.prompt, list(turn.words)
        remarks = []
        if turn.ended != "end-of-joke":
            remarks.append("…")
        if turn.copied is not None and turn.copied.recited:
            remarks.append("  ↺ word for word from the jokes it learnt from")
        if turn.skipped:
            remarks.append(f"  (it does not know {', '.join(turn.skipped)})")
        self._remark = "".join(remarks)
        self._show()

    def watch_shaded(self) -> None:
        self._show()

    def watch_marks(self) -> None:
        self._show()

    def watch_place(self) -> None:
        self._show()

    def watch_selected(self) -> None:
        self._show()

    def on_click(self, event: events.Click) -> None:
        meta = event.style.meta
        self.post_message(self.Clicked(self, meta.get("place"), meta.get("deed")))

    def _show(self) -> None:
        if not self.children:
            return  # not composed yet: shown when mounted
        goes_on = self.has_class("-continues") and not self.prompt
        begins = ("… ", "dim") if goes_on else (self.prompt, "bold $primary")
        parts: list[Content | tuple[str, str]] = [begins]
        for place, word in enumerate(self._words):
            text = word.text if self.prompt or place else word.text.removeprefix(" ")
            parts.append(self._word(place, text, word.bits))
        if self._speaking:
            parts.append(("▌", "$primary"))
        elif self.place == len(self._words):
            parts.append((" ", "reverse"))
        if self._remark:
            parts.append((f" {self._remark}", "dim"))
        if self.marked:
            parts.append((f" {MARK}", "bold $primary"))
        self.query_one(".text", Static).update(Content.assemble(*parts))
        self.query_one(".deeds", Static).update(self._deeds() if self.selected else "")

    def _word(self, place: int, text: str, bits: float) -> Content:
        space = text[: len(text) - len(text.lstrip())]
        style = shade(bits) if self.shaded else ""
        style = "reverse" if place == self.place else style
        word = Content.styled(text.lstrip(), style) if style else Content(text.lstrip())
        return Content(space) + word.stylize(Style.from_meta({"place": place}))

    def _deeds(self) -> Content:
        """What can be done, as links, and where this answer stands among its alternatives."""
        names = DEEDS | ({"mark": "unmark"} if self.marked else {})
        links = [_link(text, deed) for deed, text in names.items() if self.can(deed)]
        if self.turn is not None and len(self._alternatives) > 1:
            at = self._alternatives.index(self.turn.number) + 1
            links += [_link(f"◂ {at}", "before"), _link(f"of {len(self._alternatives)} ▸", "after")]
        return Content("   ").join(links)


def _link(text: str, deed: str) -> Content:
    return Content(text).stylize(Style.from_meta({"deed": deed}))


def shade(bits: float) -> str:
    """The style of a word that cost so much."""
    return next(style for limit, style in SHADES if bits < limit)

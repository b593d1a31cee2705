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

from jokebox.formatting import surprise
from jokebox.lm.text import normalise, word_spans
from jokebox.tui.widgets.tint import Tint

if TYPE_CHECKING:
    from textual.timer import Timer

    from jokebox.talk.events import Event
    from jokebox.talk.turns import Alternative, CopiedWord, Turn, Word

# from expected to surprising; the weight of the text says it if there are no colours
SHADES = (
    "dim",
    "",
    "on $primary 20%",
    "bold on $primary 40%",
    "bold underline on $primary 60%",
)
SOURCE = "underline reverse $primary"  # of the word that the one at the cursor is copied from
COPIED = "underline"  # of a run of words that stands in a training joke
THINKING_AFTER = 0.7  # seconds
HEART = "♥"  # in every font, even the console's
# what can be done with a turn, in the order of its links, and what the links are called
ACTIONS = {
    "copy": "copy",
    "mark": "favourite",
    "again": "again",
    "continue": "continue",
    "edit": "edit",
    "branch": "branch",
    "source": "source",
}


class TurnView(Vertical):
    """Show a turn: the user's words bold, the model's plain, remarks dim."""

    shaded: var[bool] = var(False, init=False)
    tint: var[Tint | None] = var[Tint | None](None, init=False)  # by a unit of the LSTM
    favourites: var[frozenset[str]] = var(frozenset[str](), init=False)
    place: var[int | None] = var[int | None](None, init=False)
    source: var[CopiedWord | None] = var["CopiedWord | None"](None, init=False)  # if in this turn
    selected: var[bool] = var(False, init=False, toggle_class="-selected")

    class Clicked(Message):
        """The turn was clicked: on the word at `place` of its answer, or on a link's `action`."""

        def __init__(self, view: TurnView, place: int | None, action: str | None) -> None:
            super().__init__()
            self.view, self.place, self.action = view, place, action

    def __init__(self, prompt: str, *, waiting: str = "") -> None:
        super().__init__(classes="turn")
        self.prompt = prompt
        self.turn: Turn | None = None  # when it has ended
        self._alternatives: tuple[Alternative, ...] = ()
        self._last = True
        self._words: list[Word] = []
        self._remark = waiting
        self._answering = False
        self._thinking: Timer | None = None  # runs out if the next word takes long

    def can(self, action: str) -> bool:
        """Return whether `action` is possible with this turn."""
        turn = self.turn
        return turn is not None and {
            "mark": bool(turn.joke),
            "continue": turn.ended != "end-of-joke",
            "branch": not self._last,
            "before": len(self._alternatives) > 1,
            "after": len(self._alternatives) > 1,
            "source": turn.copied is not None and turn.copied.longest_run > 0,
            "edit": self.place is None,
            "type": self.place is not None,
            "undo": turn.written and bool(turn.words),
        }.get(action, True)

    @property
    def _alternative(self) -> str:
        """Which of its alternatives this answer is, if it has any: 2 of 3."""
        if self.turn is None or self._answering or len(self._alternatives) < 2:
            return ""
        return f"{self._alternatives.index(self.turn.number) + 1} of {len(self._alternatives)}"

    @property
    def has_words(self) -> bool:
        """Whether a word of the answer is shown."""
        return bool(self._words)

    @property
    def is_answering(self) -> bool:
        """Whether its answer is under way."""
        return self._answering

    @property
    def is_favourite(self) -> bool:
        """Whether the joke, as far as this turn tells it, is a favourite."""
        turn = None if self._answering else self.turn
        return turn is not None and normalise(turn.joke) in self.favourites

    @property
    def cursor_line(self) -> int | None:
        """The line of the text that the cursor is on."""
        if self.place is None:
            return None
        text = self.query_one(".text")
        for line in range(text.size.height):
            strip = text.render_line(line)
            if any(part.style and part.style.meta.get("place") == self.place for part in strip):
                return line
        return text.size.height - 1  # after the last word

    def compose(self) -> ComposeResult:
        yield Static("", markup=False, classes="text")
        yield Static("", markup=False, classes="deeds")

    def on_mount(self) -> None:
        self._show()

    def wait(self, remark: str) -> None:
        """Show what the prompt waits for."""
        self._remark = remark
        self._show()

    def restart(self, prompt: str | None = None, words: int = 0) -> None:
        """Show that an answer is under way, to another prompt or after its first `words`."""
        self.prompt = self.prompt if prompt is None else prompt
        self._words = self._words[:words]
        self._remark, self._answering = "", True
        self._show()

    def show_event(self, event: Event) -> None:
        """Show what happens while the answer is told."""
        from jokebox.talk.events import Drafting, TurnBegan, WordTold

        self._end_thinking()
        if isinstance(event, TurnBegan):
            self.prompt, self._words = event.turn.prompt, list(event.turn.words)
        elif isinstance(event, WordTold):
            self._words.append(event.word)
        elif isinstance(event, Drafting):
            self._thinking = self.set_timer(THINKING_AFTER, self._show_thinking)
        self._show()

    def _show_thinking(self) -> None:
        if self._thinking is not None:  # it is None if the word came meanwhile
            self._remark = " thinking …"
            self._show()

    def _end_thinking(self) -> None:
        if self._thinking is not None:
            self._thinking.stop()
            self._thinking, self._remark = None, ""

    def finish(self, turn: Turn, alternatives: tuple[Alternative, ...], *, last: bool) -> None:
        """Show the answer as it is now that it has ended; `last` if no turn comes after it."""
        shown = (self.turn, self._alternatives, self._last, self._answering)
        if shown == (turn, alternatives, last, False):
            return
        self.turn, self._alternatives, self._last = turn, alternatives, last
        self._answering = False
        self._end_thinking()
        self.set_class(not turn.opens_joke, "-continues")
        self.prompt, self._words = turn.prompt, list(turn.words)
        remarks = []
        if turn.ended in ("limit", "stopped"):
            remarks.append("…")
        if turn.copied is not None and turn.copied.recited:
            remarks.append("  ↺ word for word from the training jokes")
        if turn.skipped:
            remarks.append(f"  (it does not know {', '.join(turn.skipped)})")
        self._remark = "".join(remarks)
        self._show()

    def watch_shaded(self) -> None:
        self._show()

    def watch_tint(self) -> None:
        self._show()

    def watch_favourites(self) -> None:
        self._show()

    def watch_place(self) -> None:
        self._show()

    def watch_source(self) -> None:
        self._show()

    def watch_selected(self) -> None:
        self._show()

    def on_click(self, event: events.Click) -> None:
        meta = event.style.meta
        self.post_message(self.Clicked(self, meta.get("place"), meta.get("action")))

    def _show(self) -> None:
        if not self.children:
            return  # not composed yet: shown when mounted
        continues = self.has_class("-continues") and not self.prompt
        begins = Content.styled("… ", "dim") if continues else self._begins()
        words, before = [begins], ""
        for place, word in enumerate(self._words):
            told = word.text if self.prompt or place else word.text.removeprefix(" ")
            style = self._style(place, word.bits)
            words.append(self._word(place, told, style, before))
            before = style
        text = self._with_copied_run(Content.assemble(*words), len(begins) * continues)
        parts: list[Content | tuple[str, str]] = [text]
        if self._answering:
            parts.append(("▌", "$primary"))
        elif self.place == len(self._words):
            parts.append((" ", "reverse"))
        if self._remark:
            parts.append((f" {self._remark}", "dim"))
        if self.is_favourite:
            parts.append((f" {HEART}", "bold $primary"))
        if self._alternative and not self.selected:
            parts.append((f"  {self._alternative}", "dim"))
        self._update(".text", Content.assemble(*parts))
        self._update(".deeds", self._links() if self.selected else Content())

    def _update(self, selector: str, content: Content) -> None:
        """Show `content`; the screen is arranged anew, which is costly, only for another height."""
        part = self.query_one(selector, Static)
        size = part.size
        height = content.get_height(part.styles.get_rules(), size.width) if size.width else None
        part.update(content, layout=part.display and height != size.height)

    def _begins(self) -> Content:
        """Return the prompt; a tint is that of the words that the model knows of it."""
        prompt = Content.styled(self.prompt, "bold $primary")
        tints = self.tint.prompt if self.tint else ()
        spans = word_spans(self.prompt, [text for text, _ in tints])
        before, behind = "", 0
        for (start, end), (_, style) in zip(spans, tints, strict=True):
            if style and start < end:
                colour = f"$foreground {style}" if " on " in f" {style}" else style
                prompt = prompt.stylize(colour, behind if style == before else start, end)
                before, behind = style, end
        if self.source is not None and self.source.place is None:
            prompt = prompt.stylize(SOURCE, *self.source.span)
        return prompt

    def _style(self, place: int, bits: float) -> str:
        """Return the style of the word at `place` of the answer, which cost so many `bits`."""
        if place == self.place:
            return "reverse"
        if self.source is not None and place == self.source.place:
            return SOURCE
        if self.tint is not None and place < len(self.tint.answer):
            return self.tint.answer[place]
        return shade(bits) if self.shaded else ""

    def _word(self, place: int, text: str, style: str, before: str) -> Content:
        """Return a word; the space before it has its `style` if the word `before` it has it too."""
        bare = text.lstrip()
        space = Content.styled(text[: len(text) - len(bare)], style if style == before else "")
        return space + Content.styled(bare, style).stylize(Style.from_meta({"place": place}))

    def _with_copied_run(self, text: Content, begin: int) -> Content:
        """Return the text of a chosen turn with the run marked that stands in a training joke.

        The words of the turn are those from `begin` on. Where they have colours, these say
        something else.
        """
        turn = self.turn
        coloured = self.shaded or self.tint is not None or self._answering
        if turn is None or turn.copied is None or not self.selected or coloured:
            return text
        from jokebox.lm.novelty import RUN, common_run

        copied, told = turn.copied, text.plain[begin:]
        if not (copied.recited or copied.longest_run >= RUN) or not turn.joke.endswith(told):
            return text
        run = common_run(turn.joke, copied.source)[0]
        before = len(turn.joke) - len(text.plain)  # characters of the joke that other turns tell
        start, stop = max(begin, run.start - before), run.stop - before
        return text.stylize(COPIED, start, stop) if start < stop else text

    def _links(self) -> Content:
        """Return which of its alternatives this answer is, and what can be done, as links."""
        links = []
        if self._alternative:
            # first: there they stay while one goes through alternatives that differ in the rest
            at, of = self._alternative.split(" ", 1)
            links = [_link(f"◂ {at}", "before"), _link(f"{of} ▸", "after")]
        names = ACTIONS | ({"mark": "remove favourite"} if self.is_favourite else {})
        links += [_link(text, action) for action, text in names.items() if self.can(action)]
        return Content("   ").join(links)


def _link(text: str, action: str) -> Content:
    return Content(text).stylize(Style.from_meta({"action": action}))


def shade(bits: float) -> str:
    """Return the style of a word that cost so many bits."""
    return SHADES[surprise(bits)]

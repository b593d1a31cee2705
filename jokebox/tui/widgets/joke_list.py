"""Jokes, a line each, of which only those on the screen are drawn: quick with any number."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from jokebox.lm.search import spans
from jokebox.lm.text import sanitise

ELLIPSIS = "…"


class JokeList(ScrollView, can_focus=False):
    """Show some of many jokes, the phrase that was looked for marked; one of them is chosen."""

    COMPONENT_CLASSES = {"joke--chosen", "joke--found"}

    at: var[int | None] = var[int | None](None, init=False)  # the place of the chosen one

    class Moved(Message):
        """Another joke is chosen now, or none."""

    def __init__(self) -> None:
        super().__init__(id="jokes")
        self._jokes: Sequence[str] = ()
        self._places: Sequence[int] = ()
        self._phrase = ""

    def show(self, jokes: Sequence[str], places: Sequence[int], phrase: str) -> None:
        """Show the `jokes` at these places, with `phrase` marked; the first one is chosen."""
        self._jokes, self._places, self._phrase = jokes, places, phrase
        self.virtual_size = Size(0, len(places))
        self.scroll_to(y=0, animate=False)
        self.set_reactive(JokeList.at, 0 if places else None)
        self.post_message(self.Moved())
        self.refresh()

    @property
    def chosen(self) -> str | None:
        """The chosen joke."""
        return None if self.at is None else self._jokes[self._places[self.at]]

    def move(self, by: int) -> None:
        """Choose the joke that stands so many lines further down, as far as there are any."""
        if self.at is not None:
            self.at = min(max(self.at + by, 0), len(self._places) - 1)

    def watch_at(self) -> None:
        if self.at is not None:
            line = Region(0, self.at, 1, 1)
            self.scroll_to_region(line, animate=False, force=True)
        self.post_message(self.Moved())
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        line = event.y + round(self.scroll_offset.y)
        if line < len(self._places):
            self.at = line

    def render_line(self, y: int) -> Strip:
        line, width = y + round(self.scroll_offset.y), self.scrollable_content_region.width
        if line >= len(self._places):
            return Strip.blank(width, self.rich_style)
        plain = self.rich_style
        if line == self.at:
            plain = self.get_component_rich_style("joke--chosen")
        found = plain + self.get_component_rich_style("joke--found", partial=True)
        joke = around(sanitise(self._jokes[self._places[line]]), self._phrase, width)
        strip = Strip(_segments(joke, self._phrase, plain, found))
        if strip.cell_length > width:
            strip = Strip.join([strip.crop(0, width - 1), Strip([Segment(ELLIPSIS, plain)])])
        return strip.extend_cell_length(width, plain)


def around(joke: str, phrase: str, width: int) -> str:
    """Return a joke from its beginning or, if `phrase` would not be in sight, from shortly before.

    No more is returned than a line of `width` columns can show.
    """
    start, end = next(iter(spans(joke, phrase)), (0, 0))
    if end < width:
        return joke[: width + 1]
    begin = joke.find(" ", max(0, end - width * 2 // 3), start) + 1 or start
    return ELLIPSIS + joke[begin : begin + width + 1]


def _segments(joke: str, phrase: str, plain: Style, found: Style) -> list[Segment]:
    segments, end = [], 0
    for start, stop in spans(joke, phrase):
        segments += [Segment(joke[end:start], plain), Segment(joke[start:stop], found)]
        end = stop
    return [*segments, Segment(joke[end:], plain)]

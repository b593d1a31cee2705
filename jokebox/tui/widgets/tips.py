"""A tour of four short tips, at the first start and whenever it is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from jokebox.formatting import with_own_keys

TIPS = (
    "Type the beginning of a joke and press enter: the model continues it, word by word.",
    "It learns while you watch: the lower the lines, the less new jokes surprise it.",
    "F7 shows how sure it was of each word. Tab to the talk, walk the words, take another one.",
    "Ctrl+R trains on jokes of your own. F1 explains the rest; F9 brings these tips back.",
)


class Tips(Static):
    """Show one tip at a time; the key that shows them goes to the next, and ends the tour."""

    at: var[int | None] = var[int | None](None, init=False)

    def __init__(self, own_keys: Mapping[str, str]) -> None:
        super().__init__("", id="tips", markup=False)
        self._own_keys = own_keys

    def on_mount(self) -> None:
        self.display = False

    def next(self) -> None:
        """Show the first tip, the one after this, or none after the last."""
        at = 0 if self.at is None else self.at + 1
        self.at = at if at < len(TIPS) else None

    def on_click(self) -> None:
        self.next()

    def watch_at(self, at: int | None) -> None:
        self.display = at is not None
        if at is not None:
            more = "F9\u00a0next" if at + 1 < len(TIPS) else "F9\u00a0done"
            self.update(
                Content.assemble(
                    (f"Tip {at + 1} of {len(TIPS)}  ", "bold $primary"),
                    with_own_keys(TIPS[at], self._own_keys),
                    (f"  {with_own_keys(more, self._own_keys)}", "$foreground-muted"),
                )
            )

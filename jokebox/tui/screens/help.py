"""Keys, and what the words on the screen mean."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

TEXT = """\
A small LSTM, a neural network with a memory, reads jokes again and again and learns to foretell \
the next word. What you type is read word by word into its memory, its state; then it goes on by \
itself, a word at a time. The state carries from turn to turn: it has heard all of your talk.

Bits per byte say how surprised it is by jokes it has not seen, per letter: less is better. The \
training line can lie above the validation line, because while learning a part of the network is \
switched off at random, so that it cannot learn by heart.

A joke that stopped before its end goes on with your next prompt; ctrl+o starts another instead. \
↺ marks a joke that stands word for word in the jokes it learnt from, \
♥ one that you marked.
"""


class HelpScreen(ModalScreen[None]):
    """Closed by the key that opened it, or by escape."""

    BINDINGS = [Binding("escape,f1,enter", "dismiss", "Close")]

    def __init__(self, active: list[ActiveBinding]) -> None:
        super().__init__()
        self._keys = [key.binding for key in active if key.binding.id and key.tooltip]

    def compose(self) -> ComposeResult:
        keys = [
            (f"{binding.key.split(',')[0]:8}  ", f"{binding.description:14}  {binding.tooltip}\n")
            for binding in self._keys
        ]
        with Vertical(classes="dialog -large") as dialog:
            dialog.border_title = "jokebox"
            dialog.border_subtitle = "escape closes"
            with VerticalScroll():
                yield Static(TEXT, markup=False)
                parts = [part for key, text in keys for part in ((key, "bold $primary"), text)]
                yield Static(Content.assemble(*parts), markup=False)

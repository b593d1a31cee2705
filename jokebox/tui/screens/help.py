"""What the screen shows, in plain words, and the keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Markdown, Static

from jokebox.formatting import with_own_keys
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.screens.reading import ReadingScreen
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.guess_panel import GuessPanel
from jokebox.tui.widgets.learning_panel import LearningPanel
from jokebox.tui.widgets.lens_panel import LensPanel
from jokebox.tui.widgets.manner_panel import MannerPanel
from jokebox.tui.widgets.prompt import Prompt
from jokebox.tui.widgets.state_map import StateMap
from jokebox.tui.widgets.why_panel import WhyPanel

TEXT = """\
A small LSTM, a neural network with a memory, reads jokes again and again and learns to predict the
next word. What you type is read word by word into its memory, which is called its state; then it
continues by itself, one word at a time.
"""
LOOKING_BACK = """\
## Replay (F3)

A film of how the model learnt. Each frame is a moment at which it was scored; the slider (left,
right, the mouse) goes from one to another, and space lets the film run. A dot is a moment whose
weights were kept, a **snapshot**: type a prompt (/), and every snapshot answers it. While it
learns, ctrl+s pauses the run, b takes one step, n goes on to the next frame.

## Compare (in the palette, and in Models)

Two models, two snapshots or two manners answer the same prompt with the same random numbers. Words
that the other one has not are underlined. **Curves** lays how they learnt over one another, with
what **word frequencies**, a **word 3-gram** (counting which word follows which two) and a
**compressor** reach on the same jokes: a model above these lines has learnt less than counting.

## Share (in the palette; e in Talks and in Models)

One page for others, which opens in any browser without a network: the talk, its words shaded by how
surprising they were, with what could have been told instead, and how the model learnt. A card of
the joke is a picture to be sent."""
PANELS = (
    Prompt, ConversationView, LearningPanel, WhyPanel, GuessPanel, MannerPanel, LensPanel,
    StateMap, ReadingScreen,
)  # fmt: skip


class HelpScreen(Dialog[None]):
    """Explain the panels and the keys; closed by the key that opened it, or by escape.

    Textual's own help panel takes a third of the screen, and explains only what can take the focus.
    """

    BINDINGS = [Binding("escape,f1,enter", "dismiss", "Close")]

    def __init__(self, screen: Screen[Any], own_keys: Mapping[str, str]) -> None:
        super().__init__()
        helps = [panel.HELP or "" for panel in nearest_first(screen)]
        text = "\n\n".join([TEXT, *helps, LOOKING_BACK, "## Keys that work now"])
        self._text = with_own_keys(text, own_keys)
        active = screen.active_bindings.values()
        self._keys = [key.binding for key in active if key.binding.id and key.tooltip]

    def compose(self) -> ComposeResult:
        with self.frame("jokebox", "escape closes", "-large"), VerticalScroll():
            yield Markdown(self._text)
            with Vertical(classes="keys"):
                for binding in self._keys:
                    with Horizontal():
                        yield Static(self.app.get_key_display(binding), classes="key")
                        yield Static(binding.description, classes="name")
                        yield Static(binding.tooltip, classes="what", markup=False)


def nearest_first(screen: Screen[Any]) -> list[type[Widget]]:
    """Return the panel that has the focus, then the others on the screen, then the rest."""

    def distance(panel: type[Widget]) -> int:
        focused = screen.focused
        if focused is not None and any(
            isinstance(node, panel) for node in focused.ancestors_with_self
        ):
            return 0
        return 1 if any(widget.is_on_screen for widget in screen.query(panel)) else 2

    return sorted(PANELS, key=distance)

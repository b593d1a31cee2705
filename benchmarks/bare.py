"""A minimal Textual app with a text input, with which jokebox's first frame is compared."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Footer, Input, Static


class BareApp(App[None]):
    """A line of text, an Input and a Footer."""

    def compose(self) -> ComposeResult:
        """Yield the widgets."""
        yield Static("a bare app", markup=False)
        yield Input(placeholder="Type here")
        yield Footer()


if __name__ == "__main__":
    BareApp().run()

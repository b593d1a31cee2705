"""The least Textual app that one can type into: what jokebox's first frame is compared with."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Footer, Input, Static


class BareApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("a bare app", markup=False)
        yield Input(placeholder="Type here")
        yield Footer()


if __name__ == "__main__":
    BareApp().run()

"""The app for a visitor of a page: `python -m jokebox.tui.visit`, started by the server."""

from __future__ import annotations

from textual.drivers.web_driver import WebDriver
from textual.messages import ExitApp

from jokebox.tui.app import JokeboxApp


class VisitDriver(WebDriver):
    """Speak with the server, and leave if it is gone."""

    def run_input_thread(self) -> None:
        super().run_input_thread()
        self._app.post_message(ExitApp())


if __name__ == "__main__":
    JokeboxApp().run()

"""Draw the README's pictures from the running app and a model of JOKEBOX_HOME.

screenshot.svg shows a talk beside how the model learnt, why.svg the words it could have told.

JOKEBOX_HOME=... python docs/screenshot.py [PROMPT]...
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from textual.pilot import Pilot

from jokebox.tui.app import JokeboxApp
from jokebox.tui.widgets.prompt import Prompt
from jokebox.tui.widgets.why_panel import WhyPanel

PROMPTS = ("Why did the cow", "What do you call a", "My wife told me", "")
DOCS = Path(__file__).parent


async def main(prompts: tuple[str, ...]) -> None:
    """Answer `prompts`, and draw both pictures."""
    app = JokeboxApp()
    async with app.run_test(size=(130, 38)) as pilot:
        await idle(pilot, app)
        for prompt in prompts:
            app.query_one(Prompt).value = prompt
            await pilot.press("enter")
            await idle(pilot, app)
        await pilot.pause(2.5)  # the chart is drawn on a timer
        draw(app, "screenshot")
        await pilot.press("f7", "shift+tab", "left", "left", "left")
        while not app.query_one(WhyPanel).choices:
            await pilot.pause(0.1)
        await pilot.pause(0.5)
        draw(app, "why")


def draw(app: JokeboxApp, name: str) -> None:
    """Write what the screen shows to an SVG file."""
    (DOCS / f"{name}.svg").write_text(app.export_screenshot(title="jokebox"), "utf-8")


async def idle(pilot: Pilot[None], app: JokeboxApp) -> None:
    """Wait until there is a model, and it has answered."""
    while not app.main.chat.idle:
        await pilot.pause(0.1)


if __name__ == "__main__":
    asyncio.run(main(tuple(sys.argv[1:]) or PROMPTS))

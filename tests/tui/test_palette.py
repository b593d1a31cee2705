from __future__ import annotations

import pytest
from textual.command import CommandPalette

from tests.small import fluent, shelve
from tests.tui.stage import open_app


@pytest.mark.parametrize("key", ["pageup", "pagedown"])
async def test_the_palette_takes_keys_before_its_list_is_laid_out(key: str) -> None:
    shelve("farm", fluent())
    async with open_app() as stage:
        await stage.ready()
        stage.app.simulate_key("ctrl+p")
        for _ in range(20):  # one of them comes when there are options, but no lines yet
            stage.app.simulate_key(key)
            await stage.pilot.pause(0.01)
        await stage.opens(CommandPalette)

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.binding import Binding

from jokebox.cli.commands import COMMANDS
from jokebox.settings import Settings
from jokebox.train.presets import PRESETS
from jokebox.tui.app import JokeboxApp
from jokebox.tui.chat import Chat
from jokebox.tui.main_screen import MainScreen

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", README))


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert missing == []


def test_every_key_is_in_the_table() -> None:
    table = README.partition("## Keys")[2].partition("## Commands")[0]
    bindings = (*MainScreen.BINDINGS, *Chat.BINDINGS, *JokeboxApp.BINDINGS)
    keys = {binding.key for binding in bindings if isinstance(binding, Binding)}
    for key in keys:
        assert key.replace("escape", "esc") in table


def test_every_command_and_preset_is_named() -> None:
    assert all(f"jokebox {command}" in README for command in COMMANDS)
    assert set(PRESETS) <= CODE


# settings that jokebox keeps for itself
NOT_CHOSEN = {"model", "tips_seen", "new_jokes_offered", "lesson_step"}


@pytest.mark.parametrize(
    "setting",
    sorted(vars(Settings()).keys() - NOT_CHOSEN),
)
def test_every_setting_is_named(setting: str) -> None:
    assert setting in CODE

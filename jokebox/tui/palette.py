"""The palette: every command by its name."""

from __future__ import annotations

from contextlib import suppress

from textual.command import CommandPalette


class Palette(CommandPalette):
    """Textual's palette, which also takes keys before its list is laid out."""

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):  # a page of a list that has no lines yet
            super()._action_command_list(action)

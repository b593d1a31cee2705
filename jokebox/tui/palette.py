"""The palette: everything that can be done now, found by its name, its key, or what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.screen import Screen

from jokebox.tui.main_screen import MainScreen

BY_HELP = 0.01  # the score of what is found by what it does: after all that is found by its name


class Command(NamedTuple):
    """Hold a command as the palette shows it, and what it does."""

    title: str
    key: str  # as it is shown; empty if it has none
    help: str
    run: Callable[[], Any]

    def display(self, title: Content) -> Content:
        """Return the title and the key."""
        return Content.assemble(title, (f"  {self.key}" if self.key else "", "dim"))

    def is_meant_by(self, query: str) -> bool:
        """Return whether all words of a query are in the name, the key or what it does."""
        text = f"{self.title} {self.key} {self.help}".casefold()
        return all(word in text for word in query.casefold().split())


class Commands(Provider):
    """Offer the keys that work now, what can be done with the last joke, and Textual's own."""

    async def discover(self) -> Hits:
        for command in commands(self.screen):
            title = command.display(Content(command.title))
            yield DiscoveryHit(title, command.run, command.title, command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in commands(self.screen):
            score = matcher.match(command.title)
            if score > 0 or command.is_meant_by(query):
                title = command.display(matcher.highlight(command.title))
                yield Hit(max(score, BY_HELP), title, command.run, command.title, command.help)


def commands(screen: Screen[Any]) -> Iterator[Command]:
    """Yield all that can be done now: by keys, with the last joke, and what Textual offers."""
    if isinstance(screen, MainScreen):
        yield from _keys(screen)
        yield from _last_joke(screen)
    for title, help, run, _ in screen.app.get_system_commands(screen):
        yield Command(title, "", help, run)


def _keys(screen: MainScreen) -> Iterator[Command]:
    keys = screen.active_bindings.values()
    for node, binding, enabled, tooltip in sorted(keys, key=lambda key: not key.binding.show):
        if enabled and binding.id and tooltip:
            run = partial(screen.app.run_action, binding.action, node)
            key = screen.app.get_key_display(binding)
            yield Command(binding.description, key, tooltip, run)


def _last_joke(screen: MainScreen) -> Iterator[Command]:
    """Yield what can be done with the last joke, if the talk does not have the focus."""
    view = screen.chat.view
    if not view.has_focus:
        for binding, action in view.deeds():
            run = partial(view.do_with_last, action)
            yield Command(binding.description, "", f"{binding.tooltip}: the last joke", run)


class Palette(CommandPalette):
    """Textual's palette, which also takes keys before its list is laid out."""

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):  # a page of a list that has no lines yet
            super()._action_command_list(action)

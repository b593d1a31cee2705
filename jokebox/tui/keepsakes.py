"""What is kept, as the main screen opens it: talks and favourite jokes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jokebox.errors import JokeboxError
from jokebox.tui.messages import Failed, OpenWanted

if TYPE_CHECKING:
    from jokebox.talks import Entry
    from jokebox.tui.screens.main import MainScreen


def show_talks(main: MainScreen) -> None:
    """Let the user go on with an earlier talk."""
    from jokebox.tui.screens.talks import TalksScreen

    main.app.push_screen(TalksScreen(main.chat.talker.talks), partial(_reopen, main))


def _reopen(main: MainScreen, entry: Entry | None) -> None:
    """Go on with a talk, and with the model that it was with, where that is still there."""
    if entry is None:
        return
    from jokebox.library import Library

    main.chat.reopen(entry.name)
    there = any(model.name == entry.model for model in Library().entries())
    if there and not main.training and entry.model != main.chat.talker.model:
        main.post_message(OpenWanted(entry.model))


def show_favourites(main: MainScreen) -> None:
    """Show the jokes that were marked."""
    from jokebox.favourites import Favourites
    from jokebox.tui.screens.favourites import FavouritesScreen

    main.app.push_screen(FavouritesScreen(Favourites()))


def mark(main: MainScreen) -> None:
    """Mark the last joke as a favourite, or take its mark."""
    from jokebox.favourites import Favourites, last_joke

    try:
        marked = Favourites().toggle(last_joke(main.chat.turns, main.chat.talker.model))
    except JokeboxError as error:
        main.post_message(Failed(error))
    else:
        main.notify("Marked as a favourite." if marked else "No longer a favourite.", timeout=2)

"""What is kept, as the main screen opens it: talks and favourite jokes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jokebox.tui.messages import OpenWanted

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
    there = any(model.name == entry.model for model in Library().models())
    if there and not main.training and entry.model != main.chat.talker.model:
        main.post_message(OpenWanted(entry.model))


def show_favourites(main: MainScreen) -> None:
    """Show the jokes that were marked; the talk shows which are left."""
    from jokebox.favourites import Favourites
    from jokebox.tui.screens.favourites import FavouritesScreen

    closed = main.chat.view.look_at_marks
    main.app.push_screen(FavouritesScreen(Favourites()), lambda _: closed())

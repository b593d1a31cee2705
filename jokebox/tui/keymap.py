"""The keys of each action as the user has them: listed and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import combinations

from textual.binding import Binding

from jokebox.tui.chat import Chat
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.widgets.conversation import ConversationView


def actions() -> dict[str, Binding]:
    """Return what can be given other keys, by the names that the settings use."""
    bindings = (*MainScreen.BINDINGS, *Chat.BINDINGS, *ConversationView.BINDINGS)
    return {b.id: b for b in bindings if isinstance(b, Binding) and b.id}


def keys_of(action: str, keys: Mapping[str, str]) -> list[str]:
    """Return the keys of an action if the user has chosen `keys`."""
    return [key.strip() for key in keys.get(action, actions()[action].key).split(",")]


def problems(keys: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the `keys` of the settings: unknown actions, and keys used twice."""
    known = actions()
    for name in keys:
        if name not in known:
            close = get_close_matches(name, known, 1)
            guess = f"; is it {close[0]}?" if close else ""
            yield f"no action is called {name}{guess} `jokebox keys` lists them."
    for one, other in combinations(known, 2):
        if known[one].key != known[other].key and {one, other} & keys.keys():
            for key in sorted({*keys_of(one, keys)} & {*keys_of(other, keys)}):
                yield f"{key} is a key of both {one} and {other}: only one of them will have it."


def own_keys(keys: Mapping[str, str]) -> dict[str, str]:
    """Return the key that the user has chosen instead of each usual one.

    If a key does something else in the talk, texts that name it do not mean the talk's.
    """
    known, talks = actions(), {b.id for b in ConversationView.BINDINGS if isinstance(b, Binding)}
    meant = {binding.key for name, binding in known.items() if name not in talks}
    return {
        known[name].key: keys_of(name, keys)[0]
        for name in keys
        if name in known and not (name in talks and known[name].key in meant)
    }

"""Words that could come next, as bars: how likely each is to be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from jokebox.lm.generator import Choice

PARTS = " ▏▎▍▌▋▊▉"
END = "(the joke ends)"
TEXT = 15  # columns of a word
FIGURES = 11  # columns of the number before it, of the percentage and of the space between
COPIED = " copied"
LEAST_BAR = 8  # columns


def bars(choices: Sequence[Choice], width: int, told: str | None) -> list[Content]:
    """Return a row for each of `choices`, `width` columns wide; `told` is bold.

    The bar says how likely the word is to be drawn. One that cannot be drawn is grey, and its bar
    is what the model gave it.
    """
    copied = len(COPIED) * any(choice.copied > choice.p / 2 for choice in choices)
    room = max(LEAST_BAR, width - TEXT - FIGURES - copied)
    return [_row(number, choice, room, told) for number, choice in enumerate(choices, 1)]


def _row(number: int, choice: Choice, room: int, told: str | None) -> Content:
    text = choice.text.strip() or END
    is_cut = choice.drawn == 0
    return Content.assemble(
        (f"{number % 10} ", "$foreground-muted"),
        (f"{text[:TEXT]:{TEXT}} ", "bold" if choice.text == told else "dim" if is_cut else ""),
        (_bar(choice.p, room, "░"), "dim") if is_cut else (_bar(choice.drawn, room), "$primary"),
        ("     cut", "dim") if is_cut else f" {100 * choice.drawn:5.1f} %",
        (COPIED * (choice.copied > choice.p / 2), "$foreground-muted"),
    )


def _bar(share: float, room: int, block: str = "") -> str:
    """Return a bar of `room` columns, in eighths of one unless it is made of one `block`."""
    if block:
        return (block * max(1, round(room * share))).ljust(room)
    whole, parts = divmod(max(1, round(8 * room * share)), 8)
    return ("█" * whole + PARTS[parts].strip()).ljust(room)

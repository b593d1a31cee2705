"""How strongly a unit is on at each word of a text, in styles that say so without hue as well."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from textual.content import Content

# below these values; from off to on. Slant, weight and lines say it if there are no colours
LEVELS = (
    (-0.6, "dim italic"),
    (-0.2, "dim"),
    (0.2, ""),
    (0.5, "on $primary 15%"),
    (0.8, "bold on $primary 30%"),
    (float("inf"), "bold underline on $primary 45%"),
)
NAMES = ("far off", "off", "rest", "on", "more", "far on")


class Tint(NamedTuple):
    """The words of a prompt, each with its style, and the styles of the words of the answer."""

    prompt: tuple[tuple[str, str], ...] = ()
    answer: tuple[str, ...] = ()


def style_of(value: float) -> str:
    """Return the style of a word at which a unit remembers `value`, -1 to 1."""
    return next(style for limit, style in LEVELS if value < limit)


def tinted(words: Iterable[tuple[str, str]]) -> Content:
    """Return words as one text, each in its style; the space before a word has none.

    Between two words of one style the space has it too, so that it reads as one run.
    """
    words = [(text, style) for text, style in words if text]
    parts: list[tuple[str, str]] = []
    for (_, before), (text, style) in pairwise([("", ""), *words]):
        bare = text.lstrip()
        parts += [(text[: len(text) - len(bare)], style * (style == before)), (bare, style)]
    return Content.assemble(*parts)


def legend() -> Content:
    """Return the name of each level in its style."""
    styles = (style for _, style in LEVELS)
    return Content("  ").join(
        Content.styled(name, style) for name, style in zip(NAMES, styles, strict=True)
    )

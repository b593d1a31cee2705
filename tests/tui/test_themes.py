from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from jokebox.tui.themes import DARK, LIGHT

READABLE = 4.5  # the ratio that WCAG 2 asks of text of usual size
TEXTS = ("foreground", "foreground-muted", "primary", "error")
GROUNDS = ("background", "surface", "panel")


def luminance(color: Color) -> float:
    """Return the relative luminance, as WCAG 2 defines it."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in color.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(theme: Theme, text: str, ground: str) -> float:
    """Return the contrast ratio of two colours of a theme."""
    colors = theme.to_color_system().generate()
    below = Color.parse(colors[ground])
    above = below + Color.parse(colors[text])  # which may let some of the ground through
    light, dark = sorted((luminance(above), luminance(below)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    theme = Theme("", primary="#000000", foreground="#777777", background="#ffffff")
    assert contrast(theme, "primary", "background") == pytest.approx(21)
    assert contrast(theme, "foreground", "background") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_is_readable_on_every_ground(theme: Theme, text: str, ground: str) -> None:
    assert contrast(theme, text, ground) >= READABLE


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_there_is_one_accent_colour(theme: Theme) -> None:
    accents = (theme.primary, theme.secondary, theme.accent, theme.warning, theme.success)
    assert len(set(accents)) == 1

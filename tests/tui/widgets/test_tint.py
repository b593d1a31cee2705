from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from jokebox.tui.themes import DARK, LIGHT
from jokebox.tui.widgets.tint import LEVELS, NAMES, legend, style_of, tinted

READABLE = 4.5  # the contrast that WCAG 2.2 asks of text


@pytest.mark.parametrize(
    ("value", "style"),
    [
        (-1.0, "dim italic"),
        (-0.3, "dim"),
        (0.0, ""),
        (0.3, "on $primary 15%"),
        (1.0, LEVELS[-1][1]),
    ],
)
def test_a_value_has_the_style_of_its_level(value: float, style: str) -> None:
    assert style_of(value) == style


def test_the_strongest_levels_differ_without_colours_as_well() -> None:
    def without_hue(style: str) -> set[str]:
        return set(style.partition("on $")[0].split())

    styles = [without_hue(style) for _, style in LEVELS]
    assert styles[0] != styles[1] != styles[2]
    assert styles[2] != styles[4] != styles[5]


@pytest.mark.parametrize("chosen", [DARK, LIGHT], ids=["dark", "light"])
def test_text_can_be_read_on_the_strongest_level(chosen: Theme) -> None:
    background, accent = Color.parse(chosen.background or ""), Color.parse(chosen.primary)
    share = int(LEVELS[-1][1].split()[-1].rstrip("%")) / 100
    behind = background.blend(accent, share)
    assert contrast(behind, Color.parse(chosen.foreground or "")) >= READABLE


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: Color) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_legend_names_each_level_in_its_style() -> None:
    assert legend().plain.split("  ") == [*NAMES]


def test_words_of_one_style_read_as_one_run() -> None:
    text = tinted([("A", "bold"), (" b", "bold"), ("", "dim"), (" c", "dim"), (".", "")])
    assert text.plain == "A b c."
    runs = ["".join(text.plain[s.start : s.end] for s in text.spans if s.style == style)
            for style in ("bold", "dim")]  # fmt: skip
    assert runs == ["A b", "c"]

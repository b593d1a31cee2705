from __future__ import annotations

from jokebox.lm.generator import Choice
from jokebox.tui.widgets.bars import END, bars

LIKELY = Choice(" [/cow]", 0.4, (), copied=0.3, drawn=0.75)
RARE = Choice(" incomprehensibilities", 0.1, (), drawn=0.25)
CUT = Choice("", 0.05, (), drawn=0.0)


def test_a_row_says_how_likely_a_word_is_to_be_told() -> None:
    likely, rare, cut = bars((LIKELY, RARE, CUT), 60, " [/cow]")
    assert likely.plain.startswith("1 [/cow]")
    assert likely.plain.endswith(" 75.0 % copied")
    assert rare.plain.startswith("2 incomprehensibi ")
    assert "copied" not in rare.plain
    assert cut.plain.startswith(f"3 {END}")


def test_the_bars_have_all_of_the_width() -> None:
    for width in (46, 80):
        likely, rare, _ = bars((LIKELY, RARE, CUT), width, None)
        assert likely.cell_length == width
        assert abs(likely.plain.count("█") - 3 * rare.plain.count("█")) <= 2
    assert bars((LIKELY,), 10, None)[0].cell_length > 10, "a bar is never nothing"


def test_a_word_that_is_cut_says_so_without_colours() -> None:
    cut = bars((CUT,), 60, None)[0].plain
    assert cut.endswith("cut")
    assert "░" in cut
    assert "█" not in cut


def test_the_word_that_was_told_is_bold() -> None:
    told, other = bars((LIKELY, RARE), 60, " [/cow]")
    assert "bold" in {str(span.style) for span in told.spans}
    assert "bold" not in {str(span.style) for span in other.spans}

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from textual.widgets import Input, OptionList

from jokebox.lm.generator import Choice
from jokebox.talk.turns import CopiedWord, Turn, Word
from jokebox.tui.widgets.bars import END
from jokebox.tui.widgets.why_panel import WhyPanel
from tests.tui.stage import Host, screen_text

WORDS = (Word(" the", 2.0, ()), Word(" [/cow]", 1.0, ()))
TURN = Turn(0, None, "Why did", True, 1, (), (), words=WORDS, ended="end-of-joke")
CHOICES = (
    Choice(" [/cow]", 0.5, (), drawn=0.6),
    Choice(" owl", 0.25, (), drawn=0.3),
    Choice("", 0.001, (), drawn=0.0),
)


@pytest.fixture
async def app() -> AsyncIterator[Host]:
    app = Host(WhyPanel())
    async with app.run_test(size=(140, 45)):
        yield app


def panel(app: Host) -> WhyPanel:
    return app.query_one(WhyPanel)


def chosen(app: Host) -> list[str]:
    return [message.text for message in app.posted(WhyPanel.WordChosen)]


async def test_without_a_word_it_says_how_to_choose_one(app: Host) -> None:
    await app.sees("Tab to the talk, or click a word")
    panel(app).show(TURN, 1, CHOICES)
    await app.sees("owl")
    panel(app).clear()
    await app.sees("Tab to the talk, or click a word")
    assert not app.query_one(OptionList).display
    assert not app.query_one(Input).display


async def test_it_shows_how_likely_the_word_was_and_what_else_could_have_come(app: Host) -> None:
    panel(app).show(TURN, 1, CHOICES)
    await app.sees("Why [/cow]?", "It cost 1.0 bits: the model gave it 50 %.")
    await app.sees("1 [/cow]", "60.0 %", "2 owl", "30.0 %", f"3 {END}", "cut")
    lines = screen_text(app).splitlines()
    told, other = (line.count("█") for line in lines if " %" in line and "█" in line)
    assert told // 2 == other > 20, "the likelier, the longer, over the whole width"


async def test_it_says_how_much_of_a_word_was_copied_and_from_which_word(app: Host) -> None:
    copied = CopiedWord(0.8, "[/Cow]", 0, None, (0, 3))
    panel(app).show(TURN, 1, (Choice(" [/cow]", 0.5, (), 0.4, 0.6), CHOICES[1]), copied)
    await app.sees("50 %. 80 % of that", "copied from “[/Cow]”.")
    await app.sees("60.0 % copied", "30.0 %")
    assert "30.0 % copied" not in screen_text(app)
    panel(app).show(TURN, 1, CHOICES)
    await app.until(lambda: "copied" not in screen_text(app))


@pytest.mark.parametrize(
    ("bits", "chance"), [(0.001, "100 %"), (3.7, "7.7 %"), (10.0, "0.098 %"), (0.15, "90 %")]
)
async def test_the_chance_of_a_word_is_said_in_two_digits(
    app: Host, bits: float, chance: str
) -> None:
    turn = replace(TURN, words=(Word(" the", bits, ()),))
    panel(app).show(turn, 0, CHOICES)
    await app.sees(f"the model gave it {chance}.")


@pytest.mark.parametrize("size", [(80, 24), (100, 24), (100, 30)])
async def test_each_choice_has_a_line_however_much_there_is_to_say(size: tuple[int, int]) -> None:
    app = Host(WhyPanel())
    async with app.run_test(size=size):
        copied = CopiedWord(0.9, "Incomprehensibilities", 0, 0, (0, 0))
        choice = Choice(" incomprehensibilities", 0.98, (), 0.9, 0.98)
        panel(app).show(TURN, 1, (choice,) * 10, copied)
        await app.sees("1 incomprehensibi", " copied")
        lines = [line for line in screen_text(app).splitlines() if "█" in line]
        assert len(lines) >= 5
        assert all(line.rstrip(" ▁▂▃▄▅▆▇").endswith("98.0 % copied") for line in lines)


async def test_after_the_last_word_it_shows_what_could_come_next(app: Host) -> None:
    panel(app).show(TURN, len(WORDS), CHOICES)
    await app.sees("What comes next?", "1 [/cow]")


@pytest.mark.parametrize(("number", "word"), [(0, "[/cow]"), (1, "owl"), (2, "")])
async def test_a_choice_is_taken_by_its_number_the_end_as_no_word(
    app: Host, number: int, word: str
) -> None:
    panel(app).show(TURN, 1, CHOICES)
    panel(app).choose(number)
    await app.until(lambda: chosen(app) == [word])


async def test_a_choice_is_taken_from_the_list(app: Host) -> None:
    panel(app).show(TURN, 1, CHOICES)
    app.query_one(OptionList).highlighted = 1
    app.query_one(OptionList).action_select()
    await app.until(lambda: chosen(app) == ["owl"])


async def test_a_number_that_is_not_there_takes_nothing(app: Host) -> None:
    panel(app).show(TURN, 1, CHOICES)
    panel(app).choose(3)
    panel(app).wait()  # the cursor has moved: these numbers are out of date
    panel(app).choose(0)
    panel(app).show(TURN, 0, CHOICES[1:])
    panel(app).choose(0)
    await app.until(lambda: chosen(app) == ["owl"])


async def test_another_word_is_typed_and_an_empty_line_is_none(app: Host) -> None:
    panel(app).show(TURN, 1, CHOICES)
    panel(app).type()
    line = app.query_one(Input)
    await app.until(lambda: line.has_focus)
    for typed in (" ", "zebra"):
        line.value = typed
        await line.action_submit()
    await app.until(lambda: chosen(app) == ["zebra"])
    assert line.value == ""

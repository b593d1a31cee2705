from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from textual._compositor import Compositor
from textual.content import Content
from textual.widgets import Static

from jokebox.lm.generator import State
from jokebox.lm.novelty import Copied, Novelty
from jokebox.talk.events import Drafting, TurnBegan, WordTold
from jokebox.talk.turns import CopiedWord, Turn, Word
from jokebox.tui.widgets.tint import Tint
from jokebox.tui.widgets.turn import COPIED, SOURCE, TurnView
from tests import small
from tests.tui.stage import Host, answer, count

TURN = small.turn(
    "Why did [/foo]",
    Word(" the", 1.0, ()),
    Word(" cow", 2.0, ()),
    prompt_ids=(),
    ended="end-of-joke",
)


ZERO = np.zeros((1, 4), np.float32)


def word_told(word: str) -> WordTold:
    return WordTold(Word(word, 1.0, ()), State(ZERO, ZERO))


@pytest.mark.parametrize(
    ("turn", "shown"),
    [
        (TURN, "Why did [/foo] the cow"),
        (replace(TURN, ended="limit"), "Why did [/foo] the cow …"),
        (replace(TURN, ended="stopped"), "Why did [/foo] the cow …"),
        (replace(TURN, ended="sentence"), "Why did [/foo] the cow"),
        (replace(TURN, copied=Copied(True, 5, "")), "Why did [/foo] the cow   ↺ word for word"),
        (replace(TURN, copied=Copied(False, 2, "")), "Why did [/foo] the cow"),
        (replace(TURN, skipped=("[/z]",)), "Why did [/foo] the cow   (it does not know [/z])"),
    ],
)
async def test_a_finished_turn_is_shown_with_what_there_is_to_say(turn: Turn, shown: str) -> None:
    view = TurnView(turn.prompt)
    app = Host(view)
    async with app.run_test():
        view.restart()
        view.finish(turn, (0,), last=True)
        assert answer(view).startswith(shown)
        await app.sees(shown)


async def test_words_are_added_after_the_prompt() -> None:
    view = TurnView("Why", waiting="waits")
    app = Host(view)
    async with app.run_test():
        await app.until(lambda: answer(view) == "Why waits")
        view.restart()
        for word in (" did", " [/b]", "?"):
            view.show_event(word_told(word))
        assert answer(view) == "Why did [/b]?▌"


async def test_a_word_lets_the_screen_be_arranged_anew_only_if_it_takes_another_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = TurnView("Why")
    app = Host(view)
    async with app.run_test(size=(60, 16)) as pilot:
        view.restart()
        view.show_event(word_told(" did"))
        await pilot.pause()
        arranged = count(monkeypatch, Compositor, "reflow")
        view.show_event(word_told(" the"))
        await pilot.pause()
        assert not arranged
        for _ in range(12):
            view.show_event(word_told(" elephant"))
            await pilot.pause()
        assert 0 < len(arranged) <= 4
        assert view.query_one(".text").size.height == 3


def shows(view: TurnView, text: str) -> bool:
    return answer(view) == text


async def test_it_says_that_it_thinks_only_if_that_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = TurnView("Why")
    app = Host(view)
    async with app.run_test():
        for after, shown in ((60.0, "Why did▌"), (0.01, "Why did▌  thinking …")):
            monkeypatch.setattr("jokebox.tui.widgets.turn.THINKING_AFTER", after)
            view.restart()
            view.show_event(word_told(" did"))
            view.show_event(Drafting())
            await app.until(partial(shows, view, shown))
        view.show_event(word_told(" it"))
        assert answer(view) == "Why did it▌"
        view.show_event(Drafting())
        await app.until(partial(shows, view, "Why did it▌  thinking …"))
        view.finish(TURN, (0,), last=True)
        assert answer(view) == "Why did [/foo] the cow"


async def test_words_that_come_soon_leave_no_time_to_think(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jokebox.tui.widgets.turn.THINKING_AFTER", 0.01)
    view = TurnView("Why")
    app = Host(view)
    async with app.run_test() as pilot:
        view.restart()
        view.show_event(Drafting())
        view.show_event(word_told(" did"))
        await pilot.pause(0.05)
        assert answer(view) == "Why did▌"


async def test_an_answer_without_a_prompt_begins_at_the_edge() -> None:
    view = TurnView("")
    app = Host(view)
    async with app.run_test():
        view.restart()
        view.show_event(word_told(" Why"))
        assert answer(view) == "Why▌"


async def test_a_punctuation_mark_that_the_user_gave_has_no_space_before_it() -> None:
    view = TurnView("Why did the frog")
    app = Host(view)
    async with app.run_test():
        view.restart()
        given = (Word(" sing", 1.0, ()), Word("!", 3.0, ()))
        view.show_event(TurnBegan(replace(TURN, prompt="Why did the frog", words=given)))
        assert answer(view) == "Why did the frog sing!▌"
        view.show_event(word_told(" Because"))
        assert answer(view) == "Why did the frog sing! Because▌"


async def test_a_tint_colours_the_words_of_the_prompt_and_of_the_answer() -> None:
    view = TurnView(TURN.prompt)
    app = Host(view)
    async with app.run_test():
        view.finish(TURN, (0,), last=True)
        view.tint = Tint(
            prompt=((" Why", "dim"), (" [/foo]", "bold on $primary 30%")), answer=("", "italic")
        )
        text = view.query_one(".text", Static).content
        assert isinstance(text, Content)
        marked = {str(s.style): text.plain[s.start : s.end] for s in text.spans}
        assert marked["dim"] == "Why"
        assert marked["$foreground bold on $primary 30%"] == "[/foo]"
        assert marked["italic"] == "cow"
        assert answer(view).startswith("Why did [/foo] the cow")


def marked(view: TurnView, style: str) -> list[str]:
    """Return the parts of the text that have a style."""
    text = view.query_one(".text", Static).content
    assert isinstance(text, Content)
    return [text.plain[s.start : s.end] for s in text.spans if str(s.style) == style]


async def test_the_word_that_another_is_copied_from_is_marked_and_not_by_hue_alone() -> None:
    view = TurnView(TURN.prompt)
    app = Host(view)
    async with app.run_test():
        view.finish(TURN, (0,), last=True)
        view.tint = Tint(prompt=((" Why", "dim"),), answer=("bold", "italic"))
        view.source = CopiedWord(0.9, "[/foo]", 0, None, (8, 14))
        assert marked(view, SOURCE) == ["[/foo]"]
        view.source = CopiedWord(0.9, "the", 0, 0, (0, 0))
        assert marked(view, SOURCE) == ["the"]
        assert marked(view, "italic") == ["cow"]
        view.source = None
        assert not marked(view, SOURCE)
    assert {"underline", "reverse"} <= set(SOURCE.split())


async def test_words_of_one_tint_read_as_one_run_in_the_prompt_and_in_the_answer() -> None:
    view = TurnView("Why did he")
    app = Host(view)
    async with app.run_test():
        words = tuple(Word(f" {text}", 1.0, ()) for text in ("go", "up", "far", "away"))
        view.finish(replace(TURN, prompt="Why did he", words=words), (0,), last=True)
        view.tint = Tint(
            prompt=((" Why", "dim"), (" did", "dim"), (" he", "")),
            answer=("italic", "italic", "bold", "italic"),
        )
        assert "".join(marked(view, "dim")) == "Why did"
        assert "".join(marked(view, "italic")) == "go upaway"


JOKE = "Why did the cow cross the road? It was late."


@pytest.mark.parametrize(
    ("source", "run"),
    [
        ("So: why did the cow cross the road again?", "Why did the cow cross the road"),
        ("He saw: the cow cross it.", None),
        (JOKE, JOKE.rstrip(".")),
    ],
)
async def test_a_chosen_turn_has_the_run_marked_that_was_copied(
    source: str, run: str | None
) -> None:
    copied = Novelty([source]).check(JOKE)
    words = tuple(Word(f" {word}", 1.0, ()) for word in JOKE.split()[3:])
    turn = replace(TURN, prompt="Why did the", words=words, joke=JOKE, copied=copied)
    view = TurnView(turn.prompt)
    app = Host(view)
    async with app.run_test():
        view.finish(turn, (0,), last=True)
        assert not marked(view, COPIED)
        view.selected = True
        assert marked(view, COPIED) == ([run] if run else [])
        view.shaded = True
        assert not marked(view, COPIED), "colours say something else"


async def test_a_run_over_two_turns_is_marked_as_far_as_the_turn_tells_it() -> None:
    copied = Novelty([JOKE]).check(JOKE)
    first = replace(TURN, prompt="", words=(Word(" Why", 1.0, ()), Word(" did", 1.0, ())))
    rest = tuple(Word(f" {word}", 1.0, ()) for word in JOKE.split()[2:])
    turn = replace(first, opens_joke=False, words=rest, joke=JOKE, copied=copied)
    view = TurnView("")
    app = Host(view)
    async with app.run_test():
        view.finish(turn, (0,), last=True)
        view.selected = True
        assert marked(view, COPIED) == [JOKE.removeprefix("Why did ").rstrip(".")]

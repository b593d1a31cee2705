"""What can be done with a talk and its turns."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.widgets import Input

from jokebox.lm.text import is_word
from jokebox.tui.screens.source import SourceScreen
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.prompt import Prompt
from jokebox.tui.widgets.state_map import StateMap
from jokebox.tui.widgets.why_panel import WhyPanel
from tests.tui.stage import Stage, answer, endless, open_app, shelve

PROMPT = "Why did the owl"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    shelve("small", endless())
    async with open_app() as stage:
        await stage.ready()
        yield stage


async def walk(stage: Stage, place: int) -> None:
    """Put the cursor on a word of the last turn."""
    words = stage.chat.turns[-1].words
    await stage.pilot.press("shift+tab", *["left"] * (len(words) - place))


def said(stage: Stage) -> int:
    """How many words the last answer has; a mark is none."""
    return sum(is_word(word.text) for word in stage.chat.turns[-1].words)


async def test_another_answer_stands_beside_the_first_and_is_flipped_through(stage: Stage) -> None:
    await stage.say("Why did the cow", PROMPT)
    first = answer(stage.turns[-1])
    await stage.pilot.press("shift+tab", "a")
    await stage.until(lambda: stage.chat.idle and answer(stage.turns[-1]) != first)
    second = answer(stage.turns[-1])
    await stage.sees("◂ 2   of 2 ▸")
    await stage.pilot.press("left_square_bracket")
    await stage.until(lambda: answer(stage.turns[-1]) == first)
    await stage.pilot.press("right_square_bracket")
    await stage.until(lambda: answer(stage.turns[-1]) == second)


async def test_an_edited_prompt_is_answered_from_the_same_state(stage: Stage) -> None:
    await stage.say("Why did the cow", PROMPT)
    await stage.pilot.press("shift+tab", "e")
    prompt = stage.main.query_one(Prompt)
    assert prompt.value == PROMPT
    prompt.value = "Why did the frog"
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.chat.idle and stage.turns[-1].prompt == "Why did the frog")
    assert len(stage.turns) == 2
    assert stage.chat.turns[-1].parent == stage.chat.turns[0].number


async def test_escape_leaves_an_edited_prompt_as_it_was(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.pilot.press("shift+tab", "e", "escape")
    await stage.say("Why did the cow")
    assert [view.prompt for view in stage.turns] == [PROMPT, "Why did the cow"]


async def test_an_answer_goes_on_from_where_it_stopped(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.pilot.press("shift+tab", "g")
    await stage.settled(2)
    more = stage.chat.turns[-1]
    assert not more.opens_joke
    assert more.joke.startswith(stage.chat.turns[0].joke)


async def test_branching_keeps_the_old_way_as_an_alternative(stage: Stage) -> None:
    await stage.say(PROMPT, "Why did the cow", "Why did the cat")
    await stage.pilot.press("shift+tab", "up", "up", "b")
    await stage.settled(1)
    await stage.say("Why did the duck")
    assert [view.prompt for view in stage.turns] == [PROMPT, "Why did the duck"]
    await stage.pilot.press("shift+tab", "left_square_bracket")
    await stage.settled(3)
    assert stage.turns[-1].prompt == "Why did the cat"


async def test_a_joke_is_copied(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.pilot.press("shift+tab", "c")
    assert stage.app.clipboard == stage.chat.turns[0].joke


async def test_a_click_on_a_link_does_what_it_says(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.pilot.press("shift+tab")
    await stage.sees("copy   favourite   again")
    await stage.click(".deeds", (1, 0))
    await stage.until(lambda: stage.app.clipboard == stage.chat.turns[0].joke)


async def test_the_likeliest_words_stand_beside_the_one_that_was_said(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.pilot.press("f7")
    await walk(stage, 2)
    word = stage.chat.turns[0].words[2]
    await stage.sees(f"Why {word.text.strip()}?", f"{word.bits:.1f} bits", " %")


async def test_another_word_is_taken_by_its_number_and_the_answer_goes_on(stage: Stage) -> None:
    await stage.say(PROMPT)
    words = stage.chat.turns[0].words
    await stage.pilot.press("f7")
    await walk(stage, 2)
    panel = stage.main.query_one(WhyPanel)
    await stage.until(lambda: panel.choices)
    other = next(i for i, c in enumerate(panel.choices) if c.text not in ("", words[2].text))
    taken = panel.choices[other].text
    await stage.pilot.press(f"{(other + 1) % 10}")
    await stage.until(lambda: stage.chat.idle and stage.chat.turns[0].words != words)
    again = stage.chat.turns[0].words
    assert again[:2] == words[:2]
    assert again[2].text.strip() == taken.strip()
    assert said(stage) == 5


async def test_another_word_can_be_typed(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.pilot.press("f7")
    await walk(stage, 1)
    await stage.pilot.press("enter")
    stage.main.query_one("#word-input", Input).value = "zebra"
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.chat.idle and "zebra" in stage.chat.turns[0].joke)
    assert stage.chat.turns[0].words[1].text == " zebra"


async def test_a_joke_is_written_together_with_undo(stage: Stage) -> None:
    stage.main.query_one(Prompt).value = PROMPT
    await stage.pilot.press("ctrl+y")
    panel = stage.main.query_one(WhyPanel)
    await stage.sees("What comes next?")
    written = []
    for _ in range(2):
        number = next(i for i, choice in enumerate(panel.choices) if choice.text)
        written.append(panel.choices[number].text)
        await stage.pilot.press(f"{(number + 1) % 10}")
        await stage.until(
            lambda: stage.chat.idle and len(stage.chat.turns[-1].words) == len(written)
        )
        await stage.until(lambda: panel.choices)
    assert [word.text for word in stage.chat.turns[-1].words] == written
    await stage.pilot.press("backspace")
    await stage.until(lambda: stage.chat.idle and len(stage.chat.turns[-1].words) == 1)
    await stage.pilot.press("g")
    await stage.until(lambda: stage.chat.idle and said(stage) == 5)
    assert stage.chat.turns[-1].words[0].text == written[0]
    assert len(stage.turns) == 1


async def test_the_source_of_a_joke_stands_beside_it(stage: Stage) -> None:
    await stage.say("Why did the owl cross the road? Because it was")
    await stage.pilot.press("shift+tab", "s")
    await stage.until(lambda: isinstance(stage.app.screen, SourceScreen))
    await stage.sees("words in a row", "Because it was late.")


async def test_the_state_shows_while_it_speaks(stage: Stage) -> None:
    await stage.pilot.press("f8")
    await stage.say(PROMPT)
    await stage.sees("changed most:")
    await stage.pilot.press("f8")
    await stage.until(lambda: not stage.main.query(StateMap))


async def test_the_keys_of_a_turn_show_only_while_the_talk_has_the_focus(stage: Stage) -> None:
    assert not stage.possible("turn_copy")
    await stage.say(PROMPT)
    assert not stage.possible("turn_copy")
    await stage.pilot.press("shift+tab")
    assert stage.possible("turn_copy")
    assert not stage.possible("turn_before")
    await stage.pilot.press("escape")
    assert not stage.possible("turn_copy")
    assert stage.main.query_one(ConversationView).selected is None

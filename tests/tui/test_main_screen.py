from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from textual.events import Paste

from jokebox.lm.corpus import build_corpus
from jokebox.lm.generator import State
from jokebox.lm.history import History
from jokebox.lm.text import is_word
from jokebox.lm.tokenizer import END
from jokebox.settings import Settings, save_settings
from jokebox.talk.turns import Turn
from jokebox.tui.widgets.learning_panel import LearningPanel
from jokebox.tui.widgets.prompt import ANSWERING, CONTINUE, START, Prompt
from tests import small
from tests.tui.stage import (
    Script,
    Stage,
    answer,
    biased,
    endless,
    evaluated,
    open_app,
    progress,
    shelve,
    started,
)

PROMPT = "Why did the owl"
HOSTILE = "[/foo] [@click=app.quit]x[/] [bold"


@pytest.fixture
def slow(settings: Settings) -> None:
    save_settings(replace(settings, words_per_second=5, word_limit=6))


@pytest.fixture
def very_slow(settings: Settings) -> None:
    """The first word comes at once, the second never."""
    save_settings(replace(settings, words_per_second=0.001))


def same(one: State, other: State) -> bool:
    return np.array_equal(one.h, other.h) and np.array_equal(one.c, other.c)


def talk(stage: Stage) -> tuple[Turn, ...]:
    return stage.chat.turns


def state(stage: Stage) -> State:
    conversation = stage.chat.talker.conversation
    assert conversation is not None
    return conversation.state


# Talking ----------------------------------------------------------------------------------------


async def test_a_typed_prompt_is_answered_on_the_screen() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        assert "Start a joke, I finish it." in stage.text()
        await stage.pilot.press(*"Why did", "enter")
        await stage.settled(1)
        (turn,) = talk(stage)
        assert turn.prompt == "Why did"
        assert answer(stage.turns[0]) == f"Why did {turn.text} …"
        assert "Start a joke, I finish it." not in stage.text()
        assert stage.main.query_one(Prompt).value == ""


async def test_a_prompt_typed_before_there_is_a_model_waits_and_step_0_answers_it(
    script: Script,
) -> None:
    async with open_app(script) as stage:
        await stage.enter(PROMPT)
        await stage.enter("What is")
        await stage.sees(f"{PROMPT}   waits: the model is still learning its first words")
        script.say(started())
        await stage.sees("Learning originals")
        assert stage.chat.talker.conversation is None
        script.say(evaluated(endless(step=0)))
        await stage.until(lambda: stage.chat.talker.conversation)
        await stage.until(lambda: len(talk(stage)) == 2)
        assert [turn.prompt for turn in talk(stage)] == [PROMPT, "What is"]
        await stage.settled(2)
        assert "waits" not in stage.text()


@pytest.mark.usefixtures("slow")
async def test_words_come_one_at_a_time() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.enter(PROMPT)
        seen: list[str] = []

        def over() -> bool:
            told = answer(stage.turns[0]) if stage.turns else ""
            if told not in seen:
                seen.append(told)
            return not stage.possible("stop_answer") and bool(talk(stage))

        await stage.until(over)
        whole = PROMPT + "".join(word.text for word in talk(stage)[0].words)
        partly = [told.removesuffix("▌") for told in seen if told.endswith("▌")]
        assert len(partly) > 2
        assert all(whole.startswith(told) for told in partly)


@pytest.mark.usefixtures("very_slow")
async def test_escape_stops_the_answer_and_the_joke_goes_on() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.enter(PROMPT)
        await stage.until(lambda: stage.turns and len(answer(stage.turns[0])) > len(f"{PROMPT}▌"))
        assert stage.main.query_one(Prompt).placeholder == ANSWERING
        await stage.pilot.press("escape")
        await stage.settled(1)
        assert talk(stage)[0].ended == "stopped"
        assert stage.main.query_one(Prompt).placeholder == CONTINUE
        await stage.enter("moon")
        await stage.until(lambda: stage.possible("stop_answer"))
        await stage.pilot.press("escape")
        await stage.settled(2)
        assert talk(stage)[1].joke.startswith(f"{talk(stage)[0].joke} moon")
        assert stage.turns[1].has_class("-continues")


@pytest.mark.usefixtures("very_slow")
async def test_what_is_typed_during_an_answer_waits_its_turn() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.enter(PROMPT)
        await stage.enter("moon")
        await stage.sees("moon   waits for the answer before it")
        await stage.pilot.press("escape")
        await stage.until(lambda: len(talk(stage)) == 1 and stage.possible("stop_answer"))
        await stage.pilot.press("escape")
        await stage.settled(2)
        assert [turn.prompt for turn in talk(stage)] == [PROMPT, "moon"]


async def test_a_joke_cut_at_the_word_limit_goes_on_with_the_next_prompt() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say(PROMPT, "Lettuce.")
        first, second = talk(stage)
        assert first.ended == "limit"
        assert sum(is_word(word.text) for word in first.words) == 5
        assert second.joke.startswith(f"{first.joke} Lettuce.")
        assert not second.opens_joke


async def test_enter_alone_tells_another_joke() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say("", PROMPT, "")
        assert [turn.opens_joke for turn in talk(stage)] == [True, False, True]
        assert answer(stage.turns[0]) == f"{talk(stage)[0].text} …"


async def test_a_joke_that_has_ended_is_followed_by_another() -> None:
    shelve("farm", biased(1000, END))
    async with open_app() as stage:
        await stage.ready()
        await stage.say(PROMPT)
        assert talk(stage)[0].ended == "end-of-joke"
        assert answer(stage.turns[0]) == PROMPT
        assert stage.main.query_one(Prompt).placeholder == START


async def test_again_answers_the_last_prompt_from_the_very_state() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say("Why did the cow", PROMPT)
        before = talk(stage)
        await stage.pilot.press("ctrl+g")
        await stage.until(lambda: len(talk(stage)) == 2 and talk(stage)[1] is not before[1])
        await stage.settled(2)
        after, conversation = talk(stage), stage.chat.talker.conversation
        assert conversation is not None
        assert after[0] is before[0]
        assert (after[1].prompt, after[1].parent) == (PROMPT, before[1].parent)
        assert after[1].seed != before[1].seed
        states = [conversation.state_before(turn.number, 0) for turn in (after[1], before[1])]
        assert same(*states)
        assert answer(stage.turns[1]) == f"{PROMPT} {after[1].text} …"


async def test_rewinding_takes_the_last_turn_back_state_and_all() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        fresh = state(stage)
        await stage.say(PROMPT)
        middle = state(stage)
        await stage.say("moon")
        await stage.pilot.press("ctrl+b")
        await stage.settled(1)
        assert same(state(stage), middle)
        await stage.pilot.press("ctrl+b")
        await stage.settled(0)
        assert same(state(stage), fresh)
        await stage.sees("Start a joke, I finish it.")
        assert not stage.possible("rewind")


async def test_a_new_joke_begins_in_the_same_state() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say(PROMPT)
        before = talk(stage)[0].ids
        await stage.pilot.press("ctrl+o")
        await stage.until(lambda: stage.main.query_one(Prompt).placeholder == START)
        assert not stage.possible("new_joke")
        await stage.say("moon")
        assert talk(stage)[1].opens_joke
        conversation = stage.chat.talker.conversation
        assert conversation is not None
        generator = conversation.generator
        assert talk(stage)[1].ids[0] == END, "the joke that was left open ends here"
        ids = [*before, *talk(stage)[1].ids]
        assert same(state(stage), generator.read(generator.fresh(), ids))


async def test_a_new_talk_begins_in_a_fresh_state() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        fresh = state(stage)
        await stage.say(PROMPT, "moon")
        assert not same(state(stage), fresh)
        await stage.pilot.press("ctrl+n")
        await stage.settled(0)
        assert same(state(stage), fresh)
        await stage.sees("Start a joke, I finish it.")


# Newer weights ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("very_slow")
async def test_newer_weights_take_over_between_turns_and_read_the_talk(script: Script) -> None:
    async with open_app(script) as stage:
        first, second = endless(), endless(seed=7)
        script.say(started(), evaluated(first))
        await stage.ready()
        await stage.enter(PROMPT)
        await stage.until(lambda: stage.possible("stop_answer"))
        script.say(evaluated(second, sample="A newer sample."))
        await stage.sees("A newer sample.")
        conversation = stage.chat.talker.conversation
        assert conversation is not None
        assert conversation.generator.checkpoint is first, "it is still speaking"
        await stage.pilot.press("escape")
        await stage.until(lambda: conversation.generator.checkpoint is second)
        await stage.settled(1)
        ids = [id for turn in conversation.turns for id in turn.ids]
        reread = conversation.generator.read(conversation.generator.fresh(), ids)
        assert same(conversation.state, reread)


async def test_another_model_goes_on_with_the_talk() -> None:
    for name, seed in (("farm", 1), ("zoo", 7)):
        shelve(name, endless(seed))
    async with open_app(model="farm") as stage:
        await stage.ready()
        await stage.say(PROMPT)
        await stage.pilot.press("f2")
        await stage.sees("Models", "farm", "zoo", "2.500")
        await stage.pilot.press("enter")  # the newest comes first
        await stage.sees("jokebox  zoo")
        await stage.ready()
        conversation = stage.chat.talker.conversation
        assert conversation is not None
        assert conversation.generator.checkpoint.name == "zoo"
        assert len(stage.turns) == 1
        await stage.say("moon")


# What is seen -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prompt", [HOSTILE, "\x1b[31mred\x1b]0;title\x07 \x9b2J", "\u202eowl\ud800"]
)
async def test_hostile_prompts_show_as_text(prompt: str) -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say(prompt)
        await stage.sees(talk(stage)[0].prompt)
        assert not set(stage.text()) & set("\x1b\x07\x9b\u202e\ud800")


async def test_what_is_pasted_is_made_harmless_before_it_is_shown() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        stage.main.query_one(Prompt).post_message(Paste("Why \x1b[31mdid\x9b\u202e the owl\nrest"))
        await stage.sees("Why [31mdid the owl")


async def test_hostile_words_of_the_model_show_as_text() -> None:
    jokes = [f"{HOSTILE} number {i}" for i in range(30)]
    corpus = build_corpus(jokes, ("[/small]",))
    training = replace(small.QUICK, tokens="whitespace")
    checkpoint = small.untrained(corpus, training=training)
    hostile = checkpoint.tokenizer.encode(HOSTILE)
    shelve("farm", biased(1000, *hostile, checkpoint=checkpoint))
    async with open_app() as stage:
        await stage.ready()
        await stage.say("", "")
        told = talk(stage)[0].text
        assert set(told.split()) <= set(HOSTILE.split())
        shown = " ".join(part for part in answer(stage.turns[0]).split() if part != "…")
        assert shown == told
        await stage.sees("[@click=app.quit]x[/]", "[/foo]")


async def test_hostile_names_and_samples_show_as_text(script: Script) -> None:
    async with open_app(script) as stage:
        hostile = replace(started("[/foo]"), history=History(HOSTILE, samples=((0, HOSTILE),)))
        script.say(hostile, progress(10), evaluated(endless(), sample="[@click=app.quit]sample"))
        await stage.sees("learning [/foo]", "Learning [/foo]: epoch", "[@click=app.quit]sample")


async def test_a_recited_joke_is_marked() -> None:
    checkpoint = biased(1000, END)
    shelve("farm", checkpoint)
    async with open_app() as stage:
        await stage.ready()
        await stage.say(checkpoint.corpus.training[0], PROMPT)
        assert "↺ word for word" in answer(stage.turns[0])
        assert "↺" not in answer(stage.turns[1])


async def test_a_word_that_the_tutorials_model_does_not_know_is_told() -> None:
    shelve("farm", small.untrained(training=replace(small.QUICK, tokens="whitespace")))
    async with open_app() as stage:
        await stage.ready()
        await stage.say("Why did the zebra")
        assert "(it does not know zebra)" in answer(stage.turns[0])


async def test_the_panel_is_shown_and_hidden() -> None:
    shelve("farm", endless())
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        panel = stage.main.query_one(LearningPanel)
        assert not panel.display, "there is little room"
        await stage.pilot.press("f3")
        await stage.sees("farm: 42 jokes, finished")
        await stage.pilot.press("f3")
        await stage.until(lambda: not panel.display)
        await stage.pilot.press("f3")
        await stage.sees("farm: 42 jokes, finished")


async def test_the_key_bar_shows_the_keys_that_work_now() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        assert "New talk" not in stage.text()
        await stage.say(PROMPT)
        await stage.sees("^n New talk", "^g Again", "^b Rewind", "^o New joke", "f1 Help")
        assert "Stop" not in stage.text().splitlines()[-1]

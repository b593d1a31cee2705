"""A talk as its user leads it: prompts and answers, newer weights, and what is done with a turn."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from textual.widgets import Input

from jokebox.lm.corpus import build_corpus
from jokebox.lm.generator import Choice, State
from jokebox.lm.text import is_word
from jokebox.lm.tokenizer import END
from jokebox.settings import Settings, load_settings, save_settings
from jokebox.talk.conversation import Conversation
from jokebox.talk.events import Event
from jokebox.talk.turns import Turn
from jokebox.tui.chat import TURNS, WHOLE_JOKES
from jokebox.tui.screens.source import SourceScreen
from jokebox.tui.talker import CHOICES
from jokebox.tui.widgets.prompt import ANSWERING, CONTINUE, START, YOUR_TURN
from jokebox.tui.widgets.turn import TurnView
from jokebox.tui.widgets.why_panel import WhyPanel
from tests import small
from tests.small import biased, endless, shelve
from tests.tui.stage import Script, Stage, answer, evaluated, open_app, started

PROMPT = "Why did the owl"
COW, CAT, DUCK, FROG = (f"Why did the {animal}" for animal in ("cow", "cat", "duck", "frog"))
HOSTILE = "[/foo] [@click=app.quit]x[/] [bold"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Open the app with a model that never ends a joke."""
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        yield stage


@pytest.fixture
def very_slow(settings: Settings) -> None:
    """Let the first word of an answer come at once, and the second never."""
    save_settings(replace(settings, words_per_second=0.001))


def conversation(stage: Stage) -> Conversation:
    talk = stage.chat.talker.conversation
    assert talk is not None
    return talk


def same(one: State, other: State) -> bool:
    return np.array_equal(one.h, other.h) and np.array_equal(one.c, other.c)


def text_of(turn: Turn, words: int | None = None) -> str:
    """Return the prompt and the first words of the answer: a mark has no space before it."""
    return (turn.prompt + "".join(word.text for word in turn.words[:words])).removeprefix(" ")


def answered(turn: Turn) -> int:
    """Return how many words the answer has; a mark is none."""
    return sum(is_word(word.text) for word in turn.words)


async def speaks(stage: Stage, turn: int = -1) -> None:
    """Wait until the first word of an answer is on the screen."""
    await stage.until(
        lambda: (
            stage.possible("stop_answer")
            and stage.turns[turn].is_mounted
            and len(answer(stage.turns[turn])) > len(f"{stage.turns[turn].prompt}▌")
        )
    )


# Talking ----------------------------------------------------------------------------------------


async def test_a_typed_prompt_is_answered_on_the_screen(stage: Stage) -> None:
    await stage.sees("Start a joke, I finish it.")
    await stage.pilot.press(*"Why did", "enter")
    await stage.settled(1)
    (turn,) = stage.chat.turns
    assert turn.prompt == "Why did"
    assert answer(stage.turns[0]) == f"{text_of(turn)} …"
    assert stage.prompt.value == ""
    await stage.until(lambda: "Start a joke, I finish it." not in stage.text())


async def test_a_prompt_typed_before_there_is_a_model_waits_and_step_0_answers_it(
    script: Script,
) -> None:
    async with open_app(script) as stage:
        await stage.enter(PROMPT)
        await stage.enter("What is")
        await stage.sees(f"{PROMPT}   waits for the first words of the model")
        script.say(started())
        await stage.sees("Learning originals")
        assert stage.chat.talker.conversation is None
        script.say(evaluated(endless(step=0)))
        await stage.settled(2)
        assert [turn.prompt for turn in stage.chat.turns] == [PROMPT, "What is"]
        await stage.until(lambda: "waits" not in stage.text())


async def test_words_are_shown_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    save_settings(replace(settings, words_per_second=20))
    seen: list[str] = []
    show_event = TurnView.show_event

    def note(view: TurnView, event: Event) -> None:
        show_event(view, event)
        seen.append(answer(view))

    monkeypatch.setattr(TurnView, "show_event", note)
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say(PROMPT)
        (turn,) = stage.chat.turns
    shown = [text for text in seen if text]  # the turn may be mounted after its first words
    words = [f"{text_of(turn, number)}▌" for number in range(len(turn.words) + 1)]
    steps = [*words, words[-1]]  # the end of the answer is an event too
    assert shown == steps[-len(shown) :]
    assert len(shown) > 2


@pytest.mark.usefixtures("very_slow")
async def test_escape_stops_the_answer_and_the_next_prompt_continues_the_joke(
    stage: Stage,
) -> None:
    await stage.enter(PROMPT)
    await speaks(stage)
    await stage.until(lambda: stage.prompt.placeholder == ANSWERING)
    await stage.pilot.press("escape")
    await stage.settled(1)
    assert stage.chat.turns[0].ended == "stopped"
    assert stage.prompt.placeholder == CONTINUE
    await stage.enter("moon")
    await speaks(stage)
    await stage.pilot.press("escape")
    await stage.settled(2)
    first, second = stage.chat.turns
    assert second.joke.startswith(f"{first.joke} moon")
    assert stage.turns[1].has_class("-continues")


@pytest.mark.usefixtures("very_slow")
async def test_what_is_typed_during_an_answer_waits_for_its_end(stage: Stage) -> None:
    await stage.enter(PROMPT)
    await speaks(stage)
    await stage.enter("moon")
    await stage.sees("moon   waits for the answer before it")
    await stage.pilot.press("escape")
    await stage.until(lambda: len(stage.chat.turns) == 1)
    await speaks(stage)
    await stage.pilot.press("escape")
    await stage.settled(2)
    assert [turn.prompt for turn in stage.chat.turns] == [PROMPT, "moon"]


async def test_a_joke_cut_at_the_word_limit_continues_with_the_next_prompt(stage: Stage) -> None:
    await stage.say(PROMPT, "Lettuce.")
    first, second = stage.chat.turns
    assert first.ended == "limit"
    assert answered(first) == 5
    assert second.joke.startswith(f"{first.joke} Lettuce.")
    assert not second.opens_joke


async def test_enter_alone_asks_for_another_joke(stage: Stage) -> None:
    await stage.say("", PROMPT, "")
    assert [turn.opens_joke for turn in stage.chat.turns] == [True, False, True]
    assert answer(stage.turns[0]) == f"{text_of(stage.chat.turns[0])} …"


async def test_a_joke_that_has_ended_is_followed_by_another() -> None:
    shelve("farm", biased(1000, END))
    async with open_app() as stage:
        await stage.ready()
        await stage.say(PROMPT)
        assert stage.chat.turns[0].ended == "end-of-joke"
        assert answer(stage.turns[0]) == PROMPT
        assert stage.prompt.placeholder == START


async def test_again_answers_the_last_prompt_from_the_same_state(stage: Stage) -> None:
    await stage.say(COW, PROMPT)
    before = stage.chat.turns
    await stage.pilot.press("ctrl+g")
    await stage.until(lambda: stage.chat.turns[-1] is not before[1])
    await stage.settled(2)
    after, talk = stage.chat.turns, conversation(stage)
    assert after[0] is before[0]
    assert (after[1].prompt, after[1].parent) == (PROMPT, before[1].parent)
    assert after[1].seed != before[1].seed
    states = [talk.state_before(turn.number, 0) for turn in (after[1], before[1])]
    assert same(*states)
    assert answer(stage.turns[1]) == f"{text_of(after[1])} …  2 of 2"


async def test_rewinding_takes_the_last_turn_back_with_its_state(stage: Stage) -> None:
    fresh = conversation(stage).state
    await stage.say(PROMPT)
    middle = conversation(stage).state
    await stage.say("moon")
    for turns, state in ((1, middle), (0, fresh)):
        await stage.pilot.press("ctrl+b")
        await stage.settled(turns)
        assert same(conversation(stage).state, state)
    await stage.sees("Start a joke, I finish it.")
    assert not stage.possible("rewind")


async def test_a_new_joke_begins_in_the_same_state(stage: Stage) -> None:
    await stage.say(PROMPT)
    before = stage.chat.turns[0].ids
    await stage.pilot.press("ctrl+o")
    await stage.until(lambda: stage.prompt.placeholder == START)
    await stage.until(lambda: not stage.possible("new_joke"))
    await stage.say("moon")
    turn = stage.chat.turns[1]
    assert turn.opens_joke
    assert turn.ids[0] == END, "the joke that was left open ends here"
    generator = conversation(stage).generator
    reread = generator.read(generator.fresh(), [*before, *turn.ids])
    assert same(conversation(stage).state, reread)


async def test_a_new_talk_begins_in_a_fresh_state(stage: Stage) -> None:
    fresh = conversation(stage).state
    await stage.say(PROMPT, "moon")
    assert not same(conversation(stage).state, fresh)
    await stage.pilot.press("ctrl+n")
    await stage.settled(0)
    assert same(conversation(stage).state, fresh)
    await stage.sees("Start a joke, I finish it.")


# Newer weights ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("very_slow")
async def test_newer_weights_take_over_between_turns_and_read_the_talk(script: Script) -> None:
    async with open_app(script) as stage:
        first, second = endless(), endless(seed=7)
        script.say(started(), evaluated(first))
        await stage.ready()
        await stage.enter(PROMPT)
        await speaks(stage)
        script.say(evaluated(second, sample="A newer sample."))
        await stage.sees("A newer sample.")
        talk = conversation(stage)
        assert talk.generator.checkpoint is first, "its answer is still under way"
        await stage.pilot.press("escape")
        await stage.until(lambda: talk.generator.checkpoint is second)
        await stage.settled(1)
        ids = [id for turn in talk.turns for id in turn.ids]
        assert same(talk.state, talk.generator.read(talk.generator.fresh(), ids))


async def test_another_model_continues_the_talk(stage: Stage) -> None:
    shelve("zoo", endless(seed=7))
    await stage.say(PROMPT)
    await stage.pilot.press("f2")
    await stage.sees("Models", "farm", "zoo", "2.500")
    await stage.pilot.press("enter")  # the newest comes first
    await stage.until(lambda: stage.chat.idle and stage.chat.talker.model == "zoo")
    assert len(stage.turns) == 1
    await stage.say("moon")


# Hostile text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prompt", [HOSTILE, "\x1b[31mred\x1b]0;title\x07 \x9b2J", "\u202eowl\ud800"]
)
async def test_hostile_prompts_show_as_text(stage: Stage, prompt: str) -> None:
    await stage.say(prompt)
    await stage.sees(stage.chat.turns[0].prompt)
    assert not set(stage.text()) & set("\x1b\x07\x9b\u202e\ud800")


async def test_hostile_words_of_the_model_show_as_text() -> None:
    jokes = [f"{HOSTILE} number {i}" for i in range(30)]
    corpus = build_corpus(jokes, ("[/small]",))
    training = replace(small.QUICK, tokens="whitespace")
    checkpoint = small.untrained(corpus, training=training)
    hostile = checkpoint.tokenizer.encode(HOSTILE)
    shelve("farm", biased(1000, *hostile, checkpoint=checkpoint))
    async with open_app() as stage:
        await stage.ready()
        await stage.say("")
        words = text_of(stage.chat.turns[0]).split()
        assert set(words) <= set(HOSTILE.split())
        assert answer(stage.turns[0]).split()[: len(words)] == words
        await stage.sees(*words)


# What is remarked -------------------------------------------------------------------------------


async def test_a_recited_joke_is_called_so() -> None:
    checkpoint = biased(1000, END)
    shelve("farm", checkpoint)
    async with open_app() as stage:
        await stage.ready()
        await stage.say(checkpoint.corpus.training[0], PROMPT)
        assert "↺ word for word" in answer(stage.turns[0])
        assert "↺" not in answer(stage.turns[1])


async def test_a_word_that_the_tutorials_model_does_not_know_is_named() -> None:
    shelve("farm", small.untrained(training=replace(small.QUICK, tokens="whitespace")))
    async with open_app() as stage:
        await stage.ready()
        await stage.say("Why did the zebra")
        assert "(it does not know zebra)" in answer(stage.turns[0])


# What can be done with a turn -------------------------------------------------------------------


async def test_answers_to_one_prompt_are_alternatives(stage: Stage) -> None:
    await stage.say(COW, PROMPT)
    first = stage.chat.turns[-1]
    await stage.enter_talk()
    await stage.pilot.press("ctrl+g")
    await stage.until(lambda: stage.chat.turns[-1].number != first.number)
    await stage.settled(2)
    second = stage.chat.turns[-1]
    await stage.sees("◂ 2   of 2 ▸")
    for key, turn in (("left_square_bracket", first), ("right_square_bracket", second)):
        await stage.pilot.press(key)
        await stage.until(partial(is_at, stage, turn))
        await stage.settled(2)
        assert answer(stage.turns[-1]) == f"{text_of(turn)} …"


@pytest.mark.parametrize(("key", "way"), [("right_square_bracket", 1), ("left_square_bracket", -1)])
async def test_drafts_that_were_not_told_are_alternatives_too(
    stage: Stage, key: str, way: int
) -> None:
    stage.chat.follow(replace(stage.chat.talker.settings, drafts=4))
    await stage.say(COW)
    first = stage.chat.turns[-1]
    number = 1 + len(first.others)
    assert number > 2
    await stage.enter_talk()
    await stage.sees(f"◂ 1   of {number} ▸")
    for place, draft in list(enumerate(first.others, 2))[::way]:
        await stage.pilot.press(key)
        await stage.until(partial(tells, stage, draft.ids))
        await stage.settled(1)
        await stage.sees(f"◂ {place}   of {number} ▸")
    await stage.pilot.press(key)  # round to the first
    await stage.until(partial(is_at, stage, first))
    assert len(conversation(stage).all_turns) == number


async def test_a_key_lets_user_and_model_take_turns(stage: Stage) -> None:
    await stage.say(PROMPT)
    for take_turns, notice, placeholder in (
        (True, TURNS, YOUR_TURN),
        (False, WHOLE_JOKES, CONTINUE),
    ):
        await stage.pilot.press("ctrl+e")
        await stage.until(partial(stage.notices.__contains__, notice))
        await stage.until(partial(expects, stage, placeholder))
        assert stage.chat.talker.settings.take_turns is take_turns
        assert load_settings().take_turns is take_turns


async def test_taking_turns_enter_alone_goes_on_with_the_same_joke(stage: Stage) -> None:
    stage.chat.follow(replace(stage.chat.talker.settings, take_turns=True))
    await stage.say(PROMPT, "")
    first, second = stage.chat.turns
    assert not second.opens_joke
    assert second.joke.startswith(first.joke)
    assert answer(stage.turns[1]).startswith("…")


async def test_escape_stops_the_answer_while_it_thinks(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draft_for_ever(*how: object) -> None:
        stopped = how[-1]
        assert callable(stopped)
        while not stopped():
            time.sleep(0.01)

    monkeypatch.setattr("jokebox.lm.drafts.Drafter.draw", draft_for_ever)
    monkeypatch.setattr("jokebox.tui.widgets.turn.THINKING_AFTER", 0.01)
    stage.chat.follow(replace(stage.chat.talker.settings, drafts=2))
    await stage.enter(PROMPT)
    await stage.sees(f"{PROMPT}▌  thinking …")
    await stage.pilot.press("escape")
    await stage.settled(1)
    assert answer(stage.turns[0]) == f"{PROMPT} …"


def expects(stage: Stage, placeholder: str) -> bool:
    return stage.prompt.placeholder == placeholder


def tells(stage: Stage, ids: tuple[int, ...]) -> bool:
    return stage.chat.turns[-1].told == ids


def is_at(stage: Stage, turn: Turn) -> bool:
    return stage.chat.turns[-1].number == turn.number


async def test_an_edited_prompt_is_answered_from_the_same_state(stage: Stage) -> None:
    await stage.say(COW, PROMPT)
    await stage.enter_talk()
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.prompt.value == PROMPT)
    stage.prompt.value = FROG
    await stage.until(lambda: stage.prompt.has_focus)
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.chat.turns[-1].prompt == FROG)
    await stage.settled(2)
    assert stage.chat.turns[-1].parent == stage.chat.turns[0].number


async def test_escape_leaves_an_edited_prompt_as_it_was(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.enter_talk()
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.prompt.value == PROMPT and stage.prompt.has_focus)
    await stage.pilot.press("escape")
    await stage.until(lambda: stage.prompt.value == "")
    await stage.say(COW)
    assert [turn.prompt for turn in stage.chat.turns] == [PROMPT, COW]


async def test_an_answer_continues_where_it_stopped(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.enter_talk()
    await stage.pilot.press("ctrl+x")
    await stage.settled(2)
    first, more = stage.chat.turns
    assert not more.opens_joke
    assert more.joke.startswith(first.joke)


async def test_what_came_after_a_branch_is_an_alternative(stage: Stage) -> None:
    await stage.say(PROMPT, COW, CAT)
    await stage.enter_talk()
    await stage.pilot.press("up", "up")
    await stage.until(lambda: stage.view.selected is stage.turns[0])
    await stage.pilot.press("ctrl+b")
    await stage.settled(1)
    await stage.until(lambda: stage.prompt.has_focus)
    await stage.say(DUCK)
    assert [turn.prompt for turn in stage.chat.turns] == [PROMPT, DUCK]
    await stage.enter_talk()
    await stage.pilot.press("left_square_bracket")
    await stage.settled(3)
    assert stage.chat.turns[-1].prompt == CAT


async def test_what_is_typed_in_the_talk_goes_to_the_prompt(stage: Stage) -> None:
    await stage.say(PROMPT)
    stage.prompt.value = "So "
    stage.prompt.cursor_position = 3
    await stage.enter_talk()
    await stage.pilot.press(*"a cat gave me [1] goose")
    await stage.until(lambda: stage.prompt.value == "So a cat gave me [1] goose")
    assert stage.view.selected is None
    assert len(stage.chat.turns) == 1


async def test_what_is_typed_while_a_word_is_chosen_goes_there_too_but_not_a_choice(
    stage: Stage,
) -> None:
    await stage.pilot.press("ctrl+y")
    await choices(stage, 0)
    await stage.pilot.press(*"My wife told me")
    await stage.until(lambda: stage.prompt.value == "My wife told me")


async def test_a_turn_says_that_it_has_alternatives(stage: Stage) -> None:
    await stage.say(PROMPT)
    assert " of " not in answer(stage.turns[0])
    await stage.pilot.press("ctrl+g")
    await stage.until(lambda: answer(stage.turns[0]).endswith("  2 of 2"))


async def test_a_joke_is_copied(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.enter_talk()
    await stage.pilot.press("ctrl+c")
    await stage.until(lambda: stage.app.clipboard == stage.chat.turns[0].joke)


async def test_a_click_on_a_link_does_what_it_says(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.enter_talk()
    await stage.sees("copy   favourite   again")
    await stage.click(".deeds", (1, 0))
    await stage.until(lambda: stage.app.clipboard == stage.chat.turns[0].joke)


async def test_clicks_on_the_same_place_go_through_the_alternatives(stage: Stage) -> None:
    stage.chat.follow(replace(stage.chat.talker.settings, drafts=4))
    await stage.say(COW)
    drafts = stage.chat.turns[0].others
    await stage.enter_talk()
    await stage.sees(f"◂ 1   of {1 + len(drafts)} ▸   copy")
    for draft in drafts:
        await stage.click(".deeds", (len("◂ 1   "), 0))
        await stage.until(partial(tells, stage, draft.ids))
        await stage.settled(1)


async def test_the_source_of_a_joke_is_shown(stage: Stage) -> None:
    await stage.say("Why did the owl cross the road? Because it was")
    await stage.enter_talk()
    await stage.pilot.press("ctrl+u")
    await stage.until(lambda: isinstance(stage.app.screen, SourceScreen))
    await stage.sees("words in a row", "Because it was late.")


# Words ------------------------------------------------------------------------------------------


async def choose(stage: Stage, place: int) -> tuple[Choice, ...]:
    """Put the cursor on a word of the last turn, and wait for the choices there."""
    turn = stage.chat.turns[-1]
    await stage.pilot.press("f7")
    await stage.enter_talk()
    await stage.pilot.press(*["left"] * (len(turn.words) - place))
    return await choices(stage, place)


async def choices(stage: Stage, place: int) -> tuple[Choice, ...]:
    """Wait until the panel shows the choices at this place of the last turn."""
    panel = stage.main.query_one(WhyPanel)
    await stage.until(lambda: stage.chat.idle)
    talk, turn = conversation(stage), stage.chat.turns[-1]
    state = talk.state_before(turn.number, place)
    expected = tuple(talk.generator.next_words(state, CHOICES, stage.chat.talker.settings.sampling))
    await stage.until(lambda: stage.chat.idle and panel.choices == expected)
    return expected


async def take(stage: Stage, choice: int) -> None:
    """Press the key of a choice, and wait for the answer that it makes."""
    before = stage.chat.turns[-1]
    await stage.pilot.press(f"{(choice + 1) % 10}")
    await stage.until(lambda: stage.chat.turns[-1] != before)
    await stage.settled(len(stage.chat.turns))


async def test_the_choices_of_a_word_show_beside_the_talk(stage: Stage) -> None:
    await stage.say(PROMPT)
    word = stage.chat.turns[0].words[2]
    likeliest = (await choose(stage, 2))[0]
    await stage.sees(f"Why {word.text.strip()}?", f"{word.bits:.1f} bits")
    await stage.sees(f"{100 * likeliest.drawn:4.1f} %")


async def test_a_choice_is_taken_by_its_number_and_the_answer_continues(stage: Stage) -> None:
    await stage.say(PROMPT)
    words = stage.chat.turns[0].words
    offered = await choose(stage, 2)
    other = next(
        number
        for number, choice in enumerate(offered)
        if choice.text != words[2].text and is_word(choice.text)
    )
    await take(stage, other)
    (turn,) = stage.chat.turns
    assert turn.words[:2] == words[:2]
    assert turn.words[2].text.strip() == offered[other].text.strip()
    assert answered(turn) == 5


async def test_another_word_can_be_typed(stage: Stage) -> None:
    await stage.say(PROMPT)
    await choose(stage, 1)
    await stage.pilot.press("enter")
    line = stage.main.query_one("#word-input", Input)
    await stage.until(lambda: line.has_focus)
    line.value = "zebra"
    await stage.pilot.press("enter")
    await stage.until(lambda: "zebra" in stage.chat.turns[0].joke)
    await stage.settled(1)
    assert stage.chat.turns[0].words[1].text == " zebra"


async def test_a_joke_is_written_word_by_word_with_undo_and_an_end_by_the_model(
    stage: Stage,
) -> None:
    stage.prompt.value = PROMPT
    await stage.pilot.press("ctrl+y")
    await stage.sees("What comes next?")
    written: list[str] = []
    for place in range(2):
        offered = await choices(stage, place)
        number = next(i for i, choice in enumerate(offered) if is_word(choice.text))
        written.append(offered[number].text)
        await take(stage, number)
        assert [word.text for word in stage.chat.turns[-1].words] == written
    await choices(stage, 2)
    await stage.pilot.press("backspace")
    await stage.until(lambda: len(stage.chat.turns[-1].words) == 1)
    await choices(stage, 1)
    await stage.pilot.press("ctrl+x")
    await stage.until(lambda: answered(stage.chat.turns[-1]) == 5)
    await stage.settled(1)
    assert stage.chat.turns[-1].words[0].text == written[0]

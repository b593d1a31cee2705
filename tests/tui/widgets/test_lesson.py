from __future__ import annotations

from dataclasses import replace
from functools import partial

from jokebox.lesson import HUNDRED, STEPS
from jokebox.lm.events import Ended
from jokebox.settings import load_settings
from jokebox.tui.screens.replay import ReplayScreen
from tests.small import endless, shelve
from tests.tui.stage import Script, Stage, finished, open_app, started

FARM = "farm"


async def at_step(stage: Stage, number: int) -> None:
    await stage.sees(f"Lesson {number}/{len(STEPS)}  {STEPS[number - 1].title}")


def has_looked(stage: Stage, number: int) -> bool:
    """Return whether the learner has looked at so many words."""
    lesson = stage.main.lesson
    return lesson is not None and len(lesson.seen.looked) >= number


async def test_a_step_says_when_it_was_done_and_the_key_goes_on() -> None:
    shelve(FARM, endless())
    async with open_app(size=(140, 45)) as stage:
        await stage.ready()
        stage.app.begin_lesson()
        await at_step(stage, 1)
        assert "F9\u00a0skips" in stage.text()
        await stage.pilot.press("f9")
        await at_step(stage, 2)
        await stage.pilot.press("f3")
        await stage.opens(ReplayScreen)
        await stage.pilot.press("escape")
        await stage.sees("✓\u00a0done  F9\u00a0goes\u00a0on")
        await stage.pilot.press("f9")
        await at_step(stage, 3)
        await stage.until(lambda: "✓" not in stage.text())


async def test_looking_at_words_is_noticed() -> None:
    shelve(FARM, endless())
    async with open_app(size=(140, 45)) as stage:
        await stage.ready()
        await stage.say("Why did the")
        stage.app.begin_lesson()
        await stage.pilot.press("f7")
        await stage.enter_talk()
        for number in range(1, 4):
            await stage.pilot.press("left")
            await stage.until(partial(has_looked, stage, number))
        await stage.sees("✓\u00a0done")


async def test_it_goes_on_where_it_was_left_and_ends_after_the_last_step() -> None:
    shelve(FARM, endless())
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        stage.app.begin_lesson()
        await stage.pilot.press("f9", "f9")
        await at_step(stage, 3)
        stage.app.leave_lesson()
        await stage.until(lambda: "Lesson" not in stage.text())
    assert load_settings().lesson_step == 3
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        stage.app.begin_lesson()
        await at_step(stage, 3)
        assert stage.main.lesson is not None
        stage.main.lesson.go(len(STEPS))
        await stage.until(lambda: "Lesson" not in stage.text())
    assert load_settings().lesson_step == 0


async def test_its_run_is_started_by_the_key_and_the_model_of_before_comes_back() -> None:
    farm = shelve(FARM, endless())
    script = Script()
    async with open_app(script, size=(140, 45)) as stage:
        await stage.ready()
        stage.app.begin_lesson()
        assert stage.main.lesson is not None
        stage.main.lesson.go(4)
        await stage.sees("F9\u00a0begins")
        await stage.pilot.press("f9")
        await stage.until(lambda: script.requests)
        assert script.requests[0].model == HUNDRED
        script.say(started(HUNDRED), finished(replace(farm, name=HUNDRED)))
        await stage.until(lambda: stage.chat.talker.model == HUNDRED)
        await stage.ready()
        await stage.say("Why did")
        await stage.sees("✓\u00a0done")
        await stage.pilot.press("f9")
        await stage.until(lambda: stage.chat.talker.model == FARM)


async def test_a_run_under_way_is_not_stopped_for_the_lesson() -> None:
    script = Script()
    async with open_app(script, size=(140, 45)) as stage:
        script.say(started())
        await stage.until(lambda: stage.main.run_state.training)
        stage.app.begin_lesson()
        assert stage.main.lesson is not None
        stage.main.lesson.go(4)
        await stage.sees("F9\u00a0begins")
        await stage.pilot.press("f9")
        await stage.until(lambda: any("A run is under way" in n for n in stage.notices))
        assert len(script.requests) == 1
        script.say(Ended("stopped", 1.0, None, ""))


async def test_the_palette_begins_it_and_goes_back() -> None:
    shelve(FARM, endless())
    async with open_app(size=(140, 45)) as stage:
        await stage.ready()
        await stage.pilot.press("ctrl+p", *"lesson", "enter")
        await at_step(stage, 1)
        await stage.pilot.press("f9")
        await at_step(stage, 2)
        names = [command.title for command in stage.app.get_system_commands(stage.main)]
        assert [name for name in names if name.startswith("Lesson")] == [
            "Lesson: back",
            "Lesson: from the beginning",
            "Lesson: leave",
        ]
        assert stage.main.lesson is not None
        stage.main.lesson.back()
        await at_step(stage, 1)

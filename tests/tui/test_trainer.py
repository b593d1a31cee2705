"""Pausing a run, going on, and being called back at its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tui.stage import Script, Stage, endless, finished, open_app, progress, shelve, started


def phase(stage: Stage) -> str:
    return str(stage.main.query_one("#phase").render())


async def learning(stage: Stage, script: Script) -> None:
    """A run is under way, 10 steps old."""
    script.say(started(), progress(10))
    await stage.until(lambda: "epoch 1 of 10" in phase(stage))


async def test_a_paused_run_stays_where_it_is_and_goes_on(script: Script) -> None:
    async with open_app(script) as stage:
        await learning(stage, script)
        await stage.pilot.press("ctrl+s")
        await stage.until(lambda: phase(stage).startswith("Paused"))
        assert stage.possible("go_on")
        assert not stage.possible("pause")
        script.say(progress(20), progress(30), progress(40))
        # one event may have been on its way
        await stage.until(lambda: script._said.qsize() <= 3)
        paused_at = script._said.qsize()
        for _ in range(5):
            await stage.pilot.pause()
        assert script._said.qsize() in (paused_at, paused_at - 1)
        assert script._said.qsize() >= 2
        await stage.pilot.press("ctrl+s")
        await stage.until(lambda: script._said.empty())
        await stage.until(lambda: phase(stage).startswith("Learning"))
        assert stage.possible("pause")
        script.say(finished(endless()))
        await stage.until(lambda: not stage.main.run_state.training)


async def test_a_paused_run_can_be_stopped(script: Script) -> None:
    async with open_app(script) as stage:
        await learning(stage, script)
        await stage.pilot.press("ctrl+s", "ctrl+t")
        await stage.until(lambda: not stage.main.run_state.training)
        assert phase(stage).startswith("Stopped")


async def test_leaving_ends_a_paused_run(script: Script) -> None:
    async with open_app(script) as stage:
        await learning(stage, script)
        await stage.pilot.press("ctrl+s")
        await stage.until(lambda: stage.main.run_state.paused)


async def test_the_next_run_is_not_paused(script: Script) -> None:
    async with open_app(script) as stage:
        await learning(stage, script)
        await stage.pilot.press("ctrl+s", "ctrl+t")
        await stage.until(lambda: not stage.main.run_state.training)
        await stage.pilot.press("ctrl+r", "ctrl+s")
        script.say(started(), progress(10), progress(20), progress(30))
        await stage.until(lambda: script._said.empty() and "epoch 1" in phase(stage))
        assert phase(stage).startswith("Learning")


@pytest.mark.parametrize(("seconds", "rings"), [(61.0, 1), (9.0, 0)])
async def test_a_run_of_minutes_ends_with_a_toast_and_the_bell(
    script: Script, monkeypatch: pytest.MonkeyPatch, seconds: float, rings: int
) -> None:
    rung: list[None] = []
    async with open_app(script) as stage:
        monkeypatch.setattr(stage.app, "bell", lambda: rung.append(None))
        await learning(stage, script)
        script.say(replace(finished(endless()), seconds=seconds))
        await stage.until(lambda: not stage.main.run_state.training)
        assert len(rung) == rings
        said = [notice.message for notice in stage.app._notifications]
        assert said.count("originals finished after 1 min") == rings


async def test_a_model_that_is_talked_to_keeps_its_place_under_a_new_name(script: Script) -> None:
    shelve("farm", endless())
    async with open_app(script) as stage:
        await stage.ready()
        await stage.pilot.press("f2")
        await stage.sees("Models")
        await stage.pilot.press("r", "ctrl+u", *"barn", "enter")
        await stage.until(lambda: stage.app.settings.model == "barn")

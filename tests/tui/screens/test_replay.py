from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from jokebox import paths
from jokebox.library import Library
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner
from jokebox.lm.history import History
from jokebox.snapshots import take_snapshot
from jokebox.tui.screens import replay
from jokebox.tui.screens.compare import CompareScreen
from jokebox.tui.screens.replay import ReplayScreen, of_same_run
from jokebox.tui.widgets.slider import Slider
from tests import small
from tests.tui.host import Host, host
from tests.tui.stage import Script, evaluated, open_app, progress, started

SAMPLES = ((0, "Why did the the the"), (20, "Why did the cow"), (40, "Why did the [/owl] cross?"))
SCORES = ((0, 4.0), (20, 3.0), (40, 2.5))


def model(**changes: object) -> Checkpoint:
    """Save a model with frames at steps 0, 20 and 40, and return it."""
    history = History("Why did the", ((10, 3.5), (30, 2.7)), SCORES, SAMPLES)
    return small.shelve("farm", replace(small.fluent(), history=history, **changes))  # type: ignore[arg-type]


def with_snapshots() -> Checkpoint:
    """Save the same with snapshots of steps 0 and 20, whose weights tell otherwise."""
    checkpoint = model()
    for step in (0, 20):
        weights = dict(checkpoint.weights) | {
            "output.bias": checkpoint.weights["output.bias"] + 9 * (step == 0)
        }
        take_snapshot(paths.models_dir() / "farm", replace(checkpoint, step=step, weights=weights))
    return checkpoint


def film(checkpoint: Checkpoint | None) -> ReplayScreen:
    return ReplayScreen(Library(), checkpoint, Manner(word_limit=5))


def shown(stage: Host, side: str) -> str:
    texts = stage.app.screen.query(f"#{side} Static")
    return " | ".join(str(text.render()) for text in texts)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_it_shows_then_and_now_and_every_frame_at_any_size(size: tuple[int, int]) -> None:
    async with host(film(model()), size) as stage:
        await stage.sees("Then: step 40", "Now: step 40  2.50", "[/owl]", "farm: finished")
        await stage.press("home")
        await stage.sees("Then: step 0  4.00", "Why did the the the")
        assert shown(stage, "now").startswith("Now: step 40")
        if size[1] > 16:
            await stage.sees("No snapshots of this model were kept")
            assert "Ask" not in stage.text()


async def test_the_film_runs_to_its_end_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "FRAME_TIME", 0.01)
    async with host(film(model())) as stage:
        await stage.sees("Then: step 40", "Play")
        await stage.press("space")
        await stage.sees("Then: step 40", "Play")
        slider = stage.app.screen.query_one(Slider)
        assert slider.index == 2
        await stage.press("escape")
        await stage.until(lambda: stage.answers == [None])


async def test_every_snapshot_answers_the_same_prompt() -> None:
    async with host(film(with_snapshots())) as stage:
        await stage.sees("2 snapshots", "Ask")
        await stage.press("slash")
        await stage.until(lambda: isinstance(stage.app.screen.focused, Input))
        await stage.fill("Why did the owl")
        await stage.press("enter")
        await stage.until(lambda: stage.text().count("Why did the owl ") >= 5)
        assert "…" not in shown(stage, "now")
        assert isinstance(stage.app.screen.focused, Slider)
        await stage.press("slash")
        await stage.fill("")
        await stage.press("enter")
        await stage.sees("Why did the the the")


async def test_escape_leaves_the_prompt_before_it_closes_the_film() -> None:
    async with host(film(with_snapshots())) as stage:
        await stage.sees("Ask")
        await stage.press("slash", "escape")
        assert stage.answers == []
        await stage.press("escape")
        await stage.until(lambda: stage.answers == [None])


async def test_a_damaged_snapshot_is_said_in_its_place() -> None:
    checkpoint = with_snapshots()
    (path,) = paths.models_dir().rglob("20.safetensors")
    path.write_bytes(path.read_bytes()[:-1])
    async with host(film(checkpoint)) as stage:
        await stage.sees("Ask")
        await stage.press("slash")
        await stage.fill("Why did the owl")
        await stage.press("enter")
        await stage.sees("a model file is damaged")


async def test_then_is_compared_with_now() -> None:
    async with host(film(with_snapshots())) as stage:
        await stage.sees("Compare")
        await stage.press("home", "c")
        await stage.opens(CompareScreen)
        await stage.sees("at step 0", "as it is now")


async def test_before_the_first_frame_it_says_what_it_waits_for() -> None:
    async with host(film(None)) as stage:
        await stage.sees("Nothing to replay yet")
        await stage.press("space", "c", "left", "escape")
        await stage.until(lambda: stage.answers == [None])


async def test_keys_of_a_run_ask_for_what_it_should_do() -> None:
    screen = film(model())
    screen.show_run(training=True, paused=False)
    async with host(screen) as stage:
        await stage.sees("Pause run", "One batch", "Next frame")
        await stage.press("ctrl+s")
        screen.show_run(training=True, paused=True)
        await stage.sees("Continue", "Paused …")
        await stage.press("b", "n")
        await stage.press("ctrl+s")
        wanted = [m.what for m in stage.app.posted if isinstance(m, ReplayScreen.Wanted)]
        assert wanted == ["pause", "batch", "evaluation", "unpause"]
        screen.show_run(training=False, paused=False)
        await stage.until(lambda: "One batch" not in stage.text())


def test_a_model_is_of_the_run_whose_samples_it_has() -> None:
    checkpoint = model()
    more = replace(checkpoint.history, samples=(*SAMPLES, (60, "Why?")))
    assert of_same_run(checkpoint, more) == replace(checkpoint, history=more)
    assert of_same_run(checkpoint, History("Why")) is None
    assert of_same_run(None, more) is None


# In the app -------------------------------------------------------------------------------------


async def test_f3_shows_the_run_under_way_and_follows_it(script: Script) -> None:
    script.say(started())
    async with open_app(script) as stage:
        await stage.until(lambda: stage.main.run_state.training)
        await stage.pilot.press("f3")
        await stage.opens(ReplayScreen)
        await stage.sees("Nothing to replay yet")
        for step in (0, 20):
            history = History("Why", (), ((step, 3.0),), SAMPLES[: 1 + step // 20])
            checkpoint = replace(small.endless(), name="originals", history=history, step=step)
            script.say(evaluated(checkpoint), progress(step + 10))
            await stage.sees(f"Then: step {step}", f"Learning: step {step + 10} of 100")
        await stage.pilot.press("ctrl+s")
        await stage.sees("Paused: step 30", "Continue")
        await stage.pilot.press("f3")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_compare_and_curves_are_in_the_palette() -> None:
    small.shelve("farm", small.endless())
    async with open_app() as stage:
        await stage.ready()
        commands = {c.title: c for c in stage.app.get_system_commands(stage.main)}
        assert {"Compare", "Curves"} <= commands.keys()
        await stage.pilot.press("ctrl+p", *"Compare")
        await stage.sees("Two models, snapshots or manners")
        await stage.pilot.press("enter")
        await stage.opens(CompareScreen)

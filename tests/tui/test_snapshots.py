"""The screens as they look, in both themes and at three sizes.

Everything that could differ from run to run is held still: the answers by a seed, dates of files,
the speed of this machine, the cursor. To accept a new look, run this file with --snapshot-update,
and look at what has changed.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Input, Static

from jokebox import cache, paths
from jokebox.errors import CorpusError
from jokebox.library import Library
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.events import Preparing, Progress
from jokebox.lm.tokenizer import BYTES, END, FIRST_WORD
from jokebox.settings import Settings, save_settings
from jokebox.snapshots import take_snapshot
from jokebox.train import corpora
from jokebox.tui.app import JokeboxApp
from jokebox.tui.messages import OpenModel
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.compare import CompareScreen
from jokebox.tui.screens.curves import CurvesScreen
from jokebox.tui.screens.error import ErrorScreen
from jokebox.tui.screens.reading import ReadingScreen
from jokebox.tui.screens.replay import ReplayScreen
from jokebox.tui.widgets.loss_chart import LossChart
from jokebox.tui.widgets.why_panel import WhyPanel
from tests import small
from tests.small import biased, shelve
from tests.tui.stage import Script, Stage, evaluated, started

Scene = Callable[[Stage, Script], Awaitable[None]]
# other tests cover what is drawn here; measuring it again would take a third of the time
pytestmark = pytest.mark.no_cover

SIZES = [(80, 24), (100, 30), (160, 50)]
SPELLING = range(BYTES, FIRST_WORD)
SAMPLES = (
    (0, "Why did the moon the the late"),
    (20, "Why did the road cross the? Because it."),
    (60, "Why did the cow cross the office? Because nobody was late."),
)


def name(value: object) -> str | None:
    """Return the name of a picture."""
    return (
        "x".join(map(str, value)) if isinstance(value, tuple) else getattr(value, "__name__", None)
    )


@pytest.fixture(autouse=True)
def still_life(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix what is shown of the machine, of the bundled jokes, and of the time."""
    cache.remember("speeds", {"30": 60e9})
    bundled = tmp_path / "originals.csv"
    bundled.write_text("Joke\n" * 120_000)
    monkeypatch.setattr(paths, "bundled_corpus", lambda: bundled)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _: None)


def date(place: Path, day: int) -> None:
    """Set the date of the files in `place`, or of this one, to a day of January 2026."""
    noon = datetime(2026, 1, day, 12).timestamp()
    for path in (*place.rglob("*"), place):
        os.utime(path, (noon, noon))


def model(seed: int = 1, **changes: object) -> Checkpoint:
    """Return random weights that spell nothing, for which some words are likely and some not."""
    checkpoint = small.untrained(seed=seed)
    weights = {name: 4 * values for name, values in checkpoint.weights.items()}
    curve = tuple((step, 2.0 + 30 / (step + 12)) for step in range(2, 101, 2))
    history = replace(checkpoint.history, training=curve, validation=curve[4::10], samples=SAMPLES)
    checkpoint = replace(checkpoint, weights=weights, **{"history": history, "step": 100} | changes)  # type: ignore[arg-type]
    return biased(-4, END, checkpoint=biased(-1000, *SPELLING, checkpoint=checkpoint))


# The main screen --------------------------------------------------------------------------------


async def first_launch(stage: Stage, script: Script) -> None:
    """Show the first start: there is no model yet."""
    script.say(Preparing("Reading the jokes"))
    await stage.sees("Reading the jokes …", "Tip 1 of 4")


async def training(stage: Stage, script: Script) -> None:
    """Show a first run under way, and a talk with what it has learnt so far."""
    script.say(started())
    for step in range(5, 81, 5):
        bits, left = 2.2 + 30 / (step + 10), 100 - step
        script.say(Progress(step, 100, step // 10, 10, 0, bits, 12_345, 0.004, left))
        # the app may pass over a progress where the next one is there already
        await stage.sees(f"epoch {step // 10} of 10", f"{left // 60}:{left % 60:02} left")
        if step % 20 == 0:
            sample = dict(SAMPLES).get(step, "Why did the owl cross the road? Because.")
            script.say(evaluated(model(step=step), bits - 0.2, sample))
    await stage.until(lambda: talks_as_of(stage, 80))
    await stage.say("Why did the cow", "What do you call a duck")
    rows = stage.main.query_one("#rows")
    await stage.until(lambda: rows.scroll_offset.y == rows.max_scroll_y)


def talks_as_of(stage: Stage, step: int) -> bool:
    talk = stage.chat.talker.conversation
    return stage.chat.idle and talk is not None and talk.generator.checkpoint.step == step


async def why(stage: Stage, script: Script) -> None:
    """Show each word shaded, and what else could be at the cursor."""
    await hear(stage)
    await stage.pilot.press("f7", "shift+tab", "up", "left", "left", "left")
    await stage.until(lambda: stage.main.query_one(WhyPanel).choices)


async def hear(stage: Stage) -> None:
    await stage.ready()
    await stage.say("Why did the cow", "What do you call a duck", "moon", "")


# The other screens, and the talk alone ----------------------------------------------------------


async def talk(stage: Stage, script: Script) -> None:
    """Open a finished model; the learning panel is beside the talk if there is room."""
    await hear(stage)


async def alone(stage: Stage) -> None:
    """Open a model and say nothing, so that only the dialog is in the picture."""
    await stage.ready()
    stage.main.side = ""


async def train_dialog(stage: Stage, script: Script) -> None:
    await alone(stage)
    await stage.pilot.press("ctrl+r")
    await stage.sees("Train a model", "Preset")


async def models(stage: Stage, script: Script) -> None:
    await alone(stage)
    shelve("barn", model(step=40), "stopped")
    date(paths.models_dir() / "barn", 1)
    await stage.pilot.press("f2")
    await stage.sees("enter opens it", "barn")


async def film(stage: Stage, script: Script) -> None:
    """Show a film at one of its frames; the weights of two of them are kept."""
    await alone(stage)
    for step in (0, 20):
        take_snapshot(paths.models_dir() / "farm", model(step=step))
    await stage.pilot.press("f3")
    await stage.opens(ReplayScreen)
    await stage.pilot.press("left")
    await stage.sees("Then: step 20", "2 snapshots")


async def compare(stage: Stage, script: Script) -> None:
    """Show two models side by side, with what they say to the same prompt."""
    await alone(stage)
    shelve("barn", model(2, validation_bits_per_byte=2.75))
    stage.main.action_compare()
    await stage.opens(CompareScreen)
    screen = stage.app.screen
    assert isinstance(screen, CompareScreen)
    await stage.until(lambda: all(turn and turn.joke for turn in screen._turns))


async def curves(stage: Stage, script: Script) -> None:
    """Show two curves over one another, and a model that was scored on other jokes."""
    await alone(stage)
    barn = model()
    slower = tuple((step, bits + step / 200) for step, bits in barn.history.validation)
    shelve("barn", replace(barn, history=replace(barn.history, validation=slower)))
    shelve("zoo", replace(model(), corpus=small.corpus(50)))
    for day, animal in enumerate(("zoo", "farm", "barn"), 1):
        date(paths.models_dir() / animal, day)
    stage.app.push_screen(CurvesScreen(Library(), ["farm", "barn"]))
    await stage.sees("B  farm", "-  zoo", "word 3-gram")


async def jokes(stage: Stage, script: Script) -> None:
    await alone(stage)
    farm = paths.data_dir() / "farm.txt"
    farm.write_text("\n".join(small.jokes()))
    corpora.add(farm)
    await stage.pilot.press("ctrl+d")
    await stage.sees("Corpora: jokes to learn from", "farm")


async def talks(stage: Stage, script: Script) -> None:
    await alone(stage)
    for day, prompt in enumerate(("Why did the cow", "What do you call a duck", "moon"), 1):
        await stage.pilot.press("ctrl+n")
        await stage.settled(0)
        await stage.say(prompt)
        recorder = stage.chat.talker.archive.recorder
        assert recorder is not None
        date(paths.talks_dir() / f"{recorder.name}.jsonl", day)
    await stage.pilot.press("f5")
    await stage.sees("enter continues it", "on the screen")


async def prompts(stage: Stage, script: Script) -> None:
    await hear(stage)
    stage.main.action_prompts()
    await stage.sees("Prompts you typed", "moon")


async def palette(stage: Stage, script: Script) -> None:
    await hear(stage)
    await stage.pilot.press("ctrl+p", *"export")
    await stage.sees("Talks  f5")


async def share(stage: Stage, script: Script) -> None:
    """Ask for the file of a page for others, and say what a name is good for."""
    await hear(stage)
    stage.main.action_share()
    await stage.opens(AskScreen)
    await stage.fill("talk.pdf")
    await stage.sees("End it in .html")


async def guess(stage: Stage, script: Script) -> None:
    """Bet on a word, and see what the model thought."""
    await hear(stage)
    await stage.pilot.press("ctrl+a")
    await stage.sees("your bet")
    await stage.pilot.press(*"cow", "enter")
    await stage.sees("You pay")


async def lens(stage: Stage, script: Script) -> None:
    """Colour the talk by a unit, and show the gates at a word."""
    await hear(stage)
    await stage.pilot.press("f8")
    await stage.until(lambda: "is highest" in stage.text())
    await stage.pilot.press("shift+tab", "up", "left", "left", "left")
    await stage.sees("On average")


async def copied(stage: Stage, script: Script) -> None:
    """Mark the word that the one at the cursor is copied from."""
    await stage.ready()
    parrot = model(validation_bits_per_byte=2.5)
    parrot.weights["sentinel.bias"][:] = -30  # all is copied
    shelve("parrot", parrot)
    stage.main.post_message(OpenModel("parrot"))
    await stage.until(lambda: stage.chat.idle and stage.chat.talker.model == "parrot")
    await stage.say("Why did the cow cross the moon")
    await stage.pilot.press("f8")
    await stage.until(lambda: "is highest" in stage.text())
    await stage.pilot.press("shift+tab", "up", "left", "left", "left")
    await stage.sees("is copied")


async def reading(stage: Stage, script: Script) -> None:
    """Find jokes among those that the model has read."""
    await alone(stage)
    stage.main.show_jokes()
    await stage.opens(ReadingScreen)
    await stage.pilot.press(*"cow")
    await stage.sees("What farm learnt from", "11 of 42 jokes")


async def help(stage: Stage, script: Script) -> None:
    await alone(stage)
    await stage.pilot.press("f1")
    await stage.sees("A small LSTM")


async def error(stage: Stage, script: Script) -> None:
    script.say(CorpusError("no such joke file", "~/jokes/farm.csv", "Check the spelling."))
    await stage.until(lambda: isinstance(stage.app.screen, ErrorScreen))
    status = stage.main.query_one("#status", Static)
    await stage.until(lambda: "no model yet" in str(status.content))


# ------------------------------------------------------------------------------------------------


@pytest.fixture
def looks_as_before(snap_compare: Callable[..., bool], script: Script) -> Callable[..., bool]:
    def compare(scene: Scene, size: tuple[int, int], theme: str) -> bool:
        new = scene in (first_launch, training, error)
        if not new:
            shelve("farm", model())
            date(paths.models_dir() / "farm", 2)
        # nothing is waited for between words, and the same words are said each time
        settings = Settings(words_per_second=0, word_limit=12, seed=1, theme=f"jokebox-{theme}")
        save_settings(replace(settings, tips_seen=scene is not first_launch))
        app = JokeboxApp(run=script)
        app.animation_level = "none"

        async def play(pilot: Pilot[None]) -> None:
            stage = Stage(app, pilot)
            # the last to be mounted: unlike run_test, the app is left to begin in its own time
            await stage.until(lambda: app.screen_stack and app.query(LossChart))
            await scene(stage, script)
            await still(stage)

        return snap_compare(app, terminal_size=size, run_before=play)

    return compare


async def still(stage: Stage) -> None:
    """Wait until nothing changes on the screen any more."""
    chart = stage.main.query_one(LossChart)
    await stage.until(lambda: not (chart._changed and chart.is_on_screen))
    for view in stage.main.query(VerticalScroll):
        view.vertical_scrollbar.refresh()  # Textual leaves a thumb where it was, now and then
    seen = [""]

    def same() -> bool:
        seen.append(stage.app.export_screenshot())
        return seen[-1] == seen[-2]

    await stage.until(same)


# the light theme at one size: what has room does not depend on colours
@pytest.mark.parametrize(
    ("size", "theme"), [*((size, "dark") for size in SIZES), (SIZES[1], "light")], ids=name
)
@pytest.mark.parametrize("scene", [first_launch, training, why], ids=name)
def test_the_main_screen(
    looks_as_before: Callable[..., bool], scene: Scene, size: tuple[int, int], theme: str
) -> None:
    assert looks_as_before(scene, size, theme)


OTHERS = [
    *(talk, film, compare, curves, guess, lens, copied, palette, prompts, reading, share),
    *(train_dialog, models, jokes, talks, help, error),
]


# each of them once at every size, and in both themes
@pytest.mark.parametrize(
    ("size", "theme"), zip(SIZES, ("dark", "light", "dark"), strict=True), ids=name
)
@pytest.mark.parametrize("scene", OTHERS, ids=name)
def test_the_other_screens(
    looks_as_before: Callable[..., bool], scene: Scene, size: tuple[int, int], theme: str
) -> None:
    assert looks_as_before(scene, size, theme)

"""Everything that is saved, with each call of the saving process failing, or killed there.

Whatever happens, what was there before is there afterwards, and can be read; what was said to be
saved is there too; the same thing works the next time, and then nothing is left beside the files.
`JOKEBOX_FAULTS=long` strikes every call of every way to save something, instead of some.
"""

from __future__ import annotations

import errno
import os
import random
import re
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner

from jokebox import paths
from jokebox.cli.commands import group
from jokebox.errors import JokeboxError
from jokebox.library import Library
from jokebox.lm.config import Manner
from jokebox.lm.events import Ended, Event, Resumable
from jokebox.lm.generator import Generator
from jokebox.model_file import read_model, write_model
from jokebox.settings import Settings, load_settings, save_settings
from jokebox.talk import exports
from jokebox.talk.archive import Archive
from jokebox.talk.conversation import Conversation
from jokebox.talk.favourites import Favourite, Favourites
from jokebox.talk.prompts import PromptHistory
from jokebox.train import corpora
from tests import small
from tests.faults import campaign, injection
from tests.faults.campaign import cases, some
from tests.train.processes import SERVER

Way = Callable[[], None]

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

GOOD = replace(small.untrained(), name="farm", finished=True)
BETTER = replace(small.untrained(seed=2), name="farm", validation_bits_per_byte=2.0)
TALKER = Generator(small.untrained())
ROOT = Path(__file__).parents[2]
OLD_HOME = ROOT / "tests" / "formats" / "home"


def favourite(text: str) -> Favourite:
    return Favourite(text, "Why", "farm", "2026-01-01T00:00:00+00:00")


def conversation() -> Conversation:
    return Conversation(TALKER, None, Manner(word_limit=3, drafts=1))


# Ways to save something, each in a home that `furnished` has filled -------------------------------


def train() -> None:
    record(Ended("finished", 1.0, 2.0, "", 2.0, replace(BETTER, finished=True)))


def stop() -> None:
    record(Ended("stopped", 1.0, 2.0, "", None, BETTER))


def record(ended: Ended) -> None:
    events: list[Event] = [Resumable(40, BETTER, small.state(BETTER)), ended]
    list(Library().record("farm", events))


def keep() -> None:
    Library().keep("late")


def bring_back() -> None:
    Library().bring_back("late")


def rename() -> None:
    Library().rename("farm", "barn")


def take_in() -> None:
    Library().import_(paths.data_dir() / "given.safetensors", "given")


def give_out() -> None:
    Library().export("farm", paths.data_dir() / "out.safetensors")


def talk() -> None:
    name = Archive().talks()[0].name
    list(Archive().reopen(name, told := conversation()).record(told.say("Why did the owl", seed=2)))


def begin_talk() -> None:
    list(Archive().begin(told := conversation()).record(told.say("Why did the frog", seed=2)))


def name_talk() -> None:
    Archive().rename(Archive().talks()[0].name, "Owls")


def set_pace() -> None:
    before = load_settings()
    save_settings(replace(before, words_per_second=3), before)


def prompt() -> None:
    PromptHistory().add("Why did the owl")


def like() -> None:
    Favourites().add(favourite("An owl."))


def add_corpus() -> None:
    corpora.add(OLD_HOME / "data/corpora/animals.csv", "more")


def write_down() -> None:
    exports.export(paths.data_dir() / "out.md", b"An owl. " * 1000, replacing=False)


WAYS = (
    *(train, stop, keep, bring_back, rename, take_in, give_out),
    *(talk, begin_talk, name_talk, set_pace, prompt, like, add_corpus, write_down),
)
STRIKES = ("kill", "ENOSPC", "EIO", "EROFS")


@pytest.fixture
def furnished(home: Path, tmp_path: Path) -> Way:
    """Return what fills the home, always in the same way."""
    small.shelve("farm", GOOD)
    small.shelve("late", GOOD)
    small.shelve("late", replace(GOOD, validation_bits_per_byte=2.25))
    small.shelve("late", BETTER, how="stopped")
    write_model(
        paths.data_dir() / "given.safetensors", replace(GOOD, validation_bits_per_byte=2.75)
    )
    save_settings(Settings(seed=7))
    PromptHistory().add("Why did the cow")
    Favourites().add(favourite("A cow."))
    corpora.add(OLD_HOME / "data/corpora/animals.csv", "kept")
    list(Archive().begin(told := conversation()).record(told.say("Why did the cow", seed=1)))
    original = tmp_path / "original"
    shutil.move(home, original)

    def fill() -> None:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(original, home)

    fill()
    return fill


def treasures() -> set[str]:
    """Return all that is kept, each thing by what identifies it; raises if anything is damaged."""
    found = {f"favourite {joke.text}" for joke in Favourites().jokes()}
    found |= {f"prompt {prompt}" for prompt in PromptHistory()._prompts}
    settings = load_settings()
    found |= {f"seed {settings.seed}", f"pace {settings.words_per_second}"}
    for path in paths.corpora_dir().glob("*.csv"):
        found.add(f"corpus {path.name} {len(path.read_bytes())}")
    for stored in Archive().talks():
        assert not stored.problem, stored.problem
        for turn in Archive().read(stored.name).all_turns:
            found.add(f"turn {turn.prompt}")
    for path in paths.models_dir().glob("*/*.safetensors"):  # not the snapshots of runs below
        if not path.name.startswith("."):
            found.add(f"model {read_model(path)[0].validation_bits_per_byte}")
    assert Library().models()
    assert not Library().unusable()
    for path in paths.data_dir().glob("out.*"):
        found.add(f"{path.name} {len(path.read_bytes())}")
    return found


def struck(at: int, strike: str, way: Way) -> bool:
    """Save something with a strike at the call `at`; return whether it was said to be saved."""
    if strike == "kill":
        injection.killed_at(at, way)
        return False
    try:
        code = getattr(errno, strike)
        injection.failing_at(at, code, way, lasting=strike == "EROFS")
    except (JokeboxError, OSError):
        return False
    return way is not prompt  # which is only logged: talking does not need it


def test_each_call_that_saves_something_may_fail_or_be_the_last(furnished: Way, home: Path) -> None:
    before = treasures()
    after: dict[Way, set[str]] = {}
    strikes: list[tuple[Way, str, int]] = []
    for way in WAYS:
        furnished()
        strikes += product([way], STRIKES, range(injection.calls(way)))
        after[way] = treasures()

    def case(chosen: tuple[Way, str, int]) -> int:
        way, strike, at = chosen
        furnished()
        said = struck(at, strike, way)
        now = treasures()
        lost = (before & after[way]) - now
        lost |= after[way] - now if said else set()
        assert now <= before | after[way] | {"model 2.0"}, now - before - after[way]
        with suppress(JokeboxError):  # done already
            way()
        assert after[way] - {"model 2.5"} <= treasures(), "it does not work the next time"
        assert way in (give_out, write_down, take_in) or not injection.leftovers(home)
        return len(lost)

    campaign.run("saving", some(strikes, 40), case)


def test_a_file_may_not_grow_beyond_a_limit(furnished: Way, home: Path) -> None:
    before = treasures()
    chosen = product(WAYS, (0, 10, 100, 1000, 3000, 10_000, 30_000))

    def case(chosen: tuple[Way, int]) -> int:
        way, limit = chosen
        furnished()

        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            way()

        assert injection.forked(limited) in (0, 3)
        return len(before - treasures() - GIVEN_UP.get(way, set()))

    campaign.run("file size", some(chosen, 20), case)


# what is rightly gone afterwards: a setting that was changed, and a model two steps back
GIVEN_UP: dict[Way, set[str]] = {
    set_pace: {f"pace {Settings().words_per_second}"},
    keep: {"model 2.25"},
}


def test_two_processes_save_at_once(furnished: Way) -> None:
    before = treasures()
    after = {}
    for way in WAYS:
        furnished()
        way()
        after[way] = treasures()

    def case(chosen: tuple[Way, Way]) -> int:
        furnished()
        processes = [injection.fork(way) for way in chosen]
        saved = [injection.finished(process) for process in processes]
        assert set(saved) <= {0, 3}, saved
        wanted = before & after[chosen[0]] & after[chosen[1]]
        for way, status in zip(chosen, saved, strict=True):
            wanted |= after[way] - before if status == 0 else set()
            wanted -= GIVEN_UP.get(way, set())
        return len(wanted - treasures())

    pairs = [pair for pair in product(WAYS, WAYS) for _ in range(3)]
    campaign.run("two processes", some(pairs, 20), case)


def train_for_ever(home: Path) -> None:
    """Train a model, saving as often as possible, until this process is killed."""
    os.environ["JOKEBOX_HOME"] = str(home)
    with patch("jokebox.train.loop.RESUMABLE_EVERY", 0.0):
        events = small.events(small.corpus(), replace(small.QUICK, epochs=9000))
        for _ in Library().record("farm", events):
            pass


def test_training_is_killed_at_any_moment(furnished: Way, home: Path) -> None:
    kept = treasures()

    def case(number: int) -> int:
        process = SERVER.Process(target=train_for_ever, args=(home,))
        process.start()
        process.join(random.Random(number).uniform(0.2, 1.5))
        assert process.is_alive()
        process.kill()
        process.join()
        if Library().can_resume("farm"):
            Library().load_run("farm")
        return len(kept - treasures())

    furnished()
    campaign.run("killed while it trains", cases(2, 200), case)
    Library().remove("farm")
    assert not injection.leftovers(home)


# Homes and formats --------------------------------------------------------------------------------

JOKES = OLD_HOME / "data/corpora/animals.csv"
COMMANDS = (
    *(["models"], ["paths"], ["keys"], ["corpora"], ["tell", "Why"]),
    *(["models", "show", "farm"], ["models", "rename", "farm", "barn"]),
    *(
        ["models", "remove", "farm"],
        ["corpora", "add", str(OLD_HOME / "data/corpora/animals.csv")],
    ),
)


def odd_homes(folder: Path) -> Iterator[Path]:
    """Yield homes in which nothing can be found or saved, and some in which it can."""
    file = folder / "file"
    file.write_bytes(b"")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "nowhere").symlink_to(folder / "gone" / "away")
    yield from (file, file / "below", folder / "loop", folder / "nowhere", folder / ("x" * 300))
    for place in ("data", "config", "data/models", "data/talks", "data/favourites.jsonl"):
        (home := folder / place.replace("/", "-")).mkdir()
        (home / place).parent.mkdir(exist_ok=True)
        (home / place).write_bytes(b"\xff\x00")
        yield home
    for name in ("new\nline", "a 'b' \"c\"", "ü 狗 🐔", "\udcff", "%s {} $HOME ~", "-rf"):
        yield folder / name


def test_any_home_is_used_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def case(chosen: tuple[Path, list[str]]) -> int:
        home, command = chosen
        monkeypatch.setenv("JOKEBOX_HOME", str(home))
        result = CliRunner().invoke(group, command, standalone_mode=False)
        known = (JokeboxError, OSError, click.ClickException, type(None))
        if not isinstance(result.exception, known):
            raise result.exception
        return 0

    campaign.run("homes", some(product(odd_homes(tmp_path), COMMANDS), 40), case)


def test_what_a_newer_version_saved_is_refused_and_left_untouched(home: Path) -> None:
    shutil.copytree(OLD_HOME, home)
    for path in [*home.rglob("talks/*.jsonl"), *home.rglob("favourites.jsonl")]:
        path.write_bytes(re.sub(rb'"format": ?\d+', b'"format": 99', path.read_bytes()))
    untouched = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    doors: list[Callable[[], object]] = [Favourites().jokes, like]
    doors.append(lambda: Favourites().remove("A cow."))
    for path in home.rglob("talks/*.jsonl"):
        doors.append(partial(Archive().read, path.stem))
        doors.append(partial(Archive().rename, path.stem, "x"))

    def case(door: Callable[[], object]) -> int:
        with pytest.raises(JokeboxError, match="newer"):
            door()
        return sum(path.read_bytes() != content for path, content in untouched.items())

    campaign.run("newer formats", doors, case)

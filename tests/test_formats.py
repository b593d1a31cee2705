"""Files that an earlier version wrote still open, and mean the same."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from base64 import b64encode
from pathlib import Path

import pytest

from jokebox import cache
from jokebox.library import Library
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.events import Ended, Started
from jokebox.lm.generator import Generator, State
from jokebox.settings import Settings, load_settings, save_settings
from jokebox.talk.archive import Archive
from jokebox.talk.conversation import Conversation
from jokebox.talk.favourites import Favourites
from jokebox.talk.prompts import PromptHistory
from jokebox.talk.transcript import Transcript
from jokebox.train import corpora, past_runs
from jokebox.train.estimate import Size
from jokebox.train.request import Request
from jokebox.train.run import run

TALK = "20261126-011501-a24d03"
FORMATS = Path(__file__).with_name("formats")


@pytest.fixture(autouse=True)
def old_home(home: Path) -> Path:
    """JOKEBOX_HOME as version 0.1.0 left it."""
    shutil.copytree(FORMATS / "home", home)
    return home


def digest(checkpoint: Checkpoint) -> str:
    """Return the first digits of a SHA-256 over the weights, by name."""
    sha256 = hashlib.sha256()
    for name, weight in sorted(checkpoint.weights.items()):
        sha256.update(name.encode() + weight.tobytes())
    return sha256.hexdigest()[:12]


def test_a_model_opens_with_its_weights_jokes_and_history() -> None:
    model = Library().load("animals")
    assert digest(model) == "e29191f1c12b"
    assert (model.name, model.step, model.finished, model.progress) == ("animals", 20, True, 1.0)
    assert model.model == ModelConfig(layers=1, hidden_size=8)
    assert model.training == TrainingConfig(
        batch_size=4, sequence_length=16, epochs=2, min_steps=0, learning_rate=8e-3, seed=2
    )
    assert (model.plan.steps, model.plan.steps_per_epoch, model.plan.threads) == (20, 10, 2)
    assert model.plan.precision == "float32"
    parts = (model.corpus.training, model.corpus.validation, model.corpus.test)
    assert [len(jokes) for jokes in parts] == [42, 11, 7]
    assert model.corpus.training[0] == "Why did the cow cross the road? Because it was late."
    assert model.validation_bits_per_byte == 1.179539314917902
    assert model.test_bits_per_byte == 1.1393251688002357
    assert model.created == "2026-11-26T01:15:00+00:00"
    assert len(model.history.training) == 20
    assert model.history.validation[-1] == (20, 1.1845718562924366)
    assert model.history.samples[0][0] == 0
    assert model.history.samples[0][1].startswith("Why did the? river the river.")
    assert model.history.prompt == "Why did the"


def test_the_model_before_takes_over_if_the_model_is_damaged(old_home: Path) -> None:
    (old_home / "data/models/animals/model.safetensors").write_bytes(b"damaged")
    model = Library().load("animals")
    assert digest(model) == "7c9989836b5a"
    assert model.training.seed == 1


def test_a_model_of_the_tutorial_opens_and_talks() -> None:
    model = Library().load("tutorial")
    assert digest(model) == "5a284f90de09"
    assert (model.model.layers, model.model.tied, model.tokenizer.size) == (3, False, 21)
    generator = Generator(model)
    state = generator.read(generator.fresh(), model.tokenizer.encode("Why did the"))
    assert generator.next_words(state, 1)[0].text == " was"


def test_the_list_of_models_reads_every_header() -> None:
    entries = {entry.name: entry for entry in Library().models()}
    assert {name: entry.parameters for name, entry in entries.items()} == {
        "animals": 3_114,
        "stopped": 3_114,
        "tutorial": 2_085,
    }
    stopped = entries["stopped"]
    assert (stopped.finished, stopped.progress, stopped.can_resume) == (False, 0.25, True)
    assert (entries["animals"].finished, entries["animals"].can_resume) == (True, False)
    assert entries["animals"].corpora == ("animals",)


def test_a_stopped_run_goes_on_to_its_end() -> None:
    library = Library()
    before, _ = library.load_run("stopped")
    events = list(run(Request(model="stopped", resume=True), library, threading.Event()))
    (started,) = (event for event in events if isinstance(event, Started))
    assert (started.step, started.steps) == (5, 20)
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.how == "finished"
    after = library.load("stopped")
    assert after.history.training[:5] == before.history.training
    assert (after.corpus, after.training) == (before.corpus, before.training)


def test_a_talk_opens_with_its_branches_its_draft_and_its_states(
    old_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Conversation(Generator(Library().load("animals")))
    steps: list[object] = []
    monkeypatch.setattr(Generator, "step", lambda *args: steps.append(args))
    Archive().reopen(TALK, talk)
    assert not steps, "its states were made by these weights"
    told = [
        (turn.parent, turn.prompt, turn.text, turn.ended, turn.written) for turn in talk.all_turns
    ]
    assert told == [
        (None, "Why did the cow", "why office the office", "limit", False),
        (0, "moon", ". looked the why because", "limit", False),
        (0, "moon", "the It why the", "limit", False),
        (0, "office", "road", "end-of-joke", False),
        (0, "", "looked looked", "end-of-joke", False),
        (4, "The owl", "", "stopped", True),
        (4, "The owl", "moon", "stopped", True),
    ]
    assert [turn.number for turn in talk.turns] == [0, 4]
    assert talk.alternatives() == ((0,), (1, 2, 3, 4))
    assert (talk.last, talk.in_joke) == (4, False)
    assert talk.turns[0].words[0].bits == 4.001336440179592
    assert talk.turns[0].copied is not None
    assert talk.turns[0].copied.longest_run == 4
    file = old_home / "data/talks" / f"{TALK}.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    ended = [line for line in lines if line["kind"] == "ended"]
    assert same_state(talk.state, ended[4]["state"])


def same_state(state: State, stored: dict[str, str]) -> bool:
    return all(b64encode(getattr(state, part)).decode() == stored[part] for part in "hc")


def test_the_list_of_talks_shows_it() -> None:
    (entry,) = Archive().talks()
    assert (entry.title, entry.model, entry.jokes) == ("A talk with branches", "animals", 1)
    assert isinstance(Archive().read(TALK), Transcript)


def test_an_added_corpus_is_found_by_its_name() -> None:
    (added,) = (corpus for corpus in corpora.list_corpora() if corpus.kind == "added")
    assert (added.name, added.bytes) == ("animals", 3768)
    assert corpora.resolve("animals")[1] == added.path
    assert corpora.preview(added.path).jokes == 60


def test_favourites_are_all_there() -> None:
    jokes = Favourites().jokes()
    assert [joke.text for joke in jokes] == [
        "Why did the cow why office the office",
        "Why did the cow why office the office looked looked",
    ]
    assert (jokes[0].prompt, jokes[0].model) == ("Why did the cow", "animals")
    assert jokes[0].when == "2026-11-26T01:15:01+00:00"


def test_prompts_come_back_the_last_one_first() -> None:
    history = PromptHistory()
    recalled = [history.move(-1, "") for _ in range(3)]
    assert recalled == [
        "Élan \U0001f404",
        "moon",
        "Why did the cow",
    ]


def test_settings_are_read_and_written_unchanged(old_home: Path) -> None:
    settings = load_settings()
    assert settings == Settings(
        theme="jokebox-light",
        model="animals",
        words_per_second=0,
        word_limit=50,
        temperature=0.7,
        top_k=40,
        top_p=0.9,
        min_p=0.02,
        invented_words=True,
        seed=7,
        keys={"again": "ctrl+g,f5"},
        tips_seen=True,
    )
    file = old_home / "config/settings.toml"
    before = file.read_bytes()
    save_settings(settings)
    assert file.read_bytes() == before


def test_what_earlier_runs_taught_is_remembered() -> None:
    assert past_runs.measured_size([corpora.resolve("animals")[1]], "words") == Size(668, 282)
    assert cache.recall("last-training")["preset"] == "tiny"
    speed = past_runs.measured_speed(ModelConfig(1, 4096), TrainingConfig(batch_size=64), 20_000)
    assert speed == 5e10


def test_nothing_was_changed_by_opening_it(old_home: Path) -> None:
    Library().models()
    Archive().talks()
    for path in (FORMATS / "home").rglob("*"):
        if path.is_file():
            copy = old_home / path.relative_to(FORMATS / "home")
            assert copy.read_bytes() == path.read_bytes(), copy

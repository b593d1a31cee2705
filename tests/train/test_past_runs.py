from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jokebox import cache, paths
from jokebox.lm.config import ModelConfig
from jokebox.lm.events import Ended, Event, Progress, Started
from jokebox.lm.history import History
from jokebox.train import past_runs
from jokebox.train.estimate import Size, step_flops
from jokebox.train.past_runs import minutes_of_standard
from tests import small

MODEL = small.untrained()
WORDS = MODEL.tokenizer.size


def run(seconds: float = 10, steps: int = 50) -> Iterator[Event]:
    yield Started("m", ("small",), 48, 700, 5000, "cpu", "float32", 5, 0, 100, History("Why"))
    for step, at in ((10, 5.0), (10 + steps, 5.0 + seconds)):
        yield Progress(step, 100, 1, 10, at, 3.0, 1000, 0.004, 60)
    yield Ended("finished", 5.0 + seconds, 2.5, "", checkpoint=MODEL)


@pytest.fixture
def corpus(tmp_path: Path) -> list[Path]:
    path = tmp_path / "farm.txt"
    path.write_text("\n".join(small.jokes()))
    return [path]


def speed(hidden: int = 16) -> float:
    return past_runs.measured_speed(replace(MODEL.model, hidden_size=hidden), MODEL.training, WORDS)


def test_events_are_passed_on_as_they_are() -> None:
    assert list(past_runs.record_measurements(run())) == list(run())


def test_before_the_first_run_the_speed_is_guessed_from_the_cores() -> None:
    guess = speed()
    assert guess >= past_runs.DEFAULT_FLOPS_PER_CORE
    assert speed(hidden=2048) == guess


def test_a_run_shows_how_fast_this_machine_is() -> None:
    list(past_runs.record_measurements(run(seconds=10, steps=50)))
    assert speed() == pytest.approx(5 * step_flops(MODEL.model, MODEL.training, WORDS))
    list(past_runs.record_measurements(run(seconds=20, steps=50)))
    assert speed() == pytest.approx(2.5 * step_flops(MODEL.model, MODEL.training, WORDS))


def test_the_speed_of_the_run_with_the_most_similar_steps_is_used() -> None:
    wide = ModelConfig(1, 2048)
    cache.remember("speeds", {"20": 1e9, "50": 9e9})
    assert speed() == 1e9
    assert past_runs.measured_speed(wide, replace(MODEL.training, batch_size=512), 90_000) == 9e9


def test_a_very_short_run_says_nothing_about_the_speed() -> None:
    before = speed()
    list(past_runs.record_measurements(run(seconds=1)))
    assert speed() == before


def test_a_corpus_that_was_read_is_recognised_by_its_bytes(corpus: list[Path]) -> None:
    guessed = past_runs.measured_size(corpus, "words")
    list(past_runs.record_measurements(run(), corpus))
    assert past_runs.measured_size(corpus, "words") == Size(700, WORDS) != guessed
    assert past_runs.measured_size(corpus, "whitespace") != Size(700, WORDS)
    corpus[0].write_text("Now it holds something else.")
    assert past_runs.measured_size(corpus, "words") != Size(700, WORDS)


ODD: tuple[object, ...] = (
    *("x", None, True, [], {}, [1], [1, 2, 3], [0, 1], [1, "2"]),
    *(float("nan"), -1, 0, 10**400),
)


@pytest.mark.parametrize("odd", ODD)
def test_a_damaged_measurement_counts_as_missing(odd: object, corpus: list[Path]) -> None:
    guessed = past_runs.measured_size(corpus, "words")
    speed_before = speed()
    cache.remember("speeds", {"20": odd, "x": 5.0, "": 1.0, "9" * 5000: 1.0})
    cache.remember("sizes", {past_runs._key(corpus, "words"): odd})
    assert (past_runs.measured_size(corpus, "words"), speed()) == (guessed, speed_before)


def test_a_compressed_corpus_is_estimated_to_be_larger(corpus: list[Path], tmp_path: Path) -> None:
    packed = tmp_path / "farm.txt.gz"
    packed.write_bytes(corpus[0].read_bytes())
    assert (
        past_runs.measured_size([packed], "words").tokens
        > past_runs.measured_size(corpus, "words").tokens
    )


def test_a_corpus_that_does_not_exist_has_no_size(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        past_runs.measured_size([tmp_path / "gone.txt"], "words")


def test_a_disk_that_cannot_be_written_does_not_stop_a_run() -> None:
    paths.data_dir().parent.mkdir(parents=True, exist_ok=True)
    paths.data_dir().write_text("a file where the folder should be")
    assert list(past_runs.record_measurements(run())) == list(run())


def test_the_standard_run_takes_longer_on_a_slower_machine() -> None:
    checkpoint = small.untrained()
    minutes = []
    for speed in (1e9, 4e9):
        cache.remember("speeds", {"30": speed})
        minutes.append(minutes_of_standard(checkpoint))
    assert minutes[0] == pytest.approx(4 * minutes[1])


def test_another_corpus_of_as_many_bytes_has_a_size_of_its_own(corpus: list[Path]) -> None:
    list(past_runs.record_measurements(run(), corpus))
    known = past_runs.measured_size(corpus, "words")
    other = corpus[0].with_name("other.txt")
    other.write_text(corpus[0].read_text()[::-1])
    assert past_runs.measured_size(corpus, "words") == known
    assert past_runs.measured_size([other], "words") != known


def test_packed_files_and_folders_are_larger_than_they_look(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt.GZ", "c.csv.xz", "d.zip"):
        (tmp_path / name).write_bytes(bytes(10))
    sizes = [past_runs.unpacked_bytes([tmp_path / n]) for n in ("a.txt", "b.txt.GZ", "c.csv.xz")]
    assert sizes == [10, 30, 30]
    assert past_runs.unpacked_bytes([tmp_path]) == 10


def test_the_scores_of_baselines_are_computed_once_for_each_corpus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores = past_runs.measured_baselines(MODEL.corpus)
    assert scores["word_3gram"] < scores["word_frequencies"]
    monkeypatch.setattr("jokebox.lm.baselines.score_baselines", lambda *_: {"lzma": 1})
    assert past_runs.measured_baselines(MODEL.corpus) == scores
    assert past_runs.measured_baselines(small.corpus(40)) == {"lzma": 1.0}

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from jokebox.lm.config import ModelConfig
from jokebox.lm.scoring import BATCH
from jokebox.lm.tokenizer import TOKENIZERS
from jokebox.train.estimate import Size, estimate, guess_size, parameters, step_flops
from jokebox.train.presets import PRESETS, configure
from jokebox.train.request import Knobs
from tests import small

SIZE = Size(tokens=133_441, vocabulary=3200)
GIGA = 1e9


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("tied", [True, False])
def test_the_weights_are_those_of_the_network(layers: int, tied: bool) -> None:
    model = ModelConfig(layers, 16, tied)
    checkpoint = small.untrained(model=model)
    assert parameters(model, checkpoint.tokenizer.size) == checkpoint.parameters


def test_looking_up_an_embedding_costs_no_operations() -> None:
    _, training = configure("standard", Knobs())
    tied, untied = ModelConfig(1, 512, True), ModelConfig(1, 512, False)
    assert step_flops(tied, training, 3200) == step_flops(untied, training, 3200)
    assert step_flops(tied, training, 3200) == 6 * 8 * 64 * (8 * 512 * 512 + 3200 * 512)


def test_time_grows_with_the_work_and_shrinks_with_the_speed() -> None:
    model, training = configure("standard", Knobs())
    one = estimate(model, training, SIZE, 30 * GIGA)
    assert one.epochs == pytest.approx(training.epochs)
    assert estimate(model, training, SIZE, 60 * GIGA).seconds == pytest.approx(one.seconds / 2)
    longer = replace(training, epochs=20)
    assert estimate(model, longer, SIZE, 30 * GIGA).seconds == pytest.approx(one.seconds * 2)
    wide = replace(model, hidden_size=1024)
    assert estimate(wide, training, SIZE, 30 * GIGA).seconds > 2 * one.seconds


def test_a_small_corpus_gets_the_least_number_of_steps() -> None:
    model, training = configure("standard", Knobs())
    few = estimate(model, training, Size(512, 100), GIGA)
    assert few.seconds == pytest.approx(300 * step_flops(model, training, 100) / GIGA)
    assert few.epochs == pytest.approx(300)


def test_a_time_limit_decides_the_seconds_and_the_speed_decides_the_epochs() -> None:
    model, training = configure("standard", Knobs(max_minutes=1))
    slow, fast = (estimate(model, training, SIZE, speed * GIGA) for speed in (10, 100))
    assert slow.seconds == fast.seconds == 60
    assert fast.epochs == pytest.approx(10 * slow.epochs)
    _, both = configure("standard", Knobs(max_minutes=1000, max_epochs=2))
    assert estimate(model, both, SIZE, GIGA).epochs == pytest.approx(2)


def test_windows_walk_the_text_once_for_each_of_their_columns() -> None:
    model, training = configure("tutorial", Knobs(max_epochs=1))
    one = estimate(model, training, SIZE, GIGA)
    rows = estimate(model, replace(training, walk="rows"), SIZE, GIGA)
    assert one.seconds == pytest.approx(training.sequence_length * rows.seconds, rel=0.01)


def test_memory_holds_weights_moments_and_the_largest_batch() -> None:
    model, training = configure("standard", Knobs())
    memory = estimate(model, training, SIZE, GIGA).bytes
    assert memory > 4 * 4 * parameters(model, SIZE.vocabulary)
    assert memory > 4 * 60 * BATCH * SIZE.vocabulary
    wide_batch = replace(training, batch_size=256)
    assert estimate(model, wide_batch, SIZE, GIGA).bytes > 1.3 * memory
    large, _ = configure("large", Knobs())
    assert estimate(large, training, SIZE, GIGA).bytes > memory


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_estimated(preset: str) -> None:
    model, training = configure(preset, Knobs())
    size = guess_size(593_092, training.tokens)
    assert size.vocabulary > 256
    assert 0 < estimate(model, training, size, 30 * GIGA).seconds < float("inf")


@pytest.mark.parametrize("tokens", TOKENIZERS)
def test_an_unread_corpus_is_guessed_within_a_factor_of_three(tokens: str) -> None:
    from jokebox import paths
    from jokebox.train.batches import Stream
    from jokebox.train.joke_files import load_corpus

    path = paths.bundled_corpus()
    corpus = load_corpus([("originals", path)])
    tokenizer = TOKENIZERS[tokens].fit(corpus.training)
    guess = guess_size(path.stat().st_size, tokens)
    assert 1 / 3 < guess.tokens / Stream(corpus, tokenizer).tokens < 3
    assert 1 / 3 < guess.vocabulary / tokenizer.size < 3


def test_neither_torch_nor_clevercsv_nor_numpy_is_needed() -> None:
    code = "import jokebox.train.past_runs, sys; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert not set(said.stdout.split()) & {"torch", "clevercsv", "numpy"}

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jokebox.lm.corpus import build_corpus
from jokebox.lm.text import normalise
from jokebox.lm.tokenizer import (
    BYTES,
    CAPITAL,
    END,
    FIRST_WORD,
    WhitespaceTokenizer,
    WordTokenizer,
)
from jokebox.train.batches import Stream, common_opening, rows, windows
from jokebox.train.schedule import steps_per_epoch
from tests import small

CORPUS = small.corpus()
STREAM = Stream(CORPUS, WordTokenizer.fit(CORPUS.training))


def test_an_epoch_has_every_joke_once_with_an_end_before_and_after_it() -> None:
    ids = STREAM.shuffled(1, 0).tolist()
    assert ids[0] == END
    assert ids[-1] == END
    told = "".join(" |" if id == END else STREAM.tokenizer.decode_spaced([id]) for id in ids)
    jokes = {joke.strip().lower() for joke in told.split("|") if joke.strip()}
    assert jokes == {joke.lower() for joke in CORPUS.training}


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    assert np.array_equal(STREAM.shuffled(1, 2), STREAM.shuffled(1, 2))
    assert not np.array_equal(STREAM.shuffled(1, 2), STREAM.shuffled(1, 3))
    assert not np.array_equal(STREAM.shuffled(1, 2), STREAM.shuffled(2, 2))


def test_some_jokes_lose_their_opening_capital() -> None:
    openings = [
        ids[i + 1]
        for epoch in range(20)
        for ids in [STREAM.shuffled(1, epoch)]
        for i in np.flatnonzero(ids[:-1] == END)
    ]
    assert 0.05 < np.mean([id != CAPITAL for id in openings]) < 0.2


def test_the_rarer_a_word_the_more_likely_it_is_spelled() -> None:
    jokes = [*small.jokes(), *(f"A zany Xylophone quipped {n} times." for n in range(9))]
    corpus = build_corpus(jokes, ("small",))
    stream = Stream(corpus, WordTokenizer.fit(corpus.training))
    assert isinstance(stream.tokenizer, WordTokenizer)
    epochs = [stream.shuffled(1, epoch).tolist() for epoch in range(200)]

    def kept(word: str) -> float:
        """Return the share of its occurrences in which a word is one token."""
        (id,) = stream.tokenizer.encode(word)
        told = sum(joke.lower().count(word) for joke in corpus.training)
        found: int = sum(ids.count(id) for ids in epochs)
        return found / len(epochs) / told

    assert 0.9 < kept("xylophone") < 0.98 < kept("because")
    spelled = next(ids for ids in epochs if any(BYTES <= id < FIRST_WORD for id in ids))
    told_again = stream.tokenizer.decode_spaced(id for id in spelled if id != END).lower()
    assert sorted(told_again) == sorted("".join(f" {joke}".lower() for joke in corpus.training))


def test_a_word_is_spelled_wherever_it_stands_in_a_joke_so_that_spellings_can_be_copied() -> None:
    jokes = [*small.jokes(), "Knock knock. Who's there? Gerda. Gerda who? Gerda bus home."]
    corpus = replace(small.corpus(), training=tuple(jokes))
    stream = Stream(corpus, WordTokenizer.fit(corpus.training))
    (gerda,) = stream.tokenizer.encode("gerda")
    told = [stream.shuffled(1, epoch).tolist().count(gerda) for epoch in range(40)]
    assert set(told) == {0, 3}


def test_rows_continue_from_batch_to_batch_and_targets_are_the_next_ids() -> None:
    ids = np.arange(103)
    batches = list(rows(ids, batch_size=4, steps=3))
    inputs = np.hstack([batch.inputs for batch in batches])
    targets = np.hstack([batch.targets for batch in batches])
    assert np.array_equal(inputs.ravel(), ids[:100])
    assert np.array_equal(targets, inputs + 1)
    assert [batch.fresh for batch in batches] == [True, False, False]


def test_fewer_tokens_than_rows_make_fewer_rows() -> None:
    (batch,) = rows(np.arange(5), batch_size=8, steps=1)
    assert batch.inputs.tolist() == [[0], [1], [2], [3]]


def test_the_tutorials_windows_have_time_as_their_first_dimension() -> None:
    ids = np.arange(12)
    batches = list(windows(ids, batch_size=5, sequence_length=4))
    assert batches[0].inputs.tolist() == [
        [0, 1, 2, 3, 4],
        [1, 2, 3, 4, 5],
        [2, 3, 4, 5, 6],
        [3, 4, 5, 6, 7],
    ]
    assert np.array_equal(batches[0].targets, batches[0].inputs + 1)
    assert [batch.inputs.shape[1] for batch in batches] == [5, 3]
    assert steps_per_epoch(12, "windows", 5, 4) == 2


def test_the_tutorial_makes_94_updates_an_epoch_of_its_data_set() -> None:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "reddit-cleanjokes.csv"
    if not path.exists():
        pytest.skip(f"the tutorial's data set is not at {path}")
    with path.open(encoding="utf-8") as file:
        jokes = [normalise(row["Joke"]) for row in csv.DictReader(file)]
    tokenizer = WhitespaceTokenizer.fit(jokes)
    words = [id for joke in jokes for id in tokenizer.encode(joke)]
    assert len(list(windows(np.array(words), 256, 4))) == 94


def test_the_common_opening_is_what_most_jokes_begin_with() -> None:
    assert common_opening(small.jokes()) == "Why did the"
    assert common_opening(["狗过马路", "狗过马去", "猫"]) == "狗过马"


def test_names_open_with_their_first_letters() -> None:
    assert common_opening(["kalin", "kara", "lora"]) == "ka"

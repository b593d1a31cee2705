from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from jokebox.errors import CorpusError
from jokebox.train.corpora import resolve
from jokebox.train.joke_files import load_corpus
from jokebox.train.presets import PRESETS
from jokebox.train.request import KNOBS, Knobs, Request, learnt_earlier_jokes, model_name
from tests import small


def test_every_knob_has_a_range_and_a_help_text() -> None:
    assert list(KNOBS) == [field.name for field in fields(Knobs)]
    assert all(knob.help.endswith(".") for knob in KNOBS.values())


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_within_the_ranges_of_the_knobs(preset: str) -> None:
    model, training = PRESETS[preset].model, PRESETS[preset].training
    for name, knob in KNOBS.items():
        value = getattr(model, name, None) or getattr(training, name, None)
        if value is not None:
            knob.range.check(name, value)


def test_a_model_is_named_after_its_corpora(tmp_path: Path) -> None:
    paths = [tmp_path / "farm.txt", tmp_path / "more jokes.csv"]
    for path in paths:
        path.write_text("\n".join(small.jokes()))
    assert model_name(Request()) == "originals"
    assert model_name(Request(corpora=tuple(map(str, paths)))) == "farm+more jokes"
    assert model_name(Request(corpora=("nowhere.csv",), model="mine")) == "mine"


def test_a_model_cannot_be_named_after_a_corpus_that_does_not_exist() -> None:
    with pytest.raises(CorpusError, match="nowhere"):
        model_name(Request(corpora=("nowhere.csv",)))


def test_a_model_of_the_bundled_jokes_that_were_fewer_is_known() -> None:
    own = small.corpus()
    assert learnt_earlier_jokes(replace(own, names=("originals",)))
    assert not learnt_earlier_jokes(own)
    assert not learnt_earlier_jokes(load_corpus([resolve("originals")]))

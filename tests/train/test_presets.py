from __future__ import annotations

from itertools import pairwise

import pytest

from jokebox.errors import SettingsError
from jokebox.train import sizing
from jokebox.train.estimate import step_flops
from jokebox.train.presets import PRESETS, RUNGS, configure
from jokebox.train.request import Knobs


def test_the_standard_preset_is_fitted_to_the_bundled_jokes() -> None:
    standard = PRESETS["standard"]
    assert configure("standard", Knobs(), sizing.BUNDLED_CHARACTERS) == (
        standard.model,
        standard.training,
    )


def test_the_standard_preset_adapts_to_the_corpus_and_the_others_do_not() -> None:
    small, large = (configure("standard", Knobs(), characters) for characters in (10**4, 10**7))
    assert small[0].hidden_size < large[0].hidden_size
    assert small[1].epochs > large[1].epochs  # type: ignore[operator]
    assert configure("tiny", Knobs(), 10**4) == configure("tiny", Knobs(), 10**7)


def test_knobs_override_what_is_fitted_to_the_corpus() -> None:
    knobs = Knobs(hidden_size=40, layers=2, max_epochs=3, dropout=0.2, learning_rate=0.02)
    model, training = configure("standard", knobs, 10**4)
    assert (model.hidden_size, model.layers, training.epochs) == (40, 2, 3)
    assert training.output_dropout == 0.2
    assert not training.dropout_by_epochs
    assert training.learning_rate == 0.02
    assert not training.rate_by_epochs


def test_minutes_allow_more_epochs_up_to_a_limit() -> None:
    usual = configure("standard", Knobs(), 10**5)[1].epochs
    training = configure("standard", Knobs(max_minutes=10), 10**5)[1]
    assert (training.max_minutes, training.epochs) == (10, sizing.TIMED_EPOCHS_FACTOR * usual)  # type: ignore[operator]
    assert configure("large", Knobs(max_minutes=10), 10**5)[1].epochs is None


@pytest.mark.parametrize(("preset", "knobs"), [("huge", Knobs()), ("tiny", Knobs(layers=9))])
def test_an_unknown_preset_or_a_knob_out_of_range_is_refused(preset: str, knobs: Knobs) -> None:
    with pytest.raises(SettingsError):
        configure(preset, knobs, 10**5)


def test_each_rung_takes_about_twice_as_long_as_the_one_before() -> None:
    costs = []
    for name in RUNGS:
        model, training = configure(name, Knobs())
        assert training.epochs is not None
        costs.append(training.epochs * step_flops(model, training, 6900))
    assert all(1.5 < other / one < 3 for one, other in pairwise(costs))
    model, training = configure("standard", Knobs())
    assert costs[-1] < (training.epochs or 0) * step_flops(model, training, 6900)

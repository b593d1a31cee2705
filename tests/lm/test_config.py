from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from jokebox.errors import SettingsError
from jokebox.lm.config import RANGES, SAMPLINGS, ModelConfig, Plan, Range, Sampling, TrainingConfig


@pytest.mark.parametrize("value", [0.5, 0.75, 2])
def test_a_range_includes_both_its_ends(value: float) -> None:
    Range(0.5, 2).check("pace", value)


@pytest.mark.parametrize("value", [0.4, 2.1, float("nan"), float("inf")])
def test_a_value_out_of_range_is_refused_with_the_range(value: float) -> None:
    with pytest.raises(SettingsError, match=r"a-pace cannot be .*: it goes from 0.5 to 2"):
        Range(0.5, 2).check("a_pace", value)


def test_a_range_may_exclude_its_low_end() -> None:
    range = Range(0, 1, exclusive_low=True)
    range.check("top_p", 1e-9)
    with pytest.raises(SettingsError, match="it goes from above 0 to 1"):
        range.check("top_p", 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", -0.1),
        ("temperature", 11),
        ("temperature", float("nan")),
        ("top_k", -1),
        ("top_p", 0),
        ("top_p", 1.1),
        ("min_p", 1.1),
        ("min_p", -1),
    ],
)
def test_a_sampling_out_of_range_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(SettingsError, match=name.replace("_", "-")):
        Sampling(**{name: value})  # type: ignore[arg-type]


def test_the_named_samplings_go_from_careful_to_wild() -> None:
    temperatures = [SAMPLINGS[name].temperature for name in ("careful", "normal", "wild")]
    assert temperatures == sorted(set(temperatures))
    assert SAMPLINGS["normal"] == Sampling()


@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (10, 1), (11, 2), (20, 2)])
def test_an_epoch_that_is_cut_short_counts(steps: int, epochs: int) -> None:
    assert Plan(steps, steps_per_epoch=10, precision="float32", threads=1).epochs == epochs


def test_every_range_can_be_met() -> None:
    for name, range in RANGES.items():
        range.check(name, range.high)
        assert range.low < range.high


@pytest.mark.parametrize(
    ("config", "name", "value"),
    [
        (ModelConfig, "hidden_size", 10**9),
        (ModelConfig, "layers", 0),
        (TrainingConfig, "word_dropout", 1.5),
        (TrainingConfig, "learning_rate", float("nan")),
        (partial(Plan, steps=1, precision="float32", threads=1), "steps_per_epoch", 0),
    ],
)
def test_numbers_that_no_model_has_are_refused(
    config: Callable[..., object], name: str, value: float
) -> None:
    with pytest.raises(SettingsError, match=f"{name.replace('_', '-')} cannot be"):
        config(**{name: value})

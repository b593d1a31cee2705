from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from jokebox import model_file
from jokebox.lm.config import ModelConfig, Plan, TrainingConfig
from jokebox.model_schema import (
    MOST_EVALUATIONS,
    MOST_METADATA,
    MOST_POINTS,
    WRONG,
    Metadata,
    check_state,
    check_weights,
    parse_corpus,
    parse_metadata,
)
from tests import small

CHECKPOINT = small.untrained()
METADATA = model_file._metadata(CHECKPOINT)
PARSED = parse_metadata(json.dumps(METADATA))


def test_the_schema_names_all_that_is_written() -> None:
    assert METADATA.keys() == set(Metadata.__struct_fields__)
    for part, kind in (("model", ModelConfig), ("training", TrainingConfig), ("plan", Plan)):
        assert getattr(PARSED, part) == kind(**METADATA[part])
    assert PARSED.make_tokenizer() == CHECKPOINT.tokenizer
    assert PARSED.make_history() == CHECKPOINT.history


def test_what_has_a_default_may_be_missing() -> None:
    old = {**METADATA, "model": {"layers": 1, "hidden_size": 16, "tied": True}}
    del old["test_bits_per_byte"]
    assert parse_metadata(json.dumps(old)).model == ModelConfig(1, 16)


def test_a_run_that_was_never_scored_has_infinity() -> None:
    written = json.dumps(METADATA | {"validation_bits_per_byte": float("inf")})
    assert parse_metadata(written).validation_bits_per_byte == float("inf")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": None}, "Expected `str`, got `null` - at `$.name`"),
        ({"finished": "yes"}, "Expected `bool`, got `str` - at `$.finished`"),
        ({"seconds": float("nan")}, "Expected `float` >= 0.0"),
        ({"parameters": 1.5}, "Expected `int`"),
        ({"progress": 2}, "Expected `float` <= 1.0"),
        ({"training_history": [[1, 2, 3]]}, "length 2"),
        ({"training_history": [[1, 2.0]] * (MOST_POINTS + 1)}, f"length <= {MOST_POINTS}"),
        ({"samples": [[1, "a"]] * (MOST_EVALUATIONS + 1)}, f"length <= {MOST_EVALUATIONS}"),
        ({"model": {"layers": 10**9}}, "layers cannot be"),
        ({"model": {"hidden_size": 10**9}}, "hidden-size cannot be"),
        ({"model": {"hidden_size": 10**400}}, "too large"),
        ({"training": {"batch_size": 0}}, "batch-size cannot be 0"),
        ({"plan": METADATA["plan"] | {"steps_per_epoch": 0}}, "steps-per-epoch cannot be 0"),
        ({"tokenizer": {"kind": "letters", "words": ["a"]}}, "no tokenizer called 'letters'"),
        ({"tokenizer": {"kind": "whitespace", "words": []}}, "vocabulary is empty"),
        ({"name": "x" * MOST_METADATA}, "characters of metadata"),
    ],
)
def test_metadata_that_no_model_has_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(WRONG) as caught:
        parse_metadata(json.dumps(METADATA | changes))
    assert why in str(caught.value)


@pytest.mark.parametrize("text", ["", "null", "[]", "[" * 100_000, "{", '{"name": "a"}'])
def test_metadata_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(WRONG):
        parse_metadata(text)


def test_text_is_made_safe_to_show_wherever_it_stands() -> None:
    hostile = METADATA | {"created": "now\x1b[2J", "versions": {"a\x9b": "\ud800b"}}
    parsed = parse_metadata(json.dumps(hostile))
    assert (parsed.created, parsed.versions) == ("now[2J", {"a": "b"})


def test_a_corpus_is_read_back_unchanged() -> None:
    assert parse_corpus(model_file._corpus_bytes(CHECKPOINT.corpus)) == CHECKPOINT.corpus


@pytest.mark.parametrize("changes", [{"test": ()}, {"validation": ("",)}, {"names": "small"}])
def test_a_corpus_with_an_empty_part_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(WRONG):
        parse_corpus(model_file._corpus_bytes(replace(CHECKPOINT.corpus, **changes)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_weights_that_nothing_can_be_computed_with_are_refused(value: float) -> None:
    weights = {name: weight.copy() for name, weight in CHECKPOINT.weights.items()}
    check_weights(weights)
    weights["output.bias"][3] = value
    with pytest.raises(ValueError, match=r"output\.bias"):
        check_weights(weights)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda state: state.pop("rng"),
        lambda state: state.pop("network.output.bias"),
        lambda state: state.update(x=np.zeros(1)),
        lambda state: state.update(place=np.array([101, 0, 0])),
        lambda state: state.update(place=np.array([0, 0, -1])),
        lambda state: state.update(threads=np.array([0])),
        lambda state: state.update(h=np.zeros((1, 4, 16))),
        lambda state: state.update(h=np.zeros((1, 4, 15), np.float32)),
        lambda state: state.update({"optimizer.0.exp_avg": np.zeros(3, np.float32)}),
        lambda state: state.update({"network.output.bias": np.full(280, np.nan, np.float32)}),
    ],
)
def test_a_state_that_no_run_can_continue_from_is_refused(
    spoil: Callable[[dict[str, Any]], object],
) -> None:
    state = small.state(CHECKPOINT)
    check_state(PARSED, state)
    spoil(state)
    with pytest.raises(WRONG):
        check_state(PARSED, state)


def test_the_state_of_a_real_run_is_accepted() -> None:
    from jokebox.lm.events import Resumable

    events = [event for event in small.train(small.corpus()) if isinstance(event, Resumable)]
    for event in events:
        metadata = parse_metadata(json.dumps(model_file._metadata(event.checkpoint)))
        check_state(metadata, {n: np.ascontiguousarray(a) for n, a in event.state.items()})
    assert "h" in events[-1].state

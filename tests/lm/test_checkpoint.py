from __future__ import annotations

from dataclasses import replace

import pytest

from jokebox.lm.checkpoint import weight_shapes
from jokebox.lm.config import ModelConfig
from jokebox.lm.history import History
from tests import small

MODEL = small.untrained()  # the best weights are of step 40, of 100 steps


@pytest.mark.parametrize(
    ("changes", "progress"),
    [
        ({}, 0.4),
        ({"history": History(training=((10, 3.0), (70, 2.0)))}, 0.7),
        ({"history": History()}, 0.4),
        ({"finished": True}, 1.0),
        ({"history": History(training=((120, 2.0),))}, 1.0),
        ({"plan": replace(MODEL.plan, steps=0), "step": 0, "history": History()}, 0.0),
    ],
)
def test_progress_is_the_share_of_the_run_up_to_its_last_step(
    changes: dict[str, object], progress: float
) -> None:
    assert replace(MODEL, **changes).progress == pytest.approx(progress)  # type: ignore[arg-type]


def test_parameters_counts_every_weight() -> None:
    model = small.untrained(model=ModelConfig(layers=2, hidden_size=8, tied=False))
    vocabulary = model.tokenizer.size
    layer = 2 * 4 * 8 * 8 + 2 * 4 * 8
    assert model.parameters == 2 * vocabulary * 8 + vocabulary + 2 * layer


@pytest.mark.parametrize(
    "model", [ModelConfig(2, 8, tied=False), ModelConfig(1, 8, pointer_size=4)]
)
def test_the_shapes_of_the_weights_are_those_of_the_network_in_its_order(
    model: ModelConfig,
) -> None:
    from jokebox.train.network import Network

    network = Network(30, model, small.QUICK)
    shapes = {name: tuple(weight.shape) for name, weight in network.named_parameters()}
    assert list(weight_shapes(model, 30).items()) == list(shapes.items())

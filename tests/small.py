"""Small jokes and small models, real in every part, that train in a second or two."""

from __future__ import annotations

import threading
from itertools import product

import numpy as np

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import ModelConfig, Plan, TrainingConfig
from jokebox.lm.corpus import Corpus, build_corpus
from jokebox.lm.events import Ended, Event
from jokebox.lm.history import History
from jokebox.lm.tokenizer import TOKENIZERS

ANIMALS = ("cow", "duck", "cat", "owl", "frog")
PLACES = ("road", "moon", "office", "river")
REASONS = ("it was late.", "nobody looked.", "the chicken was away.")

QUICK = TrainingConfig(
    batch_size=4,
    sequence_length=16,
    epochs=6,
    min_steps=0,
    learning_rate=2e-2,
    embedding_dropout=0.1,
    output_dropout=0.1,
)


def jokes(number: int = 60) -> list[str]:
    """Up to 60 different jokes of a very small language."""
    made = [
        f"Why did the {animal} cross the {place}? Because {reason}"
        for animal, place, reason in product(ANIMALS, PLACES, REASONS)
    ]
    return made[:number]


def corpus(number: int = 60) -> Corpus:
    return build_corpus(jokes(number), ("small",))


def untrained(
    corpus: Corpus | None = None,
    model: ModelConfig | None = None,
    training: TrainingConfig = QUICK,
    *,
    seed: int = 1,
) -> Checkpoint:
    """A model of random weights, made without torch."""
    corpus = corpus or build_corpus(jokes(), ("small",))
    model = model or ModelConfig(layers=1, hidden_size=16)
    tokenizer = TOKENIZERS[training.tokens].fit(corpus.training)
    hidden, rng = model.hidden_size, np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {"embedding.weight": (tokenizer.size, hidden)}
    for layer in range(model.layers):
        for name, shape in {
            "weight_ih": (4 * hidden, hidden),
            "weight_hh": (4 * hidden, hidden),
            "bias_ih": (4 * hidden,),
            "bias_hh": (4 * hidden,),
        }.items():
            shapes[f"lstm.{name}_l{layer}"] = shape
    if not model.tied:
        shapes["output.weight"] = (tokenizer.size, hidden)
    shapes["output.bias"] = (tokenizer.size,)
    return Checkpoint(
        name="small",
        model=model,
        training=training,
        plan=Plan(steps=100, steps_per_epoch=10, precision="float32", threads=1),
        tokenizer=tokenizer,
        weights={n: rng.normal(0, 0.3, shape).astype(np.float32) for n, shape in shapes.items()},
        corpus=corpus,
        step=40,
        seconds=1.5,
        created="2026-01-01T00:00:00+00:00",
        versions={"jokebox": "0"},
        history=History(
            prompt="Why did the",
            training=((10, 3.0), (40, 2.0)),
            validation=((0, 3.5), (40, 2.5)),
            samples=((0, "Why did the the"), (40, "Why did the cow")),
        ),
        validation_bits_per_byte=2.5,
    )


def train(
    corpus: Corpus,
    training: TrainingConfig = QUICK,
    model: ModelConfig | None = None,
    stop: threading.Event | None = None,
    **how: object,
) -> list[Event]:
    """All the events of a real run."""
    from jokebox.train.loop import train

    model = model or ModelConfig(layers=1, hidden_size=16)
    return list(
        train(corpus, model, training, name="small", stop=stop or threading.Event(), **how)  # type: ignore[arg-type]
    )


def trained(
    corpus: Corpus, training: TrainingConfig = QUICK, model: ModelConfig | None = None
) -> Checkpoint:
    """The model at the end of a real run."""
    ended = train(corpus, training, model)[-1]
    assert isinstance(ended, Ended)
    assert ended.checkpoint is not None
    return ended.checkpoint

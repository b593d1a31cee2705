"""Small jokes and small models, complete in every part, that are made in a moment."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from jokebox.library import Library
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import ModelConfig, Plan, TrainingConfig
from jokebox.lm.corpus import Corpus, build_corpus
from jokebox.lm.events import Ended, Event, Progress, Resumable
from jokebox.lm.generator import Generator
from jokebox.lm.history import History
from jokebox.lm.novelty import Novelty
from jokebox.lm.tokenizer import END, TOKENIZERS
from jokebox.talk import events as talk_events
from jokebox.talk.archive import Archive
from jokebox.talk.conversation import Conversation
from jokebox.talk.turns import Turn, Word

ANIMALS = ("cow", "duck", "cat", "owl", "frog")
PLACES = ("road", "moon", "office", "river")
REASONS = ("it was late.", "nobody looked.", "the chicken was away.")

SMALL = ModelConfig(layers=1, hidden_size=16, pointer_size=8)
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
    """Return up to 60 different jokes of a very small language."""
    made = [
        f"Why did the {animal} cross the {place}? Because {reason}"
        for animal, place, reason in product(ANIMALS, PLACES, REASONS)
    ]
    return made[:number]


def corpus(number: int = 60) -> Corpus:
    """Return a corpus of `jokes`."""
    return build_corpus(jokes(number), ("small",))


def untrained(
    corpus: Corpus | None = None,
    model: ModelConfig | None = None,
    training: TrainingConfig = QUICK,
    *,
    seed: int = 1,
) -> Checkpoint:
    """Return a model of random weights, made without torch."""
    corpus = corpus or build_corpus(jokes(), ("small",))
    model = model or SMALL
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
    if model.pointer_size:
        shapes["query.weight"] = shapes["key.weight"] = (model.pointer_size, hidden)
        shapes["query.bias"] = (model.pointer_size,)
        shapes["sentinel.weight"], shapes["sentinel.bias"] = (1, model.pointer_size), (1,)
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


def state(checkpoint: Checkpoint) -> dict[str, NDArray[Any]]:
    """Return what a run needs to continue that has not taken a step yet."""
    network = {f"network.{name}": weight for name, weight in checkpoint.weights.items()}
    return network | {
        "rng": np.zeros((1, 5056), np.uint8),
        "losses": np.zeros(0, np.float32),
        "threads": np.array([1]),
        "place": np.array([0, 0, 0]),
    }


def fluent(corpus: Corpus | None = None) -> Checkpoint:
    """Return a model that tells jokes like those of `corpus`, made without training.

    Its LSTM remembers the last token and a trace of those before; the last one predicts those that
    follow it in the corpus. What it tells with a seed is the same on every machine, while the
    weights that training finds differ in their last digits.
    """
    corpus = corpus or build_corpus(jokes(), ("small",))
    blank = untrained(corpus)
    tokenizer, size = blank.tokenizer, blank.tokenizer.size
    followers = np.full((size, size), 1e-6)
    for joke in corpus.training:
        ids = (END, *tokenizer.encode(joke), END)
        np.add.at(followers, (ids[:-1], ids[1:]), 1)
    log_p = np.log(followers / followers.sum(1, keepdims=True))
    nothing, identity = np.zeros((size, size)), np.eye(size)
    gates = np.repeat(
        [10.0, -1.0, 0.0, 10.0], size
    )  # input open, forget nearly closed, output open
    weights = {
        "embedding.weight": identity,
        "lstm.weight_ih_l0": np.vstack([nothing, nothing, 3 * identity, nothing]),
        "lstm.weight_hh_l0": np.zeros((4 * size, size)),
        "lstm.bias_ih_l0": gates,
        "lstm.bias_hh_l0": 0 * gates,
        "output.weight": log_p.T / np.tanh(1),
        "output.bias": np.zeros(size),
    }
    return replace(
        blank,
        model=ModelConfig(layers=1, hidden_size=size, tied=False),
        weights={name: weight.astype(np.float32) for name, weight in weights.items()},
    )


def biased(bias: float, *ids: int, checkpoint: Checkpoint | None = None) -> Checkpoint:
    """Return a model that always tells, or never tells, the tokens `ids`."""
    checkpoint = checkpoint or untrained()
    biases = checkpoint.weights["output.bias"].copy()
    biases[list(ids)] = bias
    weights = dict(checkpoint.weights) | {"output.bias": np.asarray(biases, np.float32)}
    if checkpoint.model.pointer_size:
        weights["sentinel.bias"] = np.full(1, 1000, np.float32)  # nothing is copied
    return replace(checkpoint, weights=weights)


def endless(seed: int = 1, **changes: object) -> Checkpoint:
    """Return a model that never ends a joke: all its answers reach the word limit."""
    checkpoint = biased(-1000, END, checkpoint=untrained(seed=seed))
    return replace(checkpoint, **changes)  # type: ignore[arg-type]


def shelve(name: str, checkpoint: Checkpoint, how: str = "finished") -> Checkpoint:
    """Put a model into the library, as a run that ended like this would."""
    checkpoint = replace(checkpoint, name=name, finished=how == "finished")
    ended = Ended(how, 1.0, 2.5, "", checkpoint=checkpoint)  # type: ignore[arg-type]
    list(Library().record(name, [Resumable(40, checkpoint, {}), ended]))
    return checkpoint


def turn(prompt: str, *words: Word, **changes: Any) -> Turn:
    """Return the first turn of a talk, answered with these words."""
    first = Turn(
        number=0,
        parent=None,
        prompt=prompt,
        opens_joke=True,
        seed=1,
        skipped=(),
        prompt_ids=(1,),
        words=words,
    )
    return replace(first, **changes)


def keep_talk(checkpoint: Checkpoint, *prompts: str) -> str:
    """Keep a talk in which a model answers these prompts; return the name of its file."""
    talk = Conversation(Generator(checkpoint), Novelty(checkpoint.corpus.training))
    recorder = Archive().begin(talk)
    for seed, prompt in enumerate(prompts):
        list(recorder.record(talk.say(prompt, seed=seed)))
    recorder.close()
    return recorder.name


def events(
    corpus: Corpus,
    training: TrainingConfig = QUICK,
    model: ModelConfig | None = None,
    *,
    stop_at: int | None = None,
    precision: str = "float32",
    **how: object,
) -> Iterator[Event]:
    """Yield the events of a real run, stopped after the step `stop_at` if that is given.

    `precision` replaces what suits the processor, so that a test computes the same everywhere.
    """
    from jokebox.train.loop import train

    stop = threading.Event()
    model = model or SMALL
    with (
        patch("jokebox.train.learner.pick_precision", lambda device: precision),
        # tests run side by side: the cores are busy, now more and now less
        patch("jokebox.train.loop.suitable_threads", lambda threads, share: threads),
    ):
        for event in train(corpus, model, training, name="small", stop=stop, **how):  # type: ignore[arg-type]
            yield event
            if isinstance(event, Progress) and event.step == stop_at:
                stop.set()


def train(corpus: Corpus, training: TrainingConfig = QUICK, **how: object) -> list[Event]:
    """Return all the events of a real run, as `events` yields them."""
    return list(events(corpus, training, **how))  # type: ignore[arg-type]


def trained(corpus: Corpus, training: TrainingConfig = QUICK, **how: object) -> Checkpoint:
    """Return the model at the end of a real run."""
    ended = train(corpus, training, **how)[-1]
    assert isinstance(ended, Ended)
    assert ended.checkpoint is not None
    return ended.checkpoint


def words_of(events: Iterable[talk_events.Event]) -> Iterator[Word]:
    """Yield the words that are told in `events`."""
    for event in events:
        if isinstance(event, talk_events.WordTold):
            yield event.word

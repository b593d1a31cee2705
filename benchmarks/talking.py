"""Speed of talking: one stream of words, compared with torch, the tutorial and the memory bus."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from itertools import islice

import numpy as np
import torch
from torch.nn import functional

from benchmarks import memory
from benchmarks.report import Report, Table
from jokebox.lm.answers import Answer, speak
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner, ModelConfig, Plan
from jokebox.lm.corpus import Corpus
from jokebox.lm.generator import Generator
from jokebox.lm.novelty import Novelty
from jokebox.lm.sampling import sample_token
from jokebox.lm.tokenizer import WordTokenizer
from jokebox.paths import BUNDLED
from jokebox.talk.conversation import Conversation
from jokebox.train.batches import Stream
from jokebox.train.corpora import resolve
from jokebox.train.joke_files import load_corpus
from jokebox.train.network import Network
from jokebox.train.presets import PRESETS

TRAINING = PRESETS["standard"].training
MODELS = {
    "standard": PRESETS["standard"].model,
    "1x1024": ModelConfig(1, 1024),
    "2x512": ModelConfig(2, 512),
}
PROMPT = "Why did the"
ROUNDS = 7
Tokens = Iterator[object]  # endless, one at a time


def main() -> None:
    """Run the benchmark, print its tables and write its report."""
    report = Report("talking", "Speed of talking")
    corpus = load_corpus([resolve(BUNDLED)])
    words(report, corpus)
    turns(report, corpus)
    report.write()


# -- a word ----------------------------------------------------------------------------------------


def words(report: Report, corpus: Corpus) -> None:
    """Add a table of the milliseconds a word in jokebox, torch and the tutorial."""
    rows = []
    for name, model in MODELS.items():
        m = report.measure(name, measure, corpus, model, report.full)
        bandwidth = m["bytes"] / m["matrix-vector products"]
        rows.append(
            (
                name,
                f"{m['bytes'] / 1e6:.1f}",
                *(f"{1e3 * m[way]:.3f}" for way in ("jokebox", "torch", "tutorial")),
                f"{m['torch'] / m['jokebox']:.1f}",
                f"{m['tutorial'] / m['jokebox']:.1f}",
                f"{bandwidth / 1e9:.1f}",
                f"{m['matrix-vector products'] / m['jokebox']:.2f}",
            )
        )
    columns = (
        "model",
        "MB a word",
        "jokebox, ms",
        "torch, ms",
        "tutorial's way, ms",
        "torch to jokebox",
        "tutorial's way to jokebox",
        "matrix-vector, GB/s",
        "of that bandwidth",
    )
    notes = [
        "a word is one token drawn; the weights are random, with the word frequencies of the"
        " originals as output bias",
        "MB a word: the weights read for it, without the input weights of the first layer, whose"
        " products are cached for most words",
        "torch: batch 1 in inference mode, with jokebox's own sampling, with one or all threads,"
        " whichever is faster; the tutorial's way: one torch call a step, softmax,"
        " `np.random.choice`",
        "bandwidth: these bytes, divided by the time of the matrix-vector products alone, with"
        " these matrices or one of the same size, whichever is faster; one thread",
        f"median of {ROUNDS} rounds; in each round, every program runs once",
    ]
    report.add(Table("Milliseconds a word, one stream", columns, rows, notes))


def measure(corpus: Corpus, model: ModelConfig, full: bool) -> dict[str, float]:
    """Return the seconds a word of each program, and the bytes of the weights read for a word."""
    checkpoint, network = untrained(corpus, model)
    generator = Generator(checkpoint)
    inputs, recurrents, _ = zip(*generator.layers, strict=True)
    matrices = [*inputs[1:], *recurrents, generator.output]
    size = sum(matrix.nbytes for matrix in matrices)
    side = int((size / 4) ** 0.5)
    cores = os.cpu_count() or 1
    times = in_turn(
        {
            "jokebox": (spoken(generator), None),
            "torch, one thread": (by_torch(network, checkpoint), 1),
            "torch, all threads": (by_torch(network, checkpoint), cores),
            "tutorial": (by_tutorial(network, checkpoint), cores),
            "its matrices": (products(matrices), None),
            "one matrix": (products([np.ones((side, side), np.float32)]), None),
        },
        200 if full else 50,
    )
    return {
        "bytes": size,
        "jokebox": times["jokebox"],
        "torch": min(times["torch, one thread"], times["torch, all threads"]),
        "tutorial": times["tutorial"],
        "matrix-vector products": min(times["its matrices"], times["one matrix"]),
    }


def untrained(corpus: Corpus, model: ModelConfig) -> tuple[Checkpoint, Network]:
    """Return a model with random weights and the word frequencies of `corpus` as output bias."""
    tokenizer = WordTokenizer.fit(corpus.training)
    torch.manual_seed(1)
    network = Network(tokenizer.size, model, TRAINING)
    network.set_output_bias(torch.tensor(Stream(corpus, tokenizer).counts()))
    network.eval()
    checkpoint = Checkpoint(
        name="untrained",
        model=model,
        training=TRAINING,
        plan=Plan(steps=1, steps_per_epoch=1, precision="float32", threads=1),
        tokenizer=tokenizer,
        weights={name: w.detach().numpy() for name, w in network.named_parameters()},
        corpus=corpus,
        step=0,
        seconds=0.0,
        created="",
        versions={},
    )
    return checkpoint, network


def in_turn(ways: dict[str, tuple[Tokens, int | None]], number: int) -> dict[str, float]:
    """Return the seconds a token of each of `ways`; with it comes its number of torch threads."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (tokens, threads) in ways.items():
            if threads:
                torch.set_num_threads(threads)
            next(tokens)  # starts threads and fills caches
            began = time.perf_counter()
            for _ in islice(tokens, number):
                pass
            times[name].append((time.perf_counter() - began) / number)
    return {name: statistics.median(values) for name, values in times.items()}


def spoken(generator: Generator) -> Tokens:
    """Yield tokens drawn by jokebox."""
    rng, fresh = np.random.default_rng(1), generator.fresh()
    while True:
        for word in speak(generator, fresh, Manner, Answer(rng)):
            yield from word.ids


def by_torch(network: Network, checkpoint: Checkpoint) -> Tokens:
    """Yield tokens of the same network with the same sampling, one torch call a token.

    They are drawn from the vocabulary's share alone: the pointer is computed, but not added.
    """
    rng, sampling, state = np.random.default_rng(1), Manner().sampling, network.zero_state(1)
    spelling = np.arange(checkpoint.tokenizer.size)[checkpoint.tokenizer.spelling]
    id = 0
    while True:
        with torch.inference_mode():
            prediction, state = network(torch.tensor([[id]]), state)
        id = sample_token(prediction.logits[0, 0].numpy(), sampling, rng, spelling)
        yield id


def by_tutorial(network: Network, checkpoint: Checkpoint) -> Tokens:
    """Yield tokens as the tutorial does: the whole prompt in each step, with gradients recorded."""
    while True:
        words = checkpoint.tokenizer.encode(PROMPT)
        state = network.zero_state(len(words))
        for i in range(100):
            x = torch.tensor(
                [words[i:]]
            ).T  # its LSTM expects (T, B): the words are read as a batch of one step
            prediction, state = network(x, state)
            p = functional.softmax(prediction.logits[-1, 0], dim=0).detach().numpy()
            words.append(np.random.choice(len(p), p=p))
            yield words[-1]


def products(matrices: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> Tokens:
    """Multiply each matrix with a vector between two tokens, which are None."""
    vectors = [np.ones(matrix.shape[1], np.float32) for matrix in matrices]
    while True:
        for matrix, vector in zip(matrices, vectors, strict=True):
            matrix @ vector
        yield None


# -- a long talk -----------------------------------------------------------------------------------


def turns(report: Report, corpus: Corpus) -> None:
    """Add a table of the time and memory of the turns of a long talk."""
    number = 10_000 if report.full else 1_000
    m = report.measure(f"{number} turns", long_talk, corpus, number)
    rows = [
        (
            f"{number:,}",
            *(f"{1e3 * m[part][0]:.2f} ({1e3 * m[part][1]:.3f})" for part in ("first", "last")),
            f"{m['last'][1] / m['first'][1]:.3f}",
            f"{m['growth'] / 1e3:.1f}",
        )
    ]
    columns = (
        "turns",
        "ms a turn (a token), first tenth",
        "last tenth",
        "a token's ratio",
        "KB a turn",
    )
    notes = [
        "a talk with `standard`, compared with training jokes; KB: growth after the first tenth"
    ]
    report.add(Table("A long talk", columns, rows, notes))


def long_talk(corpus: Corpus, number: int) -> dict[str, object]:
    """Return seconds a turn and a token in the first and last tenth, and bytes a turn."""
    checkpoint, _ = untrained(corpus, MODELS["standard"])
    talk = Conversation(Generator(checkpoint), Novelty(corpus.training))
    tenth, seconds, tokens = number // 10, [], []
    for seed in range(number):
        if seed == tenth:
            before = memory.resident(os.getpid())
        began = time.perf_counter()
        for _ in talk.say(PROMPT, seed=seed):
            pass
        seconds.append(time.perf_counter() - began)
        tokens.append(len(talk.all_turns[-1].ids))

    def per_turn(part: slice) -> tuple[float, float]:
        return statistics.mean(seconds[part]), sum(seconds[part]) / sum(tokens[part])

    return {
        "first": per_turn(slice(tenth)),
        "last": per_turn(slice(-tenth, None)),
        "growth": (memory.resident(os.getpid()) - before) / (number - tenth),
    }


if __name__ == "__main__":
    main()

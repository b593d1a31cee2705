"""Speed of training: compared with the machine's peak and the tutorial, and by corpus size."""

from __future__ import annotations

import csv
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice, pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from benchmarks import command, memory, reddit
from benchmarks.report import Report, Table
from jokebox.lm.corpus import Corpus
from jokebox.lm.events import Progress
from jokebox.lm.tokenizer import WordTokenizer
from jokebox.paths import BUNDLED
from jokebox.train import batches, schedule
from jokebox.train.adamw import AdamW
from jokebox.train.corpora import resolve
from jokebox.train.joke_files import load_corpus
from jokebox.train.learner import CLIP
from jokebox.train.loop import train
from jokebox.train.network import Carried, Network, costs
from jokebox.train.presets import PRESETS

STANDARD = PRESETS["standard"]
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
FORMULA = (
    "FLOP a token = 6 x (4H x 2H x layers + H x V): a multiplication and an addition for each"
    " weight of the LSTM and the output, once forward and twice backward; the embedding, the gates,"
    " the softmax, clipping and the optimizer count in the time but not in the FLOP"
)


def main() -> None:
    """Run the benchmark, print its tables and write its report."""
    report = Report("training_speed", "Speed of training")
    steps(report)
    reach(report)
    sizes(report)
    report.write()


# -- the step --------------------------------------------------------------------------------------


def steps(report: Report) -> None:
    """Add a table of the training step of `standard`: as a share of the peak, and fed otherwise."""
    measured = report.measure("step", step_rates, report.machine["precision"], report.full)
    peak, flop = measured["peak"], measured["flop a token"]
    first = measured["rates"]["the same step alone, fed by rows"]
    rows = [
        (
            name,
            f"{rate:,.0f}",
            f"{rate * flop / 1e9:,.1f}",
            f"{rate * flop / peak:.3f}",
            f"{rate / first:.2f}",
        )
        for name, rate in measured["rates"].items()
    ]
    columns = ("way", "tokens/s", "GFLOP/s", "of the matmul peak", "to the step alone")
    notes = [
        f"{FORMULA}; here {flop / 1e6:.1f} MFLOP",
        f"matmul peak {peak / 1e9:,.1f} GFLOP/s in {measured['precision']},"
        f" at {measured['peak shape']}: the best of {measured['shapes']} shapes, squares and those"
        " of the step, measured before, between and after the rows",
    ]
    report.add(Table("The whole training step of `standard`", columns, rows, notes))


def step_rates(precision: str, full: bool) -> dict[str, Any]:
    """Return tokens per second of each way to train, and the matmul peak in FLOP/s."""
    corpus, seconds = load_corpus([resolve(BUNDLED)]), 20.0 if full else 4.0
    tokens = batches.Stream(corpus, WordTokenizer.fit(corpus.training))
    words = tokens.tokenizer.size
    ways: dict[str, Callable[[], float]] = {
        "jokebox train": lambda: trained_rate(corpus, 300 if full else 60),
        "the same step alone, fed by rows": lambda: rate(rows(tokens), words, precision, seconds),
        "fed by a DataLoader, item by item": lambda: rate(items(tokens), words, precision, seconds),
        "fed by rows, oneDNN off": lambda: without_onednn(tokens, words, precision, seconds),
    }
    shapes = matmul_shapes(words)
    peaks, rates = [matmul_peak(shapes, precision)], {}
    for name, way in ways.items():
        rates[name] = way()
        peaks.append(matmul_peak(shapes, precision))
    peak, shape = max(peaks)
    hidden, layers = STANDARD.model.hidden_size, STANDARD.model.layers
    return {
        "precision": precision,
        "rates": rates,
        "peak": peak,
        "peak shape": " x ".join(map(str, shape)),
        "shapes": len(shapes),
        "flop a token": 6 * (8 * hidden * hidden * layers + hidden * words),
    }


def matmul_shapes(words: int) -> list[tuple[int, int, int]]:
    """Return shapes (m, k, n) of products: those of a step with V = `words`, and squares."""
    hidden, tokens = STANDARD.model.hidden_size, 512  # of a step
    own = [
        (tokens, hidden, 4 * hidden),
        (tokens, hidden, words),
        (tokens, words, hidden),
        (words, tokens, hidden),
    ]
    return own + [(n, n, n) for n in (512, 1024, 2048)]


def matmul_peak(
    shapes: Iterable[tuple[int, int, int]], precision: str
) -> tuple[float, tuple[int, int, int]]:
    """Return the FLOP/s of the fastest shape, in its first decile of times, and the shape."""
    best = []
    for shape in shapes:
        m, k, n = shape
        a, b = (torch.rand(size, dtype=DTYPES[precision]) for size in ((m, k), (k, n)))
        out, until = a @ b, time.perf_counter() + 0.3
        times: list[float] = []
        while time.perf_counter() < until or len(times) < 10:
            began = time.perf_counter()
            torch.mm(a, b, out=out)
            times.append(time.perf_counter() - began)
        # not the minimum: the clock of a virtual machine can jump
        best.append((2 * m * k * n / statistics.quantiles(times, n=10)[0], shape))
    return max(best)


def trained_rate(corpus: Corpus, steps: int) -> float:
    """Return the tokens per second that `train` reports, without evaluations."""
    events = train(corpus, STANDARD.model, STANDARD.training, name="speed", stop=threading.Event())
    told = (event for event in events if isinstance(event, Progress))
    rates = [event.tokens_per_second for event in islice(told, steps // 10)]
    return statistics.median(rates[1:])


Batches = Iterator[tuple[Tensor, Tensor]]


def rows(tokens: batches.Stream) -> Batches:
    """Yield batches as jokebox reads the text, in rows."""
    training = STANDARD.training
    ids = tokens.shuffled(1, 0)
    steps = schedule.steps_per_epoch(
        tokens.tokens, "rows", training.batch_size, training.sequence_length
    )
    for batch in cycle(batches.rows(ids, training.batch_size, steps)):
        yield torch.tensor(batch.inputs), torch.tensor(batch.targets)


class Windows(Dataset[tuple[Tensor, Tensor]]):
    """The tutorial's data set: an item is a window of tokens, and the window one token later."""

    def __init__(self, ids: list[int], length: int) -> None:
        self.ids, self.length = ids, length

    def __len__(self) -> int:
        return len(self.ids) - self.length

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        stop = i + self.length
        return torch.tensor(self.ids[i:stop]), torch.tensor(self.ids[i + 1 : stop + 1])


def items(tokens: batches.Stream) -> Batches:
    """Yield batches of windows from a DataLoader, as the tutorial does."""
    training = STANDARD.training
    windows = Windows(tokens.shuffled(1, 0).tolist(), training.sequence_length)
    while True:
        yield from DataLoader(windows, training.batch_size)


def without_onednn(tokens: batches.Stream, words: int, precision: str, seconds: float) -> float:
    """Return the `rate` with oneDNN switched off."""
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]
    try:
        return rate(rows(tokens), words, precision, seconds)
    finally:
        torch.backends.mkldnn.enabled = True  # type: ignore[assignment]


def rate(batches: Batches, words: int, precision: str, seconds: float) -> float:
    """Return the tokens per second of jokebox's training step, with the time to get batches."""
    network = Network(words, STANDARD.model, STANDARD.training)
    training = STANDARD.training
    optimizer = AdamW(network.parameters(), training.learning_rate, training.weight_decay)
    state = network.zero_state(STANDARD.training.batch_size)
    counts: list[int] = []
    for inputs, targets in batches:
        if len(counts) == 3:  # the first are slower
            began = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            prediction, carried = network(inputs, state)
        loss = costs(prediction, targets).mean()
        optimizer.forget_gradients()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        h, c, keys, ids = (x.detach() for x in carried)
        state = Carried(h.float(), c.float(), keys.float(), ids)
        counts.append(inputs.numel())
        if len(counts) > 5 and time.perf_counter() - began > seconds:
            break
    return sum(counts[3:]) / (time.perf_counter() - began)


# -- the tutorial ----------------------------------------------------------------------------------


def reach(report: Report) -> None:
    """Add a table of the time that `standard` takes to the tutorial's score after ten epochs."""
    path = reddit.find()
    if path is None:
        print(reddit.ABSENT)
        return
    epochs = "10" if report.full else "1"
    rows = []
    ratios: list[float] = []
    for seed in (1, 2, 3) if report.full else (1,):
        options = ("--corpus", str(path), "--seed", str(seed))
        tutorial = report.measure(
            f"tutorial, seed {seed}",
            evaluations,
            *options,
            *("--preset", "tutorial", "--max-epochs", epochs),
        )[-1]
        limit = () if report.full else ("--max-minutes", "0.5")
        points = report.measure(f"standard, seed {seed}", evaluations, *options, *limit)
        goal = tutorial["bits per byte"]
        there = next((p for p in points if p["bits per byte"] <= goal), None)
        ended = there or points[-1]
        ratios += [tutorial["seconds"] / there["seconds"]] if there else []
        rows.append(
            (
                str(seed),
                f"{goal:.3f}",
                f"{tutorial['seconds']:.1f}",
                f"{ended['bits per byte']:.3f}",
                f"{ended['seconds']:.2f}",
                f"{ratios[-1]:.0f}" if there else "not reached",
            )
        )
    columns = ("seed", "tutorial", "its seconds", "standard", "its seconds", "ratio of times")
    notes = [
        f"validation bits per byte of {reddit.NAME}: of the tutorial after {epochs} epochs, and of"
        " `standard` at its first evaluation that is as good",
        f"mean ratio {np.mean(ratios or np.nan):.0f}",
    ]
    report.add(Table("Time to where the tutorial ends", columns, rows, notes))


def evaluations(*options: str) -> list[dict[str, float]]:
    """Train with `options`; return seconds and validation bits per byte of each evaluation."""
    with tempfile.TemporaryDirectory() as home:
        events = command.train(Path(home), *options)
    return [
        {"seconds": event["seconds"], "bits per byte": event["validation_bits_per_byte"]}
        for event in events
        if event["event"] == "evaluated"
    ]


# -- the size of the corpus ------------------------------------------------------------------------


def sizes(report: Report) -> None:
    """Add a table of the cost of reading, tokenising and batching, from 1,000 jokes up."""
    numbers = (1_000, 10_000, 100_000, 300_000) if report.full else (1_000, 10_000, 50_000)
    rows = []
    for number in numbers:
        m = report.measure(f"{number} jokes", cost, number)
        tokenising = m["fitting"] + m["encoding"]
        total = m["reading"] + tokenising + m["batching"]
        rows.append(
            (
                f"{number:,}",
                f"{m['bytes'] / 1e6:.1f}",
                f"{m['reading']:.2f}",
                f"{m['fitting']:.2f}",
                f"{m['encoding']:.2f}",
                f"{m['batching']:.2f}",
                f"{1e6 * total / number:.1f}",
                f"{m['training bytes'] / tokenising / 1e6:.1f}",
                f"{m['peak'] / 1e6:.0f}",
                f"{m['peak'] / m['bytes']:.1f}",
            )
        )
    columns = (
        "jokes",
        "MB",
        "reading, s",
        "vocabulary, s",
        "encoding, s",
        "an epoch's batches, s",
        "us a joke",
        "tokenising, MB/s",
        "peak, MB",
        "bytes a corpus byte",
    )
    notes = [
        "jokes: first and second halves of different jokes, joined at random; each size in a"
        " process of its own; peak: memory above that of the libraries and a first, small corpus",
        "tokenising: bytes of the training jokes, divided by the time of vocabulary and encoding",
    ]
    report.add(Table("Cost against the size of the corpus", columns, rows, notes))


def cost(number: int) -> dict[str, float]:
    """Return the `stages` of a corpus of `number` jokes, in a new process, after a small corpus."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.csv", Path(folder) / "large.csv"
        recombine(1_000, small)
        recombine(number, large)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(stages, small).result()
            return pool.submit(stages, large).result()


def recombine(number: int, path: Path) -> None:
    """Write a corpus of `number` new jokes, each of two halves of existing ones, to `path`."""
    found = reddit.find()
    files = [resolve(BUNDLED)] + ([(reddit.NAME, found)] if found else [])
    jokes, draw = load_corpus(files).training, random.Random(1)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("ID", "Joke"))
        for id in range(number):
            one, other = (draw.choice(jokes).split() for _ in range(2))
            table.writerow((id, " ".join(one[: len(one) // 2 + 1] + other[len(other) // 2 :])))


def stages(path: Path) -> dict[str, float]:
    """Return the seconds of each stage, and their peak memory in bytes."""
    before, times = memory.peak(), [time.perf_counter()]
    corpus = load_corpus([("synthetic", path)])
    times.append(time.perf_counter())
    tokenizer = WordTokenizer.fit(corpus.training)
    times.append(time.perf_counter())
    tokens = batches.Stream(corpus, tokenizer)
    times.append(time.perf_counter())
    steps = schedule.steps_per_epoch(tokens.tokens, "rows", 8, 64)
    for _ in batches.rows(tokens.shuffled(1, 0), 8, steps):
        pass
    times.append(time.perf_counter())
    reading, fitting, encoding, batching = (b - a for a, b in pairwise(times))
    return {
        "bytes": path.stat().st_size,
        "training bytes": sum(len(joke.encode()) for joke in corpus.training),
        "reading": reading,
        "fitting": fitting,
        "encoding": encoding,
        "batching": batching,
        "peak": memory.peak() - before,
    }


if __name__ == "__main__":
    main()

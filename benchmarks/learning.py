"""Quality in a minute: bits per byte of test jokes, compared with baselines without a network."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyppmd

from benchmarks import command, reddit
from benchmarks.report import Report, Table
from jokebox.library import Library
from jokebox.lm.baselines import WordNgram
from jokebox.lm.corpus import Corpus, duplicate_key
from jokebox.lm.generator import Generator
from jokebox.lm.novelty import Novelty
from jokebox.lm.scoring import bits_per_byte, score
from jokebox.paths import BUNDLED
from jokebox.talk.conversation import Conversation
from jokebox.train.corpora import resolve
from jokebox.train.joke_files import load_corpus

PLAIN = (sys.executable, "-m", "benchmarks.plain")
ORDERS = range(2, 17)
VARIANTS = {"H": pyppmd.Ppmd7Encoder, "I": pyppmd.Ppmd8Encoder}
PPMD_MEMORY = 2**28
DRAWS = 10_000  # resamplings of the bootstrap
COLUMNS = ("row", "bits per byte", "ratio to PPMd's", "95 % interval", "seconds", "parameters")


@dataclass(frozen=True)
class Block:
    """The files and jokes that are trained on. All blocks are scored on the same test jokes."""

    name: str
    files: Sequence[tuple[str, Path]]
    corpus: Corpus

    @property
    def options(self) -> list[str]:
        """The options of `jokebox train` for these files."""
        return [option for _, path in self.files for option in ("--corpus", str(path))]


def main() -> None:
    """Run the benchmark, print its tables and write its report."""
    report = Report("learning", "Quality in a minute")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for block in blocks(home):
            compare(report, block, home)
        overfitting(report, home)
    report.write()


def blocks(folder: Path) -> list[Block]:
    """Return Reddit's jokes alone, and after the training jokes of the originals.

    Returns nothing if Reddit's jokes are missing.
    """
    path = reddit.find()
    if path is None:
        print(reddit.ABSENT)
        return []
    jokes = (reddit.NAME, path)
    originals = (BUNDLED, folder / f"{BUNDLED}.txt")
    originals[1].write_text("\n".join(load_corpus([resolve(BUNDLED)]).training))
    return [
        Block(name, files, load_corpus(files))
        for name, files in (
            (f"{reddit.NAME} alone", [jokes]),
            (f"{reddit.NAME} and the originals", [originals, jokes]),
        )
    ]


# -- rows --------------------------------------------------------------------------------------


def compare(report: Report, block: Block, home: Path) -> None:
    """Add a table: first the rows without a network, then the networks."""
    corpus = block.corpus
    rival = report.measure(f"{block.name}, PPMd", ppmd, corpus)
    measured = {
        name: [report.measure(f"{block.name}, {name}", ngram, corpus, order)]
        for name, order in (("word frequencies", 1), ("word 3-gram", 3))
    }
    measured[f"PPMd {rival['variant']}, order {rival['order']}"] = [rival]
    for name, options, program in networks(report.full):
        measured[name] = [
            report.measure(
                f"{block.name}, {name}, seed {seed}",
                network,
                block,
                home,
                program,
                *options,
                *("--seed", str(seed)),
            )
            for seed in ((1, 2, 3) if report.full else (1,))
        ]
    rows = [row(name, runs, rival, corpus.test) for name, runs in measured.items()]
    notes = [
        f"{len(corpus.training):,} training jokes; scored on the {len(corpus.test)} test jokes of"
        f" {reddit.NAME}, each from a fresh state in networks and n-grams",
        "mean and standard deviation over seeds; the interval: a paired bootstrap over jokes",
    ]
    report.add(Table(f"Learning from {block.name}", COLUMNS, rows, notes))


def networks(full: bool) -> list[tuple[str, list[str], Sequence[str]]]:
    """Return for each network its name, options of `jokebox train`, and the command to run."""
    minutes = ("0.25", "0.5", "1", "2") if full else ("0.5",)
    timed: list[tuple[str, list[str], Sequence[str]]] = [
        (f"standard, {limit} min", ["--max-minutes", limit], command.JOKEBOX) for limit in minutes
    ]
    if not full:
        return timed
    return [
        ("tutorial, 10 epochs", ["--preset", "tutorial"], command.JOKEBOX),
        ("plain 2x256, 1 min", ["--preset", "plain", "--max-minutes", "1"], PLAIN),
        *timed,
        ("standard, finished", [], command.JOKEBOX),
    ]


def network(block: Block, home: Path, program: Sequence[str], *options: str) -> dict[str, Any]:
    """Train as a user would, then score each test joke; return bits, seconds and parameters."""
    events = command.train(home, *block.options, "--model", "row", *options, command=program)
    started = next(event for event in events if event["event"] == "started")
    generator = Generator(Library(home / "data" / "models").load("row"))
    return {
        "bits": [round(score(generator, (joke,)).bits, 2) for joke in block.corpus.test],
        "seconds": events[-1]["seconds"],
        "parameters": started["parameters"],
        "validation": events[-1]["best_validation_bits_per_byte"],
    }


def ngram(corpus: Corpus, order: int) -> dict[str, Any]:
    """Fit a word n-gram and score each test joke, as `network` does."""
    began = time.perf_counter()
    model = WordNgram(corpus.training, order)
    bits = [model.bits(joke) for joke in corpus.test]
    return {"bits": bits, "seconds": time.perf_counter() - began, "parameters": None}


def ppmd(corpus: Corpus) -> dict[str, Any]:
    """Score each test joke by PPMd, in the variant and at the order best on validation jokes."""

    def validation(choice: tuple[str, int]) -> float:
        return sum(ppmd_bits(*choice, corpus.training, corpus.validation))

    variant, order = min(product(VARIANTS, ORDERS), key=validation)
    began = time.perf_counter()
    bits = ppmd_bits(variant, order, corpus.training, corpus.test)
    return {
        "bits": bits,
        "seconds": time.perf_counter() - began,
        "parameters": None,
        "variant": variant,
        "order": order,
    }


def ppmd_bits(
    variant: str, order: int, training: Sequence[str], jokes: Sequence[str]
) -> list[float]:
    """Return the bits of each joke, compressed in one stream after the training jokes.

    The encoder outputs complete bytes and buffers a few: single values are rounded, the sum is not.
    """
    encoder = VARIANTS[variant](order, PPMD_MEMORY)
    encoder.encode("".join(f"{joke}\n" for joke in training).encode())
    return [8.0 * len(encoder.encode(f"{joke}\n".encode())) for joke in jokes]


def row(
    name: str, runs: list[dict[str, Any]], rival: dict[str, Any], jokes: Sequence[str]
) -> tuple[str, ...]:
    """Return the cells of a row: `runs` of a model, compared with the one of its `rival`, PPMd."""
    values = [bits_per_byte(sum(run["bits"]), jokes) for run in runs]
    bits, rival_bits = np.mean([run["bits"] for run in runs], axis=0), np.array(rival["bits"])
    drawn = np.random.default_rng(1).integers(len(jokes), size=(DRAWS, len(jokes)))
    ratios = bits[drawn].sum(axis=1) / rival_bits[drawn].sum(axis=1)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return (
        name,
        spread(values, 3),
        f"{bits.sum() / rival_bits.sum():.3f}",
        "" if runs == [rival] else f"{low:.3f} to {high:.3f}",
        f"{statistics.mean(run['seconds'] for run in runs):.1f}",
        f"{runs[0]['parameters']:,}" if runs[0]["parameters"] else "",
    )


def spread(values: Sequence[float], digits: int) -> str:
    """Return the mean of `values`, and their standard deviation if there are several."""
    mean = f"{statistics.mean(values):.{digits}f}"
    return f"{mean} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else mean


# -- copying ---------------------------------------------------------------------------------------


def overfitting(report: Report, home: Path) -> None:
    """Add a table of what `standard` tells, compared with its training jokes."""
    path = reddit.find()
    corpora = [resolve(BUNDLED)] + ([(reddit.NAME, path)] if path else [])
    rows = []
    for name, file in corpora:
        told = report.measure(f"{name}, told", tell, home, str(file), report.full)
        rows += [(f"{name}: {who}", *cells(told[who])) for who in ("told", "held out")]
    columns = ("jokes", "number", "recited", "longest copied run", "distinct", "openings", "words")
    notes = [
        "recited: equal to a training joke, word for word; longest copied run and words: means",
        "openings: the share of distinct first three words, in as many jokes told as held out",
    ]
    report.add(Table("Its own jokes or theirs", columns, rows, notes))


def tell(home: Path, file: str, full: bool) -> dict[str, Any]:
    """Train `standard` on `file`; return figures of jokes that it tells, and of test jokes."""
    limit = [] if full else ["--max-minutes", "0.25"]
    command.train(home, "--corpus", file, "--model", "teller", *limit)
    checkpoint = Library(home / "data" / "models").load("teller")
    talk = Conversation(Generator(checkpoint))
    told = []
    for seed in range(1000 if full else 200):
        talk.new_talk()
        list(talk.say("", seed=seed))
        told.append(talk.all_turns[-1].joke)
    novelty, held_out = Novelty(checkpoint.corpus.training), checkpoint.corpus.test
    common = min(len(told), len(held_out))
    return {
        "told": figures(told, novelty, common),
        "held out": figures(held_out, novelty, common),
    }


def figures(jokes: Sequence[str], novelty: Novelty, common: int) -> dict[str, float]:
    """Return how much of `jokes` is copied and how alike they are.

    Openings are compared among the first `common` jokes.
    """
    copied = [novelty.check(joke) for joke in jokes]
    openings = [" ".join(joke.casefold().split()[:3]) for joke in jokes[:common]]
    return {
        "number": len(jokes),
        "recited": statistics.mean(copy.recited for copy in copied),
        "longest run": statistics.mean(copy.longest_run for copy in copied),
        "distinct": len(set(map(duplicate_key, jokes))) / len(jokes),
        "openings": len(set(openings)) / len(openings),
        "words": statistics.mean(len(joke.split()) for joke in jokes),
    }


def cells(figures: dict[str, float]) -> tuple[str, ...]:
    """Return the cells of a row."""
    return (
        f"{figures['number']:,}",
        f"{figures['recited']:.1%}",
        f"{figures['longest run']:.1f}",
        f"{figures['distinct']:.1%}",
        f"{figures['openings']:.1%}",
        f"{figures['words']:.1f}",
    )


if __name__ == "__main__":
    main()

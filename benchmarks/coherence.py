"""Coherence: do the told jokes hold together? Held-out jokes are measured beside them."""

from __future__ import annotations

import random
import re
import statistics
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from math import log
from pathlib import Path
from typing import Any

from benchmarks import command
from benchmarks.report import Report, Table
from jokebox.library import Library
from jokebox.lm.baselines import WordNgram
from jokebox.lm.corpus import Corpus, duplicate_key
from jokebox.lm.generator import Generator
from jokebox.lm.novelty import Novelty
from jokebox.lm.tokenizer import pieces
from jokebox.paths import BUNDLED
from jokebox.talk.conversation import Conversation
from jokebox.train.corpora import resolve

OTHERS = 6  # setups of other jokes that a punchline is tried with
KNOCK = re.compile(r"knock,? knock\b", re.I)
NAME_SAID_BACK = re.compile(r"knock,? knock\W+who's there\?\W+(.+?)[.!?]\W*\1 who\?", re.I)
ARTICLE = re.compile(r"\b(an?) \W?([A-Za-z]+|\d+)")
# words whose first letter does not tell their first sound
VOWEL_SOUND = re.compile(r"(hour|honest|heir|honou?r|x\b|[fhlmnrsx]\b|8|11$|18$)", re.I)
CONSONANT_SOUND = re.compile(r"(one\b|once|uni(?!n)|us[aeu]|eu|ewe|ukulele|u\b|ouija)", re.I)
NUMBER = re.compile(
    r"\b(\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundred|thousand"
    r"|none|no|zero|all|both|half|only|just|as many|nobody|depends|a (few|lot|couple|dozen))\b",
    re.I,
)
REASON = re.compile(
    r"\W*(because|to|so|for|since|it|he|she|they|i|you|we|some(one|body)|the|my|his|her|a|all)\b",
    re.I,
)
NO_THING = re.compile(r"\W*(because|to (?!do)|since|so that)\b", re.I)


def main() -> None:
    """Run the benchmark, print its table and write its report."""
    report = Report("coherence", "Do the jokes hold together?")
    with tempfile.TemporaryDirectory() as folder:
        measured = report.measure(BUNDLED, tell, Path(folder), report.full)
    rows = [(who, *map(cell, measured[who].values())) for who in ("told", "held out")]
    notes = [
        "shares of the jokes that a measure applies to; names: different ones in knock-knock jokes",
        "own setup: a punchline costs less after its own setup than after six others on average,"
        " under a word 3-gram and the words that stand together in training jokes",
        "repeated: equal to another one within 100 jokes; copied: over half of its six-word runs"
        " are in one training joke",
    ]
    report.add(Table("Coherence", ("jokes", *measured["told"]), rows, notes))
    report.write()


def tell(home: Path, full: bool) -> dict[str, Any]:
    """Train `standard`; return the figures of jokes that it tells, and of its test jokes."""
    limit = [] if full else ["--max-minutes", "0.5"]
    command.train(home, "--corpus", str(resolve(BUNDLED)[1]), "--model", "teller", *limit)
    checkpoint = Library(home / "data" / "models").load("teller")
    corpus = checkpoint.corpus
    talk = Conversation(Generator(checkpoint), Novelty(corpus.training))
    told = []
    for seed in range(1000 if full else 200):
        talk.new_talk()
        list(talk.say("", seed=seed))
        told.append(talk.all_turns[-1].joke)
    common = min(len(told), len(corpus.test))
    measure = Measure(corpus)
    return {
        "told": measure.figures(told, common),
        "held out": measure.figures(corpus.test, common),
    }


class Measure:
    """Measures jokes against the training jokes of a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._training = corpus.training
        self._novelty = Novelty(corpus.training)

    def figures(self, jokes: Sequence[str], common: int) -> dict[str, float]:
        """Return all figures of `jokes`; openings are compared among the first `common`."""
        knocks = [joke for joke in jokes if KNOCK.match(joke)]
        said_back = [match for joke in knocks if (match := NAME_SAID_BACK.match(joke))]
        openings = {" ".join(joke.casefold().split()[:3]) for joke in jokes[:common]}
        return {
            "number": len(jokes),
            "knock-knock": len(knocks) / len(jokes),
            "name said back": len(said_back) / max(1, len(knocks)),
            "names": len({match[1].casefold() for match in said_back}),
            "a or an": share(fits for joke in jokes for fits in articles(joke)),
            "kind of answer": share(filter(None.__ne__, map(answer_fits, jokes))),
            "own setup": self.own_setup(jokes),
            "openings": len(openings) / min(common, len(jokes)),
            "repeated": share(repeats(jokes)),
            "recited": share(map(self._novelty.recites, jokes)),
            "copied": share(map(self._novelty.copies, jokes)),
        }

    # The punchline and its setup ------------------------------------------------------------------

    @cached_property
    def _ngram(self) -> WordNgram:
        return WordNgram(self._training, 3)

    @cached_property
    def _together(self) -> tuple[dict[str, Counter[str]], Counter[str]]:
        """How often words of punchlines stand behind a word of a setup, and behind any."""
        behind: dict[str, Counter[str]] = defaultdict(Counter)
        anywhere: Counter[str] = Counter()
        for setup, punchline in filter(None, map(parts, self._training)):
            words = set(telling(punchline))
            anywhere.update(words)
            for word in set(telling(setup)):
                behind[word].update(words)
        return behind, anywhere

    def own_setup(self, jokes: Sequence[str]) -> float:
        """Return the share of punchlines that cost less after their own setup than after others."""
        halves = [found for found in map(parts, jokes) if found]
        rng = random.Random(1)
        wins = []
        for setup, punchline in halves:
            others = [rng.choice(halves)[0] for _ in range(OTHERS)]
            wins.append(
                self._cost(setup, punchline)
                < statistics.mean(self._cost(other, punchline) for other in others)
            )
        return share(wins)

    def _cost(self, setup: str, punchline: str) -> float:
        """Return what a punchline costs after a setup, in bits, but for a constant.

        The 3-gram sees the place where they meet; the words that stand together see the rest.
        """
        last, first = pieces(f" {setup}")[-2:], pieces(f" {punchline}")[:1]
        cost = self._ngram.cost(tuple(last), first[0])
        behind, anywhere = self._together
        told = set(telling(setup))
        for word in set(telling(punchline)) - told:
            chance = (anywhere[word] + 1) / (anywhere.total() + len(anywhere))
            share = max((self._share(behind, one, word, chance) for one in told), default=chance)
            cost -= log(share / chance, 2)
        return cost - 5 * len(told & set(telling(punchline)))

    @staticmethod
    def _share(behind: dict[str, Counter[str]], one: str, word: str, chance: float) -> float:
        """Return the share of `word` behind `one`, drawn to `chance` if there is little of it."""
        counts = behind.get(one, Counter())
        return (counts[word] + 20 * chance) / (counts.total() + 20)


def parts(joke: str) -> tuple[str, str] | None:
    """Return the setup and the punchline of a joke; None if it has but one part."""
    end = joke.rfind("? ", 0, -1)
    if end < 0:
        end = max(joke.rfind(mark, 0, -1) for mark in (". ", "! "))
    return (joke[: end + 1], joke[end + 2 :]) if end >= 0 else None


def telling(text: str) -> Iterator[str]:
    """Yield the words of four letters or more: the others stand in any joke."""
    return (word for word in re.findall(r"[a-z']{4,}", text.casefold()))


def articles(joke: str) -> Iterator[bool]:
    """Yield for each a or an of a joke whether the sound of the next word wants it."""
    for article, word in ARTICLE.findall(joke):
        vowel = bool(re.match("[aeiou]", word, re.I))
        if VOWEL_SOUND.match(word) or CONSONANT_SOUND.match(word):
            vowel = bool(VOWEL_SOUND.match(word))
        yield (article == "an") == vowel


def answer_fits(joke: str) -> bool | None:
    """Return whether the answer to a riddle is of the kind that its question wants.

    None if it is no riddle that begins with why, how many, or what do you call or get.
    """
    question, mark, answer = joke.partition("? ")
    if not mark:
        return False if re.match("(why|how many|what do you)", joke, re.I) else None
    if re.match(r"why\b", question, re.I):
        return bool(REASON.match(answer))
    if re.match("how many", question, re.I):
        return bool(NUMBER.search(" ".join(answer.split()[:8])))
    if re.match("what do you (call|get)", question, re.I):
        return not NO_THING.match(answer)
    return None


def repeats(jokes: Sequence[str]) -> Iterator[bool]:
    """Yield for each joke whether one of the 99 before it is the same."""
    keys = [duplicate_key(joke) for joke in jokes]
    return (key in keys[max(0, i - 99) : i] for i, key in enumerate(keys))


def share(values: Iterable[object]) -> float:
    """Return the share of true values; 0 if there are none at all."""
    flags = [bool(value) for value in values]
    return statistics.mean(flags) if flags else 0.0


def cell(value: float) -> str:
    """Return a number as it is, and a share in percent."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.1%}"


if __name__ == "__main__":
    main()

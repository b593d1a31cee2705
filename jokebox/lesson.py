"""The lesson: eight steps, and what a learner has to do in each. Knows neither screen nor model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Told:
    """An answer that was told."""

    prompt: str
    answer: str
    bits: float  # that it cost
    temperature: float
    take_turns: bool
    model: str

    @property
    def cost(self) -> str:
        """Return what it cost, in words: as a whole, a word and a byte."""
        words, size = len(self.answer.split()), len(self.answer.encode())
        if not words:
            return ""
        return (
            f"The last answer cost {self.bits:.0f} bits: {self.bits / words:.1f} a word,"
            f" {self.bits / size:.2f} a byte."
        )


@dataclass(frozen=True)
class Seen:
    """What a learner has done since a step began."""

    told: tuple[Told, ...] = ()
    looked: tuple[float, ...] = ()  # bits of the words whose choices were looked at
    panels: frozenset[str] = field(default_factory=frozenset)  # that were open
    runs: int = 0  # that have ended


@dataclass(frozen=True)
class Step:
    """A step of the lesson: what it is about, what to do, and how to see that it was done."""

    title: str
    text: str
    task: str
    done: Callable[[Seen], bool]
    run: str = ""  # what the key starts that goes on, one of RUNS; it is part of the task
    shows_cost: bool = False  # of the last answer


HUNDRED, TUTORIAL = "a hundred jokes", "the tutorial"
RUNS = (HUNDRED, TUTORIAL)  # the models that the lesson trains

STEPS = (
    Step(
        "One word after another",
        "A language model does one thing: it reads some words, and says how likely each word that"
        " it knows is to come next. One of them is drawn, and it reads that one too.",
        "Ask for a joke. Press tab, and walk over its words with Why (F7) open: at three of them,"
        " guess what else could have come before you look at the bars.",
        lambda seen: len(seen.looked) >= 3,
    ),
    Step(
        "From nonsense to grammar",
        "At first it knows nothing, and every word is as good as another. Each batch of jokes"
        " moves its weights a little, so that what really came next gets likelier.",
        "Open Replay (F3), and let the film of its samples run from the first to the last (space)."
        " What comes first: words, commas, grammar or jokes?",
        lambda seen: "replay" in seen.panels,
    ),
    Step(
        "What a bit is",
        "A word that was sure to come costs nothing. One with a chance of one half costs 1 bit,"
        " with a quarter 2 bits, with a thousandth 10. Bits count surprise.",
        "With Why (F7), find a word that cost less than half a bit, and one that cost more than"
        " four. Which of them carries the joke?",
        lambda seen: bool(seen.looked) and min(seen.looked) < 0.5 and max(seen.looked) > 4,
    ),
    Step(
        "Temperature",
        "Before a word is drawn, chances are made sharper or flatter. At temperature 0 the"
        " likeliest word always wins; above 1 unlikely ones get their chance.",
        "In Manner (F4), set the temperature to 0 and let it finish “Why did the cow” twice; then"
        " to 1.5. Put it back to {temperature} when you have seen enough.",
        lambda seen: (
            any(told.temperature <= 0.2 for told in seen.told)
            and any(told.temperature >= 1.3 for told in seen.told)
        ),
    ),
    Step(
        "Learning by heart",
        "A hundred jokes are few: a network can learn them by heart. The line in Learning (ctrl+l)"
        " is how well it knows the jokes it learns from; the dots are jokes that it never saw.",
        "F9 trains a model on a hundred jokes: it takes seconds. Watch where the line goes, and"
        " where the dots go. Then ask it for a joke.",
        lambda seen: seen.runs > 0 and any(told.model == HUNDRED for told in seen.told),
        run=HUNDRED,
    ),
    Step(
        "What it remembers",
        "All that it knows of your talk is a list of numbers, its state, which each word changes."
        " It carries from turn to turn, until a new talk (ctrl+n) begins from nothing.",
        "Take turns with ctrl+e. Say “Knock knock.”, and then a name: “Lettuce.” Does it say the"
        " name back? Now ctrl+n, and the name alone.",
        lambda seen: any(
            told.take_turns and told.prompt and says_back(told.prompt, told.answer)
            for told in seen.told
        ),
    ),
    Step(
        "Why bits per byte",
        "One model reads letters, another one words: a bit a letter and a bit a word cannot be"
        " compared. So all bits of a text are divided by its bytes, which are the same for both.",
        "Ask for three jokes, and compare what they cost.",
        lambda seen: len(seen.told) >= 3,
        shows_cost=True,
    ),
    Step(
        "Two recipes",
        "jokebox grew out of a well-known tutorial. Its network, three layers of 128 units,"
        " learns from the same jokes, but by another recipe: other tokens, steps, rates and"
        " batches.",
        "F9 trains the tutorial's for a minute. Ask it for a joke, and then compare the two"
        " scores, in bits per byte, in Models (F2): less is better.",
        lambda seen: any(told.model == TUTORIAL for told in seen.told),
        run=TUTORIAL,
    ),
)


def says_back(name: str, answer: str) -> bool:
    """Return whether an answer begins with the name that was given, as in a knock-knock joke."""
    said = name.strip(" .!?").casefold()
    return bool(said) and answer.casefold().lstrip().startswith(f"{said} who")

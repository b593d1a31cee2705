"""A talk with the model: turns, and the LSTM state before and after each."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np

from jokebox.lm.config import Sampling
from jokebox.lm.evaluation import Copied, Novelty
from jokebox.lm.generator import Generator, State
from jokebox.lm.text import is_word, normalise

REREAD = 2000  # tokens of the talk that a new model reads again
WORD_LIMIT = 100

Ending = Literal["end-of-joke", "limit", "stopped"]


@dataclass(frozen=True)
class Word:
    """A word as told, with its leading space where it has one, and its cost in bits."""

    text: str
    bits: float


@dataclass(frozen=True)
class Turn:
    """A prompt and its answer. `opens` says that it began a joke instead of going on in one."""

    prompt: str
    opens: bool
    words: tuple[Word, ...]
    ended: Ending
    seed: int
    skipped: tuple[str, ...]  # words of the prompt that the model does not know
    ids: tuple[int, ...]  # all that the turn made the model read, in order
    before: State | None  # None where the model that spoke it is gone
    joke: str = ""  # the whole joke so far, over all its turns
    copied: Copied | None = None

    @property
    def text(self) -> str:
        """The answer alone."""
        return "".join(word.text for word in self.words).removeprefix(" ")


class Conversation:
    """Turns with one model. Not for two threads at once.

    The state is a value: each turn keeps the one before it, so that rewinding and answering again
    are exact. The end of a joke is read only where the model ended it or the user began another;
    otherwise the next prompt goes on in the same joke.
    """

    def __init__(self, generator: Generator, novelty: Novelty | None = None) -> None:
        self.generator = generator
        self.novelty = novelty
        self.turns: tuple[Turn, ...] = ()
        self.state = generator.fresh()
        self._new_joke = False

    @property
    def in_joke(self) -> bool:
        """Whether the next prompt goes on in the joke of the last turn."""
        return bool(self.turns) and self.turns[-1].ended != "end-of-joke" and not self._new_joke

    def say(
        self,
        prompt: str,
        sampling: Sampling,
        *,
        word_limit: int = WORD_LIMIT,
        invented_words: bool = False,
        seed: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Word]:
        """Read `prompt`, then tell word by word; an empty prompt asks for another joke.

        The turn is there when the iterator ends, is closed, or `stop` is set between two words.
        The same turns, prompt, settings and seed tell the same words.
        """
        prompt = normalise(prompt)
        if not prompt:
            self.new_joke()
        unfinished = bool(self.turns) and self.turns[-1].ended != "end-of-joke"
        ids = list(self._separator() if unfinished and not self.in_joke else ())
        ids += self.generator.tokenizer.encode(prompt)
        turn = Turn(
            prompt=prompt,
            opens=not self.in_joke,
            words=(),
            ended="stopped",
            seed=secrets.randbelow(2**32) if seed is None else seed,
            skipped=tuple(self.generator.tokenizer.unknown(prompt)),
            ids=tuple(ids),
            before=self.state,
        )
        self.state = self.generator.read(self.state, ids)
        self._new_joke = False
        spoken = self.generator.speak(
            self.state, sampling, np.random.default_rng(turn.seed), invented_words=invented_words
        )
        words: list[Word] = []
        try:
            # a model that says no words, only marks, has to end as well
            for part in islice(spoken, 4 * word_limit + 64):
                ids += part.ids
                if not part.text:
                    turn = replace(turn, ended="end-of-joke")
                    self.state = self.generator.read(self.state, part.ids)
                    break
                self.state = part.state
                words.append(Word(part.text, part.bits))
                yield words[-1]
                if stop is not None and stop.is_set():
                    break
                if sum(is_word(word.text) for word in words) == word_limit:
                    turn = replace(turn, ended="limit")
                    break
            else:
                turn = replace(turn, ended="limit")
        finally:
            self._append(replace(turn, words=tuple(words), ids=tuple(ids)))

    def regenerate(
        self,
        sampling: Sampling,
        *,
        word_limit: int = WORD_LIMIT,
        invented_words: bool = False,
        seed: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Word]:
        """Answer the last prompt again, from the very state it was answered from."""
        turn = self.rewind()
        if turn is None:
            return
        yield from self.say(
            turn.prompt,
            sampling,
            word_limit=word_limit,
            invented_words=invented_words,
            seed=seed,
            stop=stop,
        )

    def rewind(self) -> Turn | None:
        """Take the last turn back, state and all; None where there is none."""
        if not self.turns:
            return None
        turn, self.turns = self.turns[-1], self.turns[:-1]
        self.state = turn.before or self._reread()
        # as it was before the turn: a joke that it opened in the middle of another stays open
        self._new_joke = turn.opens
        return turn

    def new_joke(self) -> None:
        """The next prompt begins a joke, in the same state."""
        self._new_joke = True

    def new_chat(self) -> None:
        """Forget the talk and start from a fresh state."""
        self.turns = ()
        self._new_joke = False
        self.state = self.generator.fresh()

    def change_generator(self, generator: Generator, novelty: Novelty | None = None) -> None:
        """Go on with other weights, which read the talk again: a state means nothing to them."""
        same = generator.tokenizer == self.generator.tokenizer
        self.generator, self.novelty = generator, novelty or self.novelty
        self.turns = tuple(
            replace(turn, before=None, ids=turn.ids if same else self._encode(turn))
            for turn in self.turns
        )
        self.state = self._reread()

    def transcript(self) -> str:
        """The talk as text, a joke a line."""
        jokes = [
            turn.joke
            for turn, after in zip(self.turns, [*self.turns[1:], None], strict=True)
            if after is None or after.opens
        ]
        return "\n".join(jokes)

    def _append(self, turn: Turn) -> None:
        told = self.turns[-1].joke if self.turns and not turn.opens else ""
        joke = " ".join(filter(None, [told, turn.prompt])) + "".join(w.text for w in turn.words)
        joke = joke.removeprefix(" ")
        copied = self.novelty.check(joke) if self.novelty else None
        self.turns += (replace(turn, joke=joke, copied=copied),)

    def _separator(self) -> tuple[int, ...]:
        end = self.generator.tokenizer.end
        return () if end is None else (end,)

    def _reread(self) -> State:
        ids = [id for turn in self.turns for id in turn.ids]
        return self.generator.read(self.generator.fresh(), ids[-REREAD:])

    def _encode(self, turn: Turn) -> tuple[int, ...]:
        """The ids of a turn that was told by a model with another vocabulary."""
        tokenizer = self.generator.tokenizer
        before = self.turns[: self.turns.index(turn)]
        unfinished = bool(before) and before[-1].ended != "end-of-joke"
        return (
            *(self._separator() if turn.opens and unfinished else ()),
            *tokenizer.encode(turn.prompt),
            *tokenizer.encode_spaced("".join(word.text for word in turn.words)),
            *(self._separator() if turn.ended == "end-of-joke" else ()),
        )

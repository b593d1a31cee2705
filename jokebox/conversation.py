"""A talk with the model: a tree of turns, and the LSTM state after each."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np

from jokebox.lm.config import Manner
from jokebox.lm.generator import Generator, State
from jokebox.lm.novelty import Copied, Novelty
from jokebox.lm.text import is_word, normalise

REREAD = 2000  # tokens of the talk that a new model reads again

Ending = Literal["end-of-joke", "limit", "stopped"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word as told, with its leading space where it has one, its cost in bits, and its ids."""

    text: str
    bits: float
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Turn:
    """A prompt and its answer. `opens` says that it began a joke instead of going on in one.

    `parent` is the number of the turn before it: turns with the same parent are alternatives. A
    draft is written word by word by the user, and only an alternative while the talk stands there.
    """

    number: int
    parent: int | None
    prompt: str
    opens: bool
    seed: int
    skipped: tuple[str, ...]  # words of the prompt that the model does not know
    prompt_ids: tuple[int, ...]  # with the end of the joke before it, where that was left open
    draft: bool = False
    words: tuple[Word, ...] = ()
    ended: Ending = "stopped"
    end_ids: tuple[int, ...] = ()
    joke: str = ""  # the whole joke so far, over all its turns
    copied: Copied | None = None

    @property
    def text(self) -> str:
        """The answer alone."""
        return "".join(word.text for word in self.words).removeprefix(" ")

    @property
    def ids(self) -> tuple[int, ...]:
        """All that the turn made the model read, in order."""
        return (*self.prompt_ids, *(id for word in self.words for id in word.ids), *self.end_ids)


def way(told: Sequence[Turn], number: int | None) -> tuple[Turn, ...]:
    """From the first turn to that of `number`; nothing where that is None."""
    turns = []
    while number is not None:
        turns.append(told[number])
        number = told[number].parent
    return tuple(reversed(turns))


class Conversation:
    """Turns with one model. Not for two threads at once.

    The state is a value, kept after each turn, so that going back, answering again and branching
    are exact. The end of a joke is read only where the model ended it or the user began another;
    otherwise the next prompt goes on in the same joke. No turn is ever forgotten before the chat:
    where the talk takes another way, the old one stays as an alternative.
    """

    def __init__(self, generator: Generator, novelty: Novelty | None = None) -> None:
        self.generator = generator
        self.novelty = novelty
        self.told: list[Turn] = []  # all of them, by number
        self.last: int | None = None  # the turn that the talk stands after
        self._states: dict[int, State] = {}  # after each turn, where this model has read it
        self._new_joke = False

    @property
    def turns(self) -> tuple[Turn, ...]:
        """From the first turn to where the talk stands."""
        return way(self.told, self.last)

    @property
    def state(self) -> State:
        """What the model remembers where the talk stands."""
        return self._state_after(self.last)

    @property
    def in_joke(self) -> bool:
        """Whether the next prompt goes on in the joke of the last turn."""
        return self._is_open(self.last) and not self._new_joke

    def alternatives(self) -> tuple[tuple[int, ...], ...]:
        """For each of `turns`, the turns that stand in its place, itself among them."""
        turns = self.turns
        shown = {turn.number for turn in turns}
        children: dict[int | None, list[int]] = {}
        for turn in self.told:
            if not turn.draft or turn.number in shown:
                children.setdefault(turn.parent, []).append(turn.number)
        return tuple(tuple(children[turn.parent]) for turn in turns)

    # Telling ------------------------------------------------------------------------------------

    def say(
        self,
        prompt: str,
        manner: Manner,
        *,
        seed: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Word]:
        """Read `prompt`, then tell word by word; an empty prompt asks for another joke.

        Ends when the joke does, at the word limit, or when closed or `stop` is set between two
        words. The same turns, prompt, manner and seed tell the same words.
        """
        prompt = normalise(prompt)
        if not prompt:
            self.new_joke()
        turn = self._begin(self.last, prompt, opens=not self.in_joke, seed=seed)
        yield from self._tell(turn, manner, stop)

    def go_on(
        self,
        manner: Manner,
        *,
        seed: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Word]:
        """Go on from where the last answer stopped, without a prompt."""
        turn = self._begin(self.last, "", opens=not self._is_open(self.last), seed=seed)
        yield from self._tell(turn, manner, stop)

    def answer_again(
        self,
        number: int,
        manner: Manner,
        *,
        prompt: str | None = None,
        given: Sequence[Word] = (),
        seed: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Word]:
        """Another answer from the very state that turn `number` was answered from.

        `prompt` takes the place of its prompt; the answer begins with the words `given`, which
        are not told again.
        """
        turn = self.told[number]
        prompt = turn.prompt if prompt is None else normalise(prompt)
        again = self._begin(turn.parent, prompt, opens=turn.opens, seed=seed)
        for word in given:
            self._add(again.number, word)
        yield from self._tell(again, manner, stop)

    def write(self, prompt: str, *, seed: int | None = None) -> None:
        """Read `prompt` as `say` does, and leave the answer to the user."""
        prompt = normalise(prompt)
        if not prompt:
            self.new_joke()
        self._begin(self.last, prompt, opens=not self.in_joke, seed=seed, draft=True)
        self._settle(len(self.told) - 1)

    def rewrite(self, number: int, words: Sequence[Word]) -> None:
        """A draft in the place of turn `number`, with its prompt and these words as the answer."""
        turn = self.told[number]
        draft = self._begin(turn.parent, turn.prompt, opens=turn.opens, seed=turn.seed, draft=True)
        for word in words:
            self._add(draft.number, word)
        self._settle(draft.number)

    def end(self, number: int, place: int) -> None:
        """Another answer in the place of turn `number`, which ends before the word at `place`."""
        turn = self.told[number]
        self.rewrite(number, turn.words[:place])
        again = len(self.told) - 1
        self._end(again, "end-of-joke", self._end_ids())
        self.told[again] = replace(self.told[again], draft=False)

    def word(self, number: int, place: int, text: str) -> Word:
        """`text` as the word at `place` of the answer of turn `number`, with what it would cost."""
        text = normalise(text)
        spaced = f" {text}" if is_word(text) else text
        ids = tuple(self.generator.tokenizer.encode_spaced(spaced))
        return Word(spaced, self.generator.cost(self.state_before(number, place), ids), ids)

    def state_before(self, number: int, place: int) -> State:
        """What the model remembered before the word at `place` of the answer of turn `number`."""
        turn = self.told[number]
        ids = [*turn.prompt_ids, *(id for word in turn.words[:place] for id in word.ids)]
        return self.generator.read(self._state_after(turn.parent), ids)

    # Moving about -------------------------------------------------------------------------------

    def rewind(self) -> Turn | None:
        """Take the last turn back, state and all; None where there is none."""
        if self.last is None:
            return None
        turn = self.told[self.last]
        self.last = turn.parent
        # as it was before the turn: a joke that it opened in the middle of another stays open
        self._new_joke = turn.opens
        return turn

    def go_to(self, number: int) -> None:
        """Stand after turn `number`; what came after it stays as an alternative."""
        self.last, self._new_joke = number, False

    def show(self, number: int) -> None:
        """Take the way of turn `number`, to its latest end."""
        children: dict[int | None, int] = {turn.parent: turn.number for turn in self.told}
        while number in children:
            number = children[number]
        self.go_to(number)

    def new_joke(self) -> None:
        """The next prompt begins a joke, in the same state."""
        self._new_joke = True

    def new_chat(self) -> None:
        """Forget the talk and start from a fresh state."""
        self.told, self.last, self._states, self._new_joke = [], None, {}, False

    def change_generator(self, generator: Generator, novelty: Novelty | None = None) -> None:
        """Go on with other weights, which read the talk again: a state means nothing to them."""
        same = generator.tokenizer == self.generator.tokenizer
        self.generator, self.novelty = generator, novelty or self.novelty
        self._states = {}
        if not same:
            self.told = [self._encoded(turn) for turn in self.told]
        self._state_after(self.last)

    def restore(
        self,
        told: Sequence[Turn],
        last: int | None,
        states: Mapping[int, State],
        *,
        in_joke: bool,
        foreign: int = 0,
    ) -> None:
        """Take up a kept talk with the states that these very weights made, the others read again.

        The turns before number `foreign` are in the ids of another vocabulary.
        """
        self.told, self.last, self._new_joke = list(told), last, not in_joke
        for turn in told[:foreign]:
            self.told[turn.number] = self._encoded(turn)
        for turn in told:
            if not turn.joke:  # a crash cut the answer off
                self._settle(turn.number)
        self._states = dict(states)
        self._state_after(last)

    # ---------------------------------------------------------------------------------------------

    def _begin(
        self,
        parent: int | None,
        prompt: str,
        *,
        opens: bool,
        seed: int | None,
        draft: bool = False,
    ) -> Turn:
        """A turn that has read its prompt, and where the talk stands now."""
        before = self._state_after(parent)
        turn = Turn(
            number=len(self.told),
            parent=parent,
            prompt=prompt,
            opens=opens,
            seed=secrets.randbelow(2**32) if seed is None else seed,
            skipped=tuple(self.generator.tokenizer.unknown(prompt)),
            prompt_ids=self._prompt_ids(parent, prompt, opens=opens),
            draft=draft,
        )
        self.told.append(turn)
        self.go_to(turn.number)
        self._states[turn.number] = self.generator.read(before, turn.prompt_ids)
        return turn

    def _tell(self, turn: Turn, manner: Manner, stop: threading.Event | None) -> Iterator[Word]:
        number = turn.number
        rng = np.random.default_rng(turn.seed)
        spoken = self.generator.speak(self._states[number], lambda: manner, rng)
        try:
            # a model that says no words, only marks, has to end as well
            for part in islice(spoken, 4 * manner.word_limit + 64):
                if not part.text:
                    self._end(number, "end-of-joke", part.ids)
                    return
                word = Word(part.text, part.bits, part.ids)
                self._add(number, word, part.state)
                yield word
                if stop is not None and stop.is_set():
                    return
                if sum(is_word(w.text) for w in self.told[number].words) >= manner.word_limit:
                    break
            self._end(number, "limit")
        finally:
            self._settle(number)

    def _add(self, number: int, word: Word, state: State | None = None) -> None:
        turn = self.told[number]
        self.told[number] = replace(turn, words=(*turn.words, word))
        self._states[number] = state or self.generator.read(self._states[number], word.ids)

    def _end(self, number: int, ended: Ending, ids: tuple[int, ...] = ()) -> None:
        self.told[number] = replace(self.told[number], ended=ended, end_ids=ids)
        self._states[number] = self.generator.read(self._states[number], ids)

    def _settle(self, number: int) -> None:
        """Look at the joke as a whole, as far as it goes."""
        turn = self.told[number]
        before = "" if turn.opens or turn.parent is None else self.told[turn.parent].joke
        joke = " ".join(filter(None, [before, turn.prompt])) + "".join(w.text for w in turn.words)
        joke = joke.removeprefix(" ")
        copied = self.novelty.check(joke) if self.novelty else None
        self.told[number] = replace(turn, joke=joke, copied=copied)

    def _is_open(self, number: int | None) -> bool:
        return number is not None and self.told[number].ended != "end-of-joke"

    def _state_after(self, number: int | None) -> State:
        if number is None:
            return self.generator.fresh()
        if number not in self._states:
            ids = [id for turn in way(self.told, number) for id in turn.ids]
            self._states[number] = self.generator.read(self.generator.fresh(), ids[-REREAD:])
        return self._states[number]

    def _prompt_ids(self, parent: int | None, prompt: str, *, opens: bool) -> tuple[int, ...]:
        ends = self._end_ids() if opens and self._is_open(parent) else ()
        return (*ends, *self.generator.tokenizer.encode(prompt))

    def _end_ids(self) -> tuple[int, ...]:
        end = self.generator.tokenizer.end
        return () if end is None else (end,)

    def _encoded(self, turn: Turn) -> Turn:
        """A turn that was told by a model with another vocabulary, in this one's ids."""
        tokenizer = self.generator.tokenizer
        return replace(
            turn,
            prompt_ids=self._prompt_ids(turn.parent, turn.prompt, opens=turn.opens),
            words=tuple(
                replace(word, ids=tuple(tokenizer.encode_spaced(word.text))) for word in turn.words
            ),
            end_ids=self._end_ids() if turn.ended == "end-of-joke" else (),
        )

"""A talk with a model: a tree of turns, and the LSTM state after each."""

from __future__ import annotations

import secrets
import threading
from collections import abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from jokebox.lm.answers import Answer, Ended, Spoken, retell, speak
from jokebox.lm.config import RANGES, Manner
from jokebox.lm.drafts import Drafter
from jokebox.lm.generator import Generator, State
from jokebox.lm.lens import Step, Trace, step, trace
from jokebox.lm.novelty import Novelty
from jokebox.lm.text import is_word, normalise, word_spans
from jokebox.lm.tokenizer import split_words
from jokebox.talk.events import Drafting, Event, TalkMoved, TurnBegan, TurnEnded, WordTold
from jokebox.talk.turns import Alternative, CopiedWord, Draft, Ending, Turn, Word, path_to

OPENING = 3  # words of a joke, drawn as widely as the jokes themselves begin
DRAFTED = 100  # words of a draft at most: what comes after is drawn as it is told
LEAST_COPIED = 0.01  # of the probability of a word, for it to be called copied
REREAD = 2000  # tokens of the talk that a new model reads again


class Conversation:
    """A talk with one model at a time. Not for two threads at once.

    The state is a value, kept after each turn, so that going back, answering again and branching
    are exact. The end of a joke is read only if the model ended it or the user began another;
    otherwise the next prompt continues the same joke. No turn is forgotten: if the talk takes
    another path, the old one stays as an alternative.

    Whatever changes the talk returns or yields the events that say what happened. An answer is an
    iterator: nothing happens until it is asked for events.
    """

    def __init__(
        self,
        generator: Generator,
        novelty: Novelty | None = None,
        manner: Manner | None = None,
    ) -> None:
        self.generator = generator
        self.novelty = novelty
        self.manner = manner or Manner()  # replaced as a whole; a change acts on the next word
        self.most_drafts = int(RANGES["drafts"].high)  # fewer on a slow machine
        self._drafter = Drafter(generator)
        self.all_turns: list[Turn] = []  # by number
        self.last: int | None = None  # the turn that the talk is after
        self._states: dict[int, State] = {}  # after each turn, if this model has read it
        self._traces: dict[int, Trace] = {}  # of each turn that was looked into
        self._new_joke = False

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns from the first to the last one of this path."""
        return path_to(self.all_turns, self.last)

    @property
    def state(self) -> State:
        """What the model remembers now."""
        return self.state_after(self.last)

    @property
    def in_joke(self) -> bool:
        """Whether the next prompt continues the joke of the last turn."""
        return self._is_open(self.last) and not self._new_joke

    def alternatives(self) -> tuple[tuple[Alternative, ...], ...]:
        """Return, for each of `turns`, the turns with the same parent, itself included.

        Behind them come the drafts of these turns. One that was told later keeps its place, as the
        turn that tells it: who goes through them finds each once, in either direction.
        """
        turns = self.turns
        shown = {turn.number for turn in turns}
        children: dict[int | None, list[int]] = {}
        for turn in self.all_turns:
            if not turn.written or turn.number in shown:
                children.setdefault(turn.parent, []).append(turn.number)
        return tuple(self._in_order(children[turn.parent]) for turn in turns)

    def _in_order(self, numbers: Sequence[int]) -> tuple[Alternative, ...]:
        """Return these turns and then their drafts, each answer to a prompt once."""
        turns = [self.all_turns[number] for number in numbers]
        told: dict[tuple[object, object], int] = {}  # the first that tells it, by prompt and answer
        for turn in turns:
            told.setdefault((turn.prompt_ids, turn.told), turn.number)
        drafts: dict[tuple[object, object], Alternative] = {}
        for turn in turns:
            for place, draft in enumerate(turn.others):
                answer = turn.prompt_ids, draft.ids
                teller = told.get(answer)
                if teller is None:
                    drafts.setdefault(answer, (turn.number, place))
                elif teller > turn.number:  # else it was told before it was drafted
                    drafts.setdefault(answer, teller)
        return (*(n for n in numbers if n not in drafts.values()), *drafts.values())

    # Answers --------------------------------------------------------------------------------------

    def say(
        self, prompt: str, *, seed: int | None = None, stop: threading.Event | None = None
    ) -> Iterator[Event]:
        """Read `prompt`, then tell word by word; an empty prompt asks for another joke.

        The answer ends when the joke does, at the word limit, or between two words when closed or
        when `stop` is set. The same turns, prompt, manner and seed tell the same words.
        """
        number = self._begin_next(prompt, seed=seed)
        yield from self._answer(number, stop)

    def continue_answer(
        self, number: int, *, seed: int | None = None, stop: threading.Event | None = None
    ) -> Iterator[Event]:
        """Continue the answer of turn `number` without a prompt, as a turn of its own."""
        again = self._begin(number, "", opens_joke=not self._is_open(number), seed=seed)
        yield from self._answer(again, stop)

    def answer_again(
        self,
        number: int,
        *,
        prompt: str | None = None,
        given: Sequence[Word] = (),
        seed: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Tell another answer from the state that turn `number` was answered from.

        `prompt` replaces its prompt. The answer begins with the words `given`.
        """
        again = self._begin_again(number, prompt=prompt, seed=seed, given=given)
        yield from self._answer(again, stop)

    def tell_draft(self, number: int, place: int) -> tuple[Event, ...]:
        """Answer turn `number` again with the draft at `place` among those that were not told."""
        turn = self.all_turns[number]
        draft = turn.others[place]
        again = self._begin_again(number, seed=turn.seed)
        for part in retell(self.generator, self._states[again], draft.ids):
            if part.text:
                self._add(again, Word(part.text, part.bits, part.ids), part.state)
        ends = draft.ended == "end-of-joke"
        self._end(again, draft.ended, self._end_ids() if ends else ())
        return self._began_and_ended(again)

    # Writing together -----------------------------------------------------------------------------

    def write(self, prompt: str, *, seed: int | None = None) -> tuple[Event, ...]:
        """Read `prompt` as `say` does, and leave the answer to the user."""
        return self._began_and_ended(self._begin_next(prompt, seed=seed, written=True))

    def rewrite(self, number: int, words: Sequence[Word]) -> tuple[Event, ...]:
        """Replace turn `number` by one with its prompt and these words, written by the user."""
        seed = self.all_turns[number].seed
        written = self._begin_again(number, seed=seed, given=words, written=True)
        return self._began_and_ended(written)

    def end(self, number: int, place: int) -> tuple[Event, ...]:
        """Replace turn `number` by an answer that ends before the word at `place`."""
        turn = self.all_turns[number]
        again = self._begin_again(number, seed=turn.seed, given=turn.words[:place])
        self._end(again, "end-of-joke", self._end_ids())
        return self._began_and_ended(again)

    def word(self, number: int, place: int, text: str) -> Word:
        """Return `text` as the word at `place` of turn `number`, with what it would cost."""
        text = normalise(text)
        spaced = f" {text}" if is_word(text) else text
        ids = tuple(self.generator.tokenizer.encode_spaced(spaced))
        return Word(spaced, self.generator.cost(self.state_before(number, place), ids), ids)

    def copied(self, number: int, place: int) -> CopiedWord | None:
        """Return how the word at `place` of the answer of turn `number` was copied.

        None behind the last word, and if less than LEAST_COPIED of its probability was. Of a
        spelled word each byte has to be copied; its source is that of the last one.
        """
        turn, generator = self.all_turns[number], self.generator
        if place >= len(turn.words):
            return None
        state, share, source = self.state_before(number, place), 1.0, None
        at = len(self._words(turn)) - len(turn.words) + place
        read = self._read_before(turn, at, len(state.ids))
        for id in turn.words[place].ids:
            if id not in generator.tokenizer.case_marks:
                p, back = generator.copied(state, id)
                share *= p / float(np.exp(generator.log_p(state)[id]))
                source = read[-back] if back else None
            state = generator.read(state, (id,))
            read.append((turn, at))
        share = min(share, 1.0)  # rounded, it may come to a little more
        return self._copied_from(share, *source) if source and share >= LEAST_COPIED else None

    def _copied_from(self, share: float, turn: Turn, at: int) -> CopiedWord:
        words = self._words(turn)
        texts = [self.generator.tokenizer.decode_spaced(word) for word in words[: at + 1]]
        place = at - (len(words) - len(turn.words))  # in the answer
        in_answer = place >= 0
        span = (0, 0) if in_answer else word_spans(turn.prompt, texts)[-1]
        return CopiedWord(share, texts[-1].strip(), turn.number, place if in_answer else None, span)

    def _read_before(self, turn: Turn, at: int, most: int) -> list[tuple[Turn, int]]:
        """Return of which turn and word each token was that was read before word `at` of `turn`.

        Only the last turns are looked at that have the `most` tokens a pointer reaches.
        """
        read: list[tuple[Turn, int]] = []
        words = self._words(turn)[:at]
        while True:
            read = [*((turn, place) for place, word in enumerate(words) for _ in word), *read]
            if len(read) >= most or turn.parent is None:
                return read
            turn = self.all_turns[turn.parent]
            words = (*self._words(turn), turn.end_ids)

    def _words(self, turn: Turn) -> tuple[tuple[int, ...], ...]:
        """Return the ids of each word of a turn: those of its prompt, and then of its answer."""
        prompt = split_words(self.generator.tokenizer, turn.prompt_ids)
        return (*prompt, *(word.ids for word in turn.words))

    def state_after(self, number: int | None) -> State:
        """Return what the model remembers after turn `number`, or in a fresh talk if it is None."""
        if number is None:
            return self.generator.fresh()
        if number not in self._states:
            ids = [id for turn in path_to(self.all_turns, number) for id in turn.ids]
            self._states[number] = self.generator.read(self.generator.fresh(), ids[-REREAD:])
        return self._states[number]

    def state_before(self, number: int, place: int) -> State:
        """Return what the model remembered before the word at `place` of turn `number`."""
        turn = self.all_turns[number]
        ids = [*turn.prompt_ids, *(id for word in turn.words[:place] for id in word.ids)]
        return self.generator.read(self.state_after(turn.parent), ids)

    def trace(self, number: int) -> Trace:
        """Return what each unit remembers after each word of turn `number`, of its prompt first.

        The last words are those of the answer. The turn has to be complete.
        """
        if number not in self._traces:
            turn = self.all_turns[number]
            state = self.state_after(turn.parent)
            self._traces[number] = trace(self.generator, state, self._words(turn))
        return self._traces[number]

    def gates(self, number: int, place: int) -> Step | None:
        """Return what the gates do at the word at `place` of a turn; None behind the last."""
        turn = self.all_turns[number]
        if place >= len(turn.words):
            return None
        return step(self.generator, self.state_before(number, place), turn.words[place].ids)

    # Moving about ---------------------------------------------------------------------------------

    def rewind(self) -> tuple[Event, ...]:
        """Take the last turn back, state and all, if there is one."""
        if self.last is None:
            return ()
        turn = self.all_turns[self.last]
        # as it was before the turn: a joke that it opened in the middle of another stays open
        return self._move(turn.parent, new_joke=turn.opens_joke)

    def go_to(self, number: int) -> tuple[Event, ...]:
        """Go back to after turn `number`; what came after it stays as an alternative."""
        return self._move(number)

    def show(self, number: int) -> tuple[Event, ...]:
        """Take the path that leads through turn `number`, to its latest end."""
        children: dict[int | None, int] = {turn.parent: turn.number for turn in self.all_turns}
        while number in children:
            number = children[number]
        return self._move(number)

    def new_joke(self) -> tuple[Event, ...]:
        """Let the next prompt begin a joke, in the same state."""
        return self._move(self.last, new_joke=True)

    def new_talk(self) -> None:
        """Forget all turns, and start from a fresh state."""
        self.all_turns, self.last, self._states, self._new_joke = [], None, {}, False
        self._traces = {}

    def _move(self, last: int | None, *, new_joke: bool = False) -> tuple[Event, ...]:
        before = self.last, self.in_joke
        self.last, self._new_joke = last, new_joke
        after = self.last, self.in_joke
        return () if before == after else (TalkMoved(*after),)

    # Other weights --------------------------------------------------------------------------------

    def change_generator(self, generator: Generator, novelty: Novelty | None = None) -> None:
        """Continue with other weights, which read the talk again: a state means nothing to them."""
        same = generator.tokenizer == self.generator.tokenizer
        self.generator, self.novelty = generator, novelty or self.novelty
        self._drafter.change_generator(generator)
        self._states, self._traces = {}, {}
        if not same:
            self.all_turns = [self._encoded(turn) for turn in self.all_turns]
        self.state_after(self.last)

    def prepare(self) -> None:
        """Do now what the first draft would have to wait for."""
        if self.manner.drafts > 1 and self.most_drafts > 1:
            self._drafter.prepare()
            if self.novelty is not None:
                self.novelty.prepare()

    def restore(
        self,
        turns: Sequence[Turn],
        last: int | None,
        states: Mapping[int, State],
        *,
        in_joke: bool,
        foreign: int = 0,
    ) -> None:
        """Replace the talk by a kept one.

        `states` were made by these very weights; the others are read again. The turns before number
        `foreign` are in the ids of another vocabulary.
        """
        self.all_turns, self.last, self._new_joke = list(turns), last, not in_joke
        for turn in turns[:foreign]:
            self.all_turns[turn.number] = self._encoded(turn)
        self._states, self._traces = dict(states), {}
        for turn in turns:
            if not turn.joke:  # a crash cut the answer off
                self._settle(turn.number)
        self.state_after(last)

    # ----------------------------------------------------------------------------------------------

    def _begin_next(self, prompt: str, *, seed: int | None, written: bool = False) -> int:
        """Add a turn after the last one; an empty prompt begins another joke.

        If user and model take turns, it lets the model go on with the same joke instead.
        """
        prompt = normalise(prompt)
        opens_joke = not (self.in_joke and (prompt or self.manner.take_turns))
        return self._begin(self.last, prompt, opens_joke=opens_joke, seed=seed, written=written)

    def _begin_again(
        self,
        number: int,
        *,
        prompt: str | None = None,
        seed: int | None,
        given: Sequence[Word] = (),
        written: bool = False,
    ) -> int:
        """Add an alternative to turn `number`: to its own prompt, or to another one."""
        turn = self.all_turns[number]
        prompt = turn.prompt if prompt is None else normalise(prompt)
        opens_joke = turn.opens_joke
        return self._begin(
            turn.parent, prompt, opens_joke=opens_joke, seed=seed, given=given, written=written
        )

    def _begin(
        self,
        parent: int | None,
        prompt: str,
        *,
        opens_joke: bool,
        seed: int | None,
        given: Sequence[Word] = (),
        written: bool = False,
    ) -> int:
        """Add a turn that has read its prompt and the words `given`; return its number."""
        ends = self._end_ids() if opens_joke and self._is_open(parent) else ()
        turn = Turn(
            number=len(self.all_turns),
            parent=parent,
            prompt=prompt,
            opens_joke=opens_joke,
            seed=secrets.randbelow(2**32) if seed is None else seed,
            skipped=tuple(self.generator.tokenizer.unknown(prompt)),
            prompt_ids=(*ends, *self.generator.tokenizer.encode(prompt)),
            written=written,
            drafts=1 if written else min(self.manner.drafts, self.most_drafts),
        )
        before = self.state_after(parent)
        self.all_turns.append(turn)
        self.last, self._new_joke = turn.number, False
        self._states[turn.number] = self.generator.read(before, turn.prompt_ids)
        for word in given:
            self._add(turn.number, word)
        return turn.number

    def _answer(self, number: int, stop: threading.Event | None) -> Iterator[Event]:
        try:
            yield TurnBegan(self.all_turns[number])
            yield from self._tell(number, stop)
        finally:  # closed between two words, the turn is complete all the same
            self._settle(number)
        yield self._ended(number)

    def _tell(self, number: int, stop: threading.Event | None) -> Iterator[Event]:
        """Yield the words that the model draws, until it ends the joke or something else does."""

        def stopped() -> bool:
            return stop is not None and stop.is_set()

        drawn = self._draw(number, stopped)
        while not stopped():
            try:
                part = next(drawn)
            except StopIteration as end:
                if end.value:
                    self._end(number, end.value)
                return
            if isinstance(part, Drafting):
                yield part
                continue
            if not part.text:
                self._end(number, "end-of-joke", part.ids)
                return
            word = Word(part.text, part.bits, part.ids)
            self._add(number, word, part.state)
            yield WordTold(word, part.state)

    def _draw(
        self, number: int, stopped: Callable[[], bool]
    ) -> abc.Generator[Spoken | Drafting, None, Ended | None]:
        """Yield the words of an answer; return how it ended, unless that is the end of the joke.

        The opening of a joke is drawn once. How it goes on is drafted several times, and the best
        draft is told; if the manner changes meanwhile, the rest is drawn as it is told.
        """
        turn, state = self.all_turns[number], self._states[number]
        said = sum(is_word(word.text) for word in turn.words)
        opening = OPENING - len(self._joke(number).split()) + said
        answer = Answer(np.random.default_rng(turn.seed), opening, said)
        if turn.drafts == 1 or said < opening:
            for part in speak(self.generator, state, lambda: self.manner, answer):
                yield part
                state = part.state
                if turn.drafts > 1 and answer.words >= opening:
                    break
            else:
                return answer.ended
        manner = self.manner
        if answer.words >= manner.word_limit:
            return "limit"
        yield Drafting()
        best = self._best_draft(number, state, manner, answer.words, stopped)
        if best is None:
            return None
        for part in retell(self.generator, state, best.ids):
            yield part
            state = part.state
            if self.manner != manner:
                answer.words = sum(is_word(word.text) for word in self.all_turns[number].words)
                yield from speak(self.generator, state, lambda: self.manner, answer)
                return answer.ended
        if best.ended == "limit" and best.words < manner.word_limit:
            answer.words = best.words
            yield from speak(self.generator, state, lambda: self.manner, answer)
            return answer.ended
        return best.ended

    def _best_draft(
        self, number: int, state: State, manner: Manner, words: int, stopped: Callable[[], bool]
    ) -> Answer | None:
        """Return the best of the drafts that continue a turn after `words` words; None if stopped.

        A draft that is mostly copied from a training joke is passed over. The others are kept with
        the turn.
        """
        turn = self.all_turns[number]
        drafts = [
            Answer(np.random.default_rng((turn.seed, i)), words=words) for i in range(turn.drafts)
        ]
        before = self._joke_ids(number)
        manner = replace(manner, word_limit=min(manner.word_limit, words + DRAFTED))
        self._drafter.draw(state, before, manner, drafts, stopped)
        if stopped():
            return None
        ranked = self._drafter.rank(before, drafts)
        told, decode = self._joke(number), self.generator.tokenizer.decode_spaced
        new = (d for d in ranked if not self._copies(told + decode(d.ids)))
        best = next(new, ranked[0])
        begun = tuple(id for word in turn.words for id in word.ids)
        others = (Draft((*begun, *d.ids), d.ended or "limit") for d in ranked if d is not best)
        self.all_turns[number] = replace(turn, others=tuple(dict.fromkeys(others)))
        return best

    def _copies(self, joke: str) -> bool:
        return self.novelty is not None and self.novelty.copies(joke)

    def _began_and_ended(self, number: int) -> tuple[Event, ...]:
        began = TurnBegan(self.all_turns[number])
        self._settle(number)
        return began, self._ended(number)

    def _ended(self, number: int) -> TurnEnded:
        return TurnEnded(self.all_turns[number], self.state_after(number))

    def _add(self, number: int, word: Word, state: State | None = None) -> None:
        turn = self.all_turns[number]
        self.all_turns[number] = replace(turn, words=(*turn.words, word))
        self._states[number] = state or self.generator.read(self._states[number], word.ids)

    def _end(self, number: int, ended: Ending, ids: tuple[int, ...] = ()) -> None:
        self.all_turns[number] = replace(self.all_turns[number], ended=ended, end_ids=ids)
        self._states[number] = self.generator.read(self._states[number], ids)

    def _settle(self, number: int) -> None:
        """Set the joke of a turn as a whole, as far as it goes, and what of it was copied."""
        joke = self._joke(number)
        copied = self.novelty.check(joke) if self.novelty else None
        self.all_turns[number] = replace(self.all_turns[number], joke=joke, copied=copied)

    def _joke(self, number: int) -> str:
        """Return the joke that a turn tells as far as it goes, over all its turns."""
        turn = self.all_turns[number]
        opens = turn.opens_joke or turn.parent is None
        before = "" if opens else self.all_turns[turn.parent or 0].joke
        joke = " ".join(filter(None, [before, turn.prompt])) + "".join(w.text for w in turn.words)
        return joke.removeprefix(" ")

    def _joke_ids(self, number: int) -> list[int]:
        """Return the ids of that joke, without those of the jokes before it."""
        ids: list[int] = []
        for turn in path_to(self.all_turns, number):
            ids = ([] if turn.opens_joke else ids) + [*turn.prompt_ids, *turn.answer_ids]
        return [id for id in ids if id != self.generator.tokenizer.end]

    def _is_open(self, number: int | None) -> bool:
        return number is not None and self.all_turns[number].ended != "end-of-joke"

    def _end_ids(self) -> tuple[int, ...]:
        end = self.generator.tokenizer.end
        return () if end is None else (end,)

    def _encoded(self, turn: Turn) -> Turn:
        """Return a turn told by a model with another vocabulary in the ids of this one."""
        tokenizer = self.generator.tokenizer
        ends = self._end_ids() if turn.opens_joke and self._is_open(turn.parent) else ()
        return replace(
            turn,
            prompt_ids=(*ends, *tokenizer.encode(turn.prompt)),
            words=tuple(
                replace(word, ids=tuple(tokenizer.encode_spaced(word.text))) for word in turn.words
            ),
            end_ids=self._end_ids() if turn.ended == "end-of-joke" else (),
            others=(),
        )

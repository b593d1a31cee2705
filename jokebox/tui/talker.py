"""The talk, away from the screen's thread: jobs that compute and post what happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual.message import Message

from jokebox.settings import Settings
from jokebox.tui.messages import ChoicesReady, InsideReady, TalkChanged, TalkEvent
from jokebox.tui.screens.dialog import TaskFailed

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.generator import Generator
    from jokebox.talk.archive import Archive, Recorder
    from jokebox.talk.conversation import Conversation
    from jokebox.talk.events import Event
    from jokebox.talk.turns import Word

CHOICES = 10


class Talker:
    """Own the conversation, and keep it. The agenda sees to it that one job runs at a time.

    Every public method but `follow` is such a job, to be called in a worker thread.
    """

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self.conversation: Conversation | None = None
        self._recorder: Recorder | None = None
        self.stop = threading.Event()
        self.settings = Settings()

    @cached_property
    def archive(self) -> Archive:
        """The talks on disk, this one among them."""
        from jokebox.talk.archive import Archive

        return Archive()

    @property
    def model(self) -> str:
        """The name of the model that talks."""
        return self.checkpoint.name

    @property
    def generator(self) -> Generator:
        """The model that talks, ready to read."""
        return self._talk.generator

    @property
    def checkpoint(self) -> Checkpoint:
        """The model that talks."""
        return self._talk.generator.checkpoint

    def follow(self, settings: Settings) -> None:
        """Talk as `settings` say, from the next word on."""
        self.settings = settings
        if self.conversation is not None:
            self.conversation.manner = settings.manner

    def take_over(self, checkpoint: Checkpoint) -> None:
        """Let another model, or newer weights, continue the talk."""
        from jokebox.lm.drafts import affordable_drafts, time_step
        from jokebox.lm.generator import Generator
        from jokebox.lm.novelty import Novelty
        from jokebox.talk.conversation import Conversation

        def job() -> None:
            generator, talk = Generator(checkpoint), self.conversation
            before = None if talk is None else talk.generator.checkpoint
            same = before is not None and before.corpus == checkpoint.corpus
            novelty = None if same else Novelty(checkpoint.corpus.learnt)
            if talk is None:
                self.conversation = Conversation(generator, novelty, self.settings.manner)
                self._recorder = self.archive.begin(self.conversation)
            else:
                talk.change_generator(generator, novelty)
                self._kept.weights_changed()
            if before is None or not _are_of_one_run(before, checkpoint):
                # fewer on a slow machine, or while the cores are busy
                self._talk.most_drafts = affordable_drafts(time_step(generator))
            self._talk.prepare()

        self._do(job)

    # Answers --------------------------------------------------------------------------------------

    def say(self, prompt: str) -> None:
        """Answer `prompt`, word by word."""
        self._record(lambda: self._talk.say(prompt, seed=self._seed(), stop=self.stop))

    def continue_answer(self, number: int) -> None:
        """Continue the answer of a turn."""
        self._record(lambda: self._talk.continue_answer(number, seed=self._seed(), stop=self.stop))

    def answer_again(
        self, number: int, *, prompt: str | None = None, words: int = 0, word: str = ""
    ) -> None:
        """Tell another answer to a turn: to another prompt, or beginning with some words.

        These are the first `words` of its answer, and then `word`.
        """
        self._record(
            lambda: self._talk.answer_again(
                number,
                prompt=prompt,
                given=self._given(number, words, word),
                seed=self._seed(),
                stop=self.stop,
            )
        )

    # Writing together -----------------------------------------------------------------------------

    def write(self, prompt: str) -> None:
        """Read `prompt` and leave the answer to the user."""
        self._record(lambda: self._talk.write(prompt, seed=self._seed()))

    def rewrite(self, number: int, words: int, word: str = "") -> None:
        """Replace a turn by a draft with the first `words` of its answer, and then `word`."""
        self._record(lambda: self._talk.rewrite(number, self._given(number, words, word)))

    def end(self, number: int, place: int) -> None:
        """End the joke of a turn before the word at `place`."""
        self._record(lambda: self._talk.end(number, place))

    def find_choices(self, number: int, place: int) -> None:
        """Post the likeliest words at `place` of the answer of a turn."""

        def job() -> None:
            state = self._talk.state_before(number, place)
            choices = self._talk.generator.next_words(state, CHOICES, self.settings.sampling)
            turn = self._talk.all_turns[number]
            copied = self._talk.copied(number, place)
            self._post(ChoicesReady(turn, place, tuple(choices), copied))

        self._do(job)

    def look_inside(self, number: int | None, place: int) -> None:
        """Post what each unit remembers at each word of the talk, and the gates at one of them."""

        def job() -> None:
            talk = self._talk
            traces = {turn.number: talk.trace(turn.number) for turn in talk.turns}
            if number is None:
                self._post(InsideReady(traces, None, place, None, None))
                return
            step, copied = talk.gates(number, place), talk.copied(number, place)
            self._post(InsideReady(traces, talk.all_turns[number], place, step, copied))

        self._do(job)

    # Moving about ---------------------------------------------------------------------------------

    def rewind(self) -> None:
        """Take the last turn back."""
        self._record(lambda: self._talk.rewind())

    def go_to(self, number: int) -> None:
        """Continue after this turn; what came later stays as an alternative."""
        self._record(lambda: self._talk.go_to(number))

    def show(self, number: int) -> None:
        """Take the path that leads through this turn, to its latest end."""
        self._record(lambda: self._talk.show(number))

    def tell_draft(self, number: int, place: int) -> None:
        """Answer a turn with one of its drafts that were not told."""
        self._record(lambda: self._talk.tell_draft(number, place))

    def new_joke(self) -> None:
        """Let the next prompt begin another joke."""
        self._record(lambda: self._talk.new_joke())

    def new_talk(self) -> None:
        """Leave the talk, and begin another."""

        def job() -> None:
            self._talk.new_talk()
            self._recorder = self.archive.begin(self._talk)

        self._do(job)

    def reopen(self, name: str) -> None:
        """Leave the talk, and continue a kept one."""

        def job() -> None:
            self._recorder = self.archive.reopen(name, self._talk)

        self._do(job)

    # ----------------------------------------------------------------------------------------------

    @property
    def _talk(self) -> Conversation:
        assert self.conversation is not None, "there is no model to talk to yet"
        return self.conversation

    @property
    def _kept(self) -> Recorder:
        assert self._recorder is not None, "there is no model to talk to yet"
        return self._recorder

    def _seed(self) -> int | None:
        """Return the seed of the next answer, if the user chose one.

        It gives the same talk again, and another answer when the same prompt is answered again.
        """
        if self.settings.seed is None:
            return None
        return (self.settings.seed + len(self._talk.all_turns)) % 2**32

    def _given(self, number: int, words: int, word: str) -> Sequence[Word]:
        given = self._talk.all_turns[number].words[:words]
        return (*given, self._talk.word(number, words, word)) if word else given

    def _record(self, change: Callable[[], Iterable[Event]]) -> None:
        """Change the talk, write down what happens, and post it."""
        from jokebox.talk.events import WordTold

        def job() -> None:
            for event in self._kept.record(change()):
                self._post(TalkEvent(event))
                pace = self.settings.words_per_second
                if isinstance(event, WordTold) and pace:
                    self.stop.wait(1 / pace)  # ends at once if the answer is stopped

        self._do(job)

    def _do(self, job: Callable[[], object]) -> None:
        """Do `job`, post the error if it fails, and then what the talk is now."""
        try:
            job()
        except Exception as error:
            self._post(TaskFailed(error))
        talk = self.conversation
        self._post(
            TalkChanged(talk.turns, talk.alternatives(), talk.in_joke)
            if talk
            else TalkChanged((), (), False)
        )


def _are_of_one_run(one: Checkpoint, other: Checkpoint) -> bool:
    """Return whether these are two moments of one run; what it leaves in the end is neither."""
    return (one.name, one.created, one.finished) == (other.name, other.created, other.finished)

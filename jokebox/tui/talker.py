"""The talk, away from the screen's thread: jobs that compute and post, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual.message import Message

from jokebox.lm.config import Manner
from jokebox.settings import Settings
from jokebox.tui.messages import Failed, Looked, TalkOver, Told

if TYPE_CHECKING:
    from jokebox.conversation import Conversation, Word
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.talks import Recorder, Talks

CHOICES = 10


class Talker:
    """Owns the conversation, and keeps it. Its jobs run in a worker thread, never two at once."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._manner = Manner()
        self.conversation: Conversation | None = None
        self._recorder: Recorder | None = None
        self.stop = threading.Event()
        self.follow(Settings())

    @cached_property
    def talks(self) -> Talks:
        """The talks on disk, this one among them."""
        from jokebox.talks import Talks

        return Talks()

    @property
    def model(self) -> str:
        """The name of the model that talks."""
        return self._talk.generator.checkpoint.name

    def follow(self, settings: Settings) -> None:
        """Talk as `settings` say, from the next word on."""
        self._manner.sampling = settings.sampling
        self._manner.word_limit = settings.word_limit
        self._manner.invented_words = settings.invented_words
        self._pause = 1 / settings.words_per_second if settings.words_per_second else 0.0
        self._first_seed = settings.seed

    def take_over(self, checkpoint: Checkpoint) -> None:
        """Let another model, or newer weights, go on with the talk."""
        from jokebox.conversation import Conversation
        from jokebox.lm.generator import Generator
        from jokebox.lm.novelty import Novelty

        def job() -> None:
            generator, before = Generator(checkpoint), self.conversation
            same = before is not None and before.generator.checkpoint.corpus == checkpoint.corpus
            novelty = None if same else Novelty(checkpoint.corpus.training)
            if before is None:
                self.conversation = Conversation(generator, novelty)
                self._recorder = self.talks.begin(self.conversation)
            else:
                before.change_generator(generator, novelty)
                self._kept.weights_changed()

        self._run(job)

    # Answers --------------------------------------------------------------------------------------

    def say(self, prompt: str) -> None:
        """Answer `prompt`, word by word."""
        self._speak(lambda: self._talk.say(prompt, self._manner, seed=self._seed(), stop=self.stop))

    def go_on(self, number: int) -> None:
        """Go on with the answer of a turn."""

        def words() -> Iterator[Word]:
            self._talk.go_to(number)
            return self._talk.go_on(self._manner, seed=self._seed(), stop=self.stop)

        self._speak(words)

    def answer_again(
        self, number: int, *, prompt: str | None = None, kept: int = 0, word: str = ""
    ) -> None:
        """Another answer in the place of a turn: to another prompt, or with its first `kept` words
        and then `word`.
        """

        def words() -> Iterator[Word]:
            given = self._given(number, kept, word)
            seed = self._seed()
            return self._talk.answer_again(
                number, self._manner, prompt=prompt, given=given, seed=seed, stop=self.stop
            )

        self._speak(words)

    # Writing together -----------------------------------------------------------------------------

    def write(self, prompt: str) -> None:
        """Read `prompt` and leave the answer to the user."""
        self._run(lambda: self._talk.write(prompt, seed=self._seed()))

    def rewrite(self, number: int, kept: int, word: str = "") -> None:
        """A draft with the first `kept` words of a turn, and then `word`."""
        self._run(lambda: self._talk.rewrite(number, self._given(number, kept, word)))

    def end(self, number: int, place: int) -> None:
        """End the joke of a turn before the word at `place`."""
        self._run(lambda: self._talk.end(number, place))

    def look(self, number: int, place: int) -> None:
        """Post what the model would have said at `place` of a turn."""

        def job() -> None:
            state = self._talk.state_before(number, place)
            choices = self._talk.generator.next_words(state, CHOICES)
            self._post(Looked(self._talk.told[number], place, tuple(choices)))

        self._run(job)

    # Moving about ---------------------------------------------------------------------------------

    def rewind(self) -> None:
        """Take the last turn back."""
        self._run(lambda: self._talk.rewind())

    def go_to(self, number: int) -> None:
        """Go on from after this turn; what came later stays as an alternative."""
        self._run(lambda: self._talk.go_to(number))

    def show(self, number: int) -> None:
        """Take the way of this turn, to its latest end."""
        self._run(lambda: self._talk.show(number))

    def new_joke(self) -> None:
        """Begin another joke with the next prompt."""
        self._run(lambda: self._talk.new_joke())

    def new_chat(self) -> None:
        """Leave the talk, and begin another."""

        def job() -> None:
            self._talk.new_chat()
            self._recorder = self.talks.begin(self._talk)

        self._run(job)

    def reopen(self, name: str) -> None:
        """Leave the talk, and go on with a kept one."""

        def job() -> None:
            self._recorder = self.talks.reopen(name, self._talk)

        self._run(job)

    # ----------------------------------------------------------------------------------------------

    @property
    def _talk(self) -> Conversation:
        assert self.conversation is not None, "nobody to talk to yet"
        return self.conversation

    @property
    def _kept(self) -> Recorder:
        assert self._recorder is not None, "nobody to talk to yet"
        return self._recorder

    def _seed(self) -> int | None:
        """A chosen seed gives the same talk again, and another answer when asked again."""
        if self._first_seed is None:
            return None
        return (self._first_seed + len(self._talk.told)) % 2**32

    def _given(self, number: int, kept: int, word: str) -> Sequence[Word]:
        words = self._talk.told[number].words[:kept]
        return (*words, self._talk.word(number, kept, word)) if word else words

    def _speak(self, answer: Callable[[], Iterator[Word]]) -> None:
        def job() -> None:
            for word in self._kept.record(answer()):
                self._post(Told(word, self._talk.state.h))
                self.stop.wait(self._pause)  # wakes up at once when stopped

        self._run(job)

    def _run(self, job: Callable[[], object]) -> None:
        with self._lock:
            try:
                job()
                if self._recorder is not None:
                    self._recorder.save()
            except Exception as error:
                self._post(Failed(error))
            finally:
                talk = self.conversation
                self._post(
                    TalkOver(talk.turns, talk.alternatives(), talk.in_joke)
                    if talk
                    else TalkOver((), (), False)
                )

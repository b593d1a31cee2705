"""The talk, away from the screen's thread: jobs that compute and post, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual.message import Message

from jokebox.settings import Settings
from jokebox.tui.messages import Failed, TalkOver, Told

if TYPE_CHECKING:
    from jokebox.conversation import Conversation, Word
    from jokebox.lm.checkpoint import Checkpoint


class Talker:
    """Owns the conversation. Its jobs run in a worker thread, never two at once."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._lock = threading.Lock()
        self.conversation: Conversation | None = None
        self.stop = threading.Event()

    def take_over(self, checkpoint: Checkpoint) -> None:
        """Let another model, or newer weights, go on with the talk."""
        from jokebox.conversation import Conversation
        from jokebox.lm.evaluation import Novelty
        from jokebox.lm.generator import Generator

        def job() -> None:
            generator, before = Generator(checkpoint), self.conversation
            same = before is not None and before.generator.checkpoint.corpus == checkpoint.corpus
            novelty = None if same else Novelty(checkpoint.corpus.training)
            if before is None:
                self.conversation = Conversation(generator, novelty)
            else:
                before.change_generator(generator, novelty)

        self._run(job)

    def say(self, prompt: str, settings: Settings) -> None:
        """Answer `prompt`, word by word."""
        self._run(
            lambda: self._speak(self._talk.say(prompt, settings.manner, stop=self.stop), settings)
        )

    def regenerate(self, settings: Settings) -> None:
        """Answer the last prompt again."""
        talk = self._talk
        assert talk.last is not None, "nothing to answer again"
        words = talk.answer_again(talk.last, settings.manner, stop=self.stop)
        self._run(lambda: self._speak(words, settings))

    def rewind(self) -> None:
        """Take the last turn back."""
        self._run(self._talk.rewind)

    def new_joke(self) -> None:
        """Begin another joke with the next prompt."""
        self._run(self._talk.new_joke)

    def new_chat(self) -> None:
        """Forget the talk."""
        self._run(self._talk.new_chat)

    @property
    def _talk(self) -> Conversation:
        assert self.conversation is not None, "nobody to talk to yet"
        return self.conversation

    def _speak(self, words: Iterator[Word], settings: Settings) -> None:
        delay = 1 / settings.words_per_second if settings.words_per_second else 0
        for word in words:
            self._post(Told(word.text))
            self.stop.wait(delay)  # wakes up at once when stopped

    def _run(self, job: Callable[[], object]) -> None:
        with self._lock:
            try:
                job()
            except Exception as error:
                self._post(Failed(error))
            finally:
                talk = self.conversation
                self._post(TalkOver(talk.turns if talk else (), bool(talk and talk.in_joke)))

"""Which job of the talk comes next. Nothing of Textual is in here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

Job = Callable[[], object]  # starts the work, or does it at once


class Agenda:
    """Hold what is to be done with the talk, and give it out one job at a time, in this order.

    1. what the user wants done with a turn, so that a key does what it says
    2. another model or newer weights, so that the next answer comes from them
    3. prompts, in the order they were typed
    4. a look at the words that could be at the cursor: only the last one asked for
    """

    def __init__(self) -> None:
        self.has_model = False  # whether there is anybody to talk to
        self.busy = False
        self.answering = False
        self._action: Job | None = None
        self._weights: Job | None = None
        self._prompts: deque[Job] = deque()
        self._look: Job | None = None

    @property
    def idle(self) -> bool:
        """Whether there is a model, and nothing is under way."""
        return self.has_model and not self.busy

    @property
    def prompts_wait(self) -> bool:
        """Whether prompts wait to be answered."""
        return bool(self._prompts)

    def act(self, action: Job) -> None:
        """Do this with a turn, unless an answer is under way: the talk may be another after it."""
        if not self.answering:
            self._action = action

    def take_over(self, weights: Job) -> None:
        """Let these weights take over; those that wait already are out of date."""
        self._weights = weights

    def prompt(self, prompt: Job) -> None:
        """Answer this prompt after those before it."""
        self._prompts.append(prompt)

    def look(self, look: Job) -> None:
        """Look at one place in the talk, instead of any place that waits to be looked at."""
        self._look = look

    def begin(self, *, answering: bool) -> None:
        """Note that a job is under way: nothing is given out until `done`."""
        self.busy, self.answering = True, answering

    def done(self, *, has_model: bool) -> None:
        """Note that the job under way has ended."""
        self.busy = self.answering = False
        self.has_model = has_model

    def next(self) -> Job | None:
        """Take and return the job to start now; None if one is under way or none waits."""
        if self.busy:
            return None
        if self._action is not None and self.has_model:
            action, self._action = self._action, None
            return action
        if self._weights is not None:
            weights, self._weights = self._weights, None
            return weights
        if self._prompts and self.has_model:
            return self._prompts.popleft()
        look, self._look = self._look, None
        return look

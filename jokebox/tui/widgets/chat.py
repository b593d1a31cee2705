"""Talking: the talk, the prompt below it, and one job of the talk after another."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.reactive import var
from textual.widgets import Input

from jokebox.lm.text import normalise
from jokebox.tui import deeds
from jokebox.tui.messages import PanelWanted, TalkOver, Told
from jokebox.tui.talker import Talker
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.prompt import Prompt
from jokebox.tui.widgets.tips import Tips

if TYPE_CHECKING:
    from jokebox.conversation import Turn
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.settings import Settings
    from jokebox.tui.widgets.turn import TurnView

WAITING = "  waits for its first words: it is still learning"
NOBODY = "  waits until a model is trained: ctrl+r"
LATER = "  waits its turn"


def _bind(key: str, action: str, description: str, tooltip: str, **how: Any) -> Binding:
    return Binding(key, action, description, tooltip=tooltip, id=action, **how)


class Chat(Vertical):
    """The talker computes in a worker; its messages are handled here, and shown."""

    BINDINGS = [
        _bind("escape", "stop_answer", "Stop", "Stop the answer; the joke can go on"),
        _bind("ctrl+o", "new_joke", "New joke", "The next prompt begins another joke"),
        _bind("ctrl+n", "new_chat", "New chat", "Forget the talk and begin from a fresh state"),
        _bind("ctrl+g", "again", "Again", "Answer the last prompt again, from the same state"),
        # the prompt would delete a word
        _bind("ctrl+f", "mark", "Mark", "Mark the last joke, or take its mark", priority=True),
        _bind("ctrl+b", "rewind", "Rewind", "Take the last turn back, state and all"),
        _bind("ctrl+y", "write", "Write", "Write the answer with the model, word by word"),
        _bind("escape", "leave_talk", "Prompt", "Back to the prompt"),
    ]

    waits: var[bool] = var(True)  # nobody to talk to yet

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.talker = Talker(self.post_message)
        self.talker.follow(settings)
        self.turns: tuple[Turn, ...] = ()
        self.in_joke = False
        self.alternatives: tuple[tuple[int, ...], ...] = ()
        self._newer: Checkpoint | None = None  # takes over between turns
        self._waiting: list[TurnView] = []
        self._speaking: TurnView | None = None
        self._looking: tuple[int, int] | None = None  # a turn and a place, to be looked into
        self._deed: partial[None] | None = None  # waits for a look to be over
        self._busy = False

    def compose(self) -> ComposeResult:
        yield ConversationView()
        yield Tips()
        yield Prompt()

    def on_mount(self) -> None:
        self.view = self.query_one(ConversationView)
        self._prompt = self.query_one(Prompt)
        self._prompt.focus()

    @property
    def idle(self) -> bool:
        """Whether nothing of the talk is under way."""
        return not self._busy and not self.waits

    def take_over(self, checkpoint: Checkpoint) -> None:
        """Talk to this model from the next turn on."""
        self._newer = checkpoint
        self._next()

    def reopen(self, name: str) -> None:
        """Go on with a kept talk."""
        self._when_idle(partial(self.work, partial(self.talker.reopen, name)))

    def wait_for_training(self) -> None:
        """Nobody is learning to talk, either."""
        for view in self._waiting:
            view.wait(NOBODY)

    # Jobs -----------------------------------------------------------------------------------------

    def _next(self) -> None:
        """The next job of the talk, where none is under way."""
        if self._busy:
            return
        if self._deed is not None:
            deed, self._deed = self._deed, None
            deed()
            self._next()
        elif self._newer is not None:
            checkpoint, self._newer = self._newer, None
            self.work(partial(self.talker.take_over, checkpoint))
        elif self._waiting and not self.waits:
            view = self._waiting.pop(0)
            view.remove_class("-waiting")
            view.restart()
            self.speak(view, partial(self.talker.say, view.prompt))
        elif self._looking is not None:
            number, place = self._looking
            self._looking = None
            self.work(partial(self.talker.look, number, place))

    def _when_idle(self, deed: partial[None]) -> None:
        """Do it now, or as soon as the look into a word is over; not in the middle of an answer."""
        if self.idle:
            deed()
        elif self._speaking is None:
            self._deed = deed

    def speak(self, view: TurnView, job: partial[None]) -> None:
        """Let the talker answer in this turn; only where the chat is idle."""
        self._speaking = view
        self.view.select(None)
        self.talker.stop.clear()
        self.work(job)

    def work(self, job: partial[None]) -> None:
        """Let the talker do this; only where the chat is idle."""
        self._busy = True
        self._expect()
        self.run_worker(job, thread=True, group="talk", exit_on_error=False)

    def on_told(self, message: Told) -> None:
        if self._speaking is not None:
            self._speaking.append(message.word)

    def on_talk_over(self, message: TalkOver) -> None:
        self._busy, self._speaking = False, None
        self.waits = self.talker.conversation is None
        self.turns, self.in_joke = message.turns, message.in_joke
        self.alternatives = message.alternatives
        self.view.settle(message.turns, message.alternatives)
        if self._drafting:
            self.view.focus()
            self.view.select(self.view.turns[-1], len(self.turns[-1].words))
        elif self.view.has_focus:
            self.view.on_focus()
        self._expect()
        self._next()

    @property
    def _drafting(self) -> bool:
        return bool(self.turns) and self.turns[-1].draft and not self._waiting

    def _expect(self) -> None:
        self._prompt.expect(in_joke=self.in_joke, speaking=self._speaking is not None)
        self.refresh_bindings()

    # The prompt -----------------------------------------------------------------------------------

    @on(Input.Submitted, "#prompt")
    def _submitted(self, event: Input.Submitted) -> None:
        text = normalise(event.value)
        event.input.clear()
        if self._prompt.edited is not None:
            number = self._prompt.edited.number
            self._prompt.edited = None
            self._when_idle(partial(deeds.answer_again, self, number, prompt=text))
            return
        remark = WAITING if self.waits else LATER if self._busy else ""
        view = self.view.add(text, waiting=remark)
        view.add_class("-waiting")
        self._waiting.append(view)
        self._next()

    @on(events.DescendantFocus, "#prompt")
    def _prompt_focused(self) -> None:
        if self._speaking is None:
            self.view.select(None)

    def action_stop_answer(self) -> None:
        self.talker.stop.set()

    def action_leave_talk(self) -> None:
        self._prompt.leave()
        self._prompt.focus()

    def action_new_joke(self) -> None:
        self.work(partial(self.talker.new_joke))

    def action_new_chat(self) -> None:
        self.work(partial(self.talker.new_chat))

    def action_rewind(self) -> None:
        self.work(partial(self.talker.rewind))

    def action_again(self) -> None:
        deeds.again(self, self.turns[-1])

    def action_mark(self) -> None:
        deeds.mark(self, self.turns[-1])

    def action_write(self) -> None:
        text = normalise(self._prompt.value)
        self._prompt.clear()
        self.view.add(text)
        self.post_message(PanelWanted("word"))
        self.work(partial(self.talker.write, text))

    # What can be done with a turn -----------------------------------------------------------------

    def on_conversation_view_wanted(self, message: ConversationView.Wanted) -> None:
        self._when_idle(partial(deeds.DEEDS[message.deed], self, message.turn))

    def look(self, turn: Turn, place: int) -> None:
        """Ask what could have been said at `place` of the answer of `turn`."""
        self._looking = turn.number, place
        self._next()

    def take(self, text: str) -> None:
        """Let this word stand at the cursor, and go on from there; an empty one ends the joke."""
        view = self.view.selected
        if view is not None and view.turn is not None and view.place is not None:
            self._when_idle(partial(deeds.take, self, view.turn, view.place, text))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The footer and the palette show what can be done now."""
        away = self.is_mounted and not self._prompt.has_focus
        possible = {
            "stop_answer": self._speaking is not None,
            "leave_talk": self._speaking is None and (away or self._prompt.edited is not None),
            "new_joke": self.idle and self.in_joke,
            "new_chat": self.idle and bool(self.turns),
            "again": self.idle and bool(self.turns) and not away,
            "mark": self.idle and any(turn.joke for turn in self.turns[-1:]) and not away,
            "rewind": self.idle and bool(self.turns),
            "write": self.idle and not away,
        }
        return possible.get(action, True)

"""The talk and the prompt below it: what the user asks of the talk, and what happens in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from jokebox.errors import JokeboxError
from jokebox.formatting import with_own_keys
from jokebox.tui.agenda import Agenda, Job
from jokebox.tui.keys import bind
from jokebox.tui.messages import ShowPanel, TalkChanged, TalkEvent, TypeWord
from jokebox.tui.screens.dialog import TaskFailed
from jokebox.tui.talker import Talker
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.prompt import Prompt
from jokebox.tui.widgets.tips import Tips

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.settings import Settings
    from jokebox.talk.turns import Alternative, Turn
    from jokebox.tui.widgets.turn import TurnView

FIRST_WORDS = "  waits for the first words of the model"  # which is being opened, or learns
NO_MODEL = "  waits until a model is trained: ctrl+r"
TAKE_TURNS = "Tell a joke in turns, a sentence each; or whole jokes again"
TURNS = "It stops after each sentence, and you go on."
WHOLE_JOKES = "It tells whole jokes."
LATER = "  waits for the answer before it"


class Chat(Vertical):
    """Show the talk. The talker computes in a worker; its messages are handled here.

    The agenda says which job of the talk is next. Each job ends with a `TalkChanged`.
    """

    BINDINGS = [
        bind("escape", "stop_answer", "Stop", "Stop the answer; the joke can be continued"),
        bind("ctrl+o", "new_joke", "New joke", "Let the next prompt begin another joke"),
        bind(
            "ctrl+n",
            "new_talk",
            "New talk",
            "Begin another talk, from a fresh state",
            id="new_chat",
        ),
        bind("ctrl+g", "again", "Again", "Answer the last prompt again, from the same state"),
        # priority: in the prompt the key would delete a word
        bind("ctrl+f", "mark", "Favourite", "Add the last joke, or remove it", priority=True),
        bind("ctrl+b", "rewind", "Rewind", "Take the last turn back, state and all"),
        bind("ctrl+y", "write", "Write", "Write the answer with the model, word by word"),
        # priority: in the prompt the key would go to its end
        bind("ctrl+e", "take_turns", "Take turns", TAKE_TURNS, priority=True),
        bind("escape", "leave_talk", "Prompt", "Back to the prompt"),
    ]

    def __init__(self, settings: Settings, own_keys: Mapping[str, str]) -> None:
        super().__init__()
        self._own_keys = own_keys
        self.view, self.prompt = ConversationView(), Prompt()
        self.talker = Talker(self.post_message)
        self.talker.follow(settings)
        self.agenda = Agenda()
        self.turns: tuple[Turn, ...] = ()
        self.alternatives: tuple[tuple[Alternative, ...], ...] = ()
        self.in_joke = False
        self._answered: TurnView | None = None  # the turn whose answer is under way

    def compose(self) -> ComposeResult:
        yield self.view
        yield Tips(self._own_keys)
        yield self.prompt

    @property
    def idle(self) -> bool:
        """Whether there is a model, and no job of the talk is under way."""
        return self.agenda.idle

    @property
    def awaits_word(self) -> bool:
        """Whether the user waits for the first word of an answer."""
        answered = self._answered
        return self.agenda.prompts_wait or (answered is not None and not answered.has_words)

    # From the app ---------------------------------------------------------------------------------

    def take_over(self, checkpoint: Checkpoint) -> None:
        """Talk to this model from the next turn on."""
        self.agenda.take_over(lambda: self._work(partial(self.talker.take_over, checkpoint)))
        self._start_next()

    def follow(self, settings: Settings) -> None:
        """Talk as `settings` say, from the next word on."""
        self.talker.follow(settings)
        self._refresh_prompt()
        self.view.report_cursor()  # other words are likely now

    def reopen(self, name: str) -> None:
        """Continue a kept talk."""
        self._act(lambda: self._work(partial(self.talker.reopen, name)))

    def wait_for_training(self) -> None:
        """Say that no model is there, and none is being trained."""
        for view in self.view.waiting:
            view.wait(with_own_keys(NO_MODEL, self._own_keys))

    # Jobs of the talk -----------------------------------------------------------------------------

    def _start_next(self) -> None:
        while (job := self.agenda.next()) is not None:
            job()

    def _act(self, action: Job) -> None:
        self.agenda.act(action)
        self._start_next()

    def _answer(self, view: TurnView, job: Callable[[], None]) -> None:
        """Start a job that answers in this turn."""
        self._answered = view
        self.view.select(None)
        self.talker.stop.clear()
        self._work(job, answering=True)

    def _work(self, job: Callable[[], None], *, answering: bool = False) -> None:
        """Start a job of the talker in a worker."""
        self.agenda.begin(answering=answering)
        self._refresh_prompt()
        self.run_worker(job, thread=True, group="talk", exit_on_error=False)

    def on_talk_event(self, message: TalkEvent) -> None:
        if self._answered is not None:
            self._answered.show_event(message.event)

    def on_talk_changed(self, message: TalkChanged) -> None:
        self._answered = None
        self.agenda.done(has_model=self.talker.conversation is not None)
        self.turns, self.in_joke = message.turns, message.in_joke
        self.alternatives = message.alternatives
        self.view.settle(message.turns, message.alternatives)
        if self.turns and self.turns[-1].written and not self.agenda.prompts_wait:
            self.view.focus()  # the user writes the answer: the cursor is after its last word
            self.view.select(self.view.turns[-1], len(self.turns[-1].words))
        elif self.view.has_focus:
            self.view.on_focus()
        self._refresh_prompt()
        self._start_next()

    def _refresh_prompt(self) -> None:
        self.prompt.expect(
            in_joke=self.in_joke,
            answering=self._answered is not None,
            take_turns=self.talker.settings.take_turns,
        )
        self.refresh_bindings()

    # The prompt -----------------------------------------------------------------------------------

    @on(Input.Submitted, "#prompt")
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if self.prompt.edited is not None:
            number = self.prompt.edited.number
            self.prompt.edited = None
            self._act(lambda: self._answer_again(number, prompt=text))
            return
        waits = LATER if self.agenda.has_model else FIRST_WORDS
        view = self.view.add(text, waiting="" if self.idle else waits)
        view.add_class("-waiting")
        self.agenda.prompt(lambda: self._say(view))
        self._start_next()

    def _say(self, view: TurnView) -> None:
        view.remove_class("-waiting")
        view.restart()
        self._answer(view, partial(self.talker.say, view.prompt))

    @on(events.DescendantFocus, "#prompt")
    def _prompt_focused(self) -> None:
        if self._answered is None:
            self.view.select(None)

    def action_stop_answer(self) -> None:
        self.talker.stop.set()

    def action_leave_talk(self) -> None:
        self.prompt.leave()
        self.prompt.focus()

    def action_new_joke(self) -> None:
        self._work(self.talker.new_joke)

    def action_new_talk(self) -> None:
        self._work(self.talker.new_talk)

    def action_rewind(self) -> None:
        self._work(self.talker.rewind)

    def action_again(self) -> None:
        self._answer_again(self.turns[-1].number)

    def action_mark(self) -> None:
        self._mark(self.turns[-1])

    def action_take_turns(self) -> None:
        from jokebox.tui.widgets.manner_panel import MannerPanel

        take_turns = not self.talker.settings.take_turns
        self.post_message(MannerPanel.Changed(replace(self.talker.settings, take_turns=take_turns)))
        self.notify(TURNS if take_turns else WHOLE_JOKES, timeout=4)

    def action_write(self) -> None:
        text = self.prompt.value.strip()
        self.prompt.clear()
        self.view.add(text)
        self.post_message(ShowPanel("word"))
        self._work(partial(self.talker.write, text))

    # What can be done with a turn -----------------------------------------------------------------

    def on_conversation_view_action_requested(
        self, message: ConversationView.ActionRequested
    ) -> None:
        actions: dict[str, Callable[[Turn], None]] = {
            "copy": self._copy,
            "mark": self._mark,
            "again": lambda turn: self._answer_again(turn.number),
            "continue": self._continue,
            "edit": self.prompt.edit,
            "branch": self._branch,
            "before": lambda turn: self._show_alternative(turn, -1),
            "after": lambda turn: self._show_alternative(turn, 1),
            "undo": self._undo_word,
            "type": self._type_word,
            "source": self._show_source,
        }
        self._act(lambda: actions[message.action](message.turn))

    def _copy(self, turn: Turn) -> None:
        self.app.copy_to_clipboard(turn.joke)
        self.notify("Copied.", timeout=2)

    def _mark(self, turn: Turn) -> None:
        """Add the joke to the favourites, or remove it if it is shown as one."""
        from jokebox.talk.favourites import Favourites, favourite

        favourites = Favourites()
        joke = favourite(self.turns[: self.turns.index(turn) + 1], self.talker.model)
        try:
            if joke.text in self.view.favourites:
                favourites.remove(joke.text)
            else:
                favourites.add(joke)
        except JokeboxError as error:
            self.post_message(TaskFailed(error))
        self.view.load_favourites()

    def _continue(self, turn: Turn) -> None:
        if turn.written:
            self._answer_again(turn.number, words=len(turn.words))
            return
        self.view.cut(turn.number)
        view = self.view.add("")
        view.restart()
        self._answer(view, partial(self.talker.continue_answer, turn.number))

    def _branch(self, turn: Turn) -> None:
        self._work(partial(self.talker.go_to, turn.number))
        self.action_leave_talk()

    def _show_alternative(self, turn: Turn, by: int) -> None:
        all_of_them = next(others for others in self.alternatives if turn.number in others)
        other = all_of_them[(all_of_them.index(turn.number) + by) % len(all_of_them)]
        if isinstance(other, tuple):
            self._work(partial(self.talker.tell_draft, *other))
        else:
            self._work(partial(self.talker.show, other))

    def _undo_word(self, turn: Turn) -> None:
        self._work(partial(self.talker.rewrite, turn.number, len(turn.words) - 1))

    def _type_word(self, turn: Turn) -> None:
        self.post_message(TypeWord())

    def _show_source(self, turn: Turn) -> None:
        assert turn.copied is not None, "the action is off if nothing was copied"
        from jokebox.tui.screens.source import SourceScreen  # not before the first frame

        self.app.push_screen(SourceScreen(turn.joke, turn.copied))

    def _answer_again(
        self, number: int, *, prompt: str | None = None, words: int = 0, word: str = ""
    ) -> None:
        """Answer a turn again: another prompt, or from the first `words` and then `word`."""
        view = self.view.cut(number)
        view.restart(prompt, words)
        again = self.talker.answer_again
        self._answer(view, partial(again, number, prompt=prompt, words=words, word=word))

    # A word of a turn -----------------------------------------------------------------------------

    def find_choices(self, turn: Turn, place: int) -> None:
        """Ask which words could be at `place` of the answer of `turn`."""
        find = partial(self.talker.find_choices, turn.number, place)
        self.agenda.look(lambda: self._work(find))
        self._start_next()

    def look_inside(self, turn: Turn | None, place: int) -> None:
        """Ask what the LSTM remembers at each word, and what it does at one of `turn`."""
        look = partial(self.talker.look_inside, turn.number if turn else None, place)
        self.agenda.look(lambda: self._work(look))
        self._start_next()

    def choose_word(self, text: str) -> None:
        """Take this word at the cursor, and continue from there; an empty one ends the joke."""
        view = self.view.selected
        if view is not None and view.turn is not None and view.place is not None:
            turn, place = view.turn, view.place
            self._act(lambda: self._choose_word(turn, place, text))

    def _choose_word(self, turn: Turn, place: int, text: str) -> None:
        if not text:
            self._work(partial(self.talker.end, turn.number, place))
        elif turn.written:
            self._work(partial(self.talker.rewrite, turn.number, place, text))
        else:
            self._answer_again(turn.number, words=place, word=text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether the action is possible now: the key bar and the palette show it then."""
        away = self.is_mounted and not self.prompt.has_focus
        answering = self._answered is not None
        possible = {
            "stop_answer": answering,
            "leave_talk": not answering and (away or self.prompt.edited is not None),
            "new_joke": self.idle and self.in_joke,
            "new_talk": self.idle and bool(self.turns),
            "again": self.idle and bool(self.turns) and not away,
            "mark": self.idle and any(turn.joke for turn in self.turns[-1:]) and not away,
            "rewind": self.idle and bool(self.turns) and not away,
            "write": self.idle and not away,
        }
        return possible.get(action, True)

"""What can be done with a turn of the talk, each a function of the chat and the turn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from jokebox.errors import JokeboxError
from jokebox.tui.messages import Failed
from jokebox.tui.screens.source import SourceScreen
from jokebox.tui.widgets.prompt import Prompt
from jokebox.tui.widgets.word_panel import WordPanel

if TYPE_CHECKING:
    from jokebox.conversation import Turn
    from jokebox.tui.widgets.chat import Chat


def copy(chat: Chat, turn: Turn) -> None:
    chat.app.copy_to_clipboard(turn.joke)
    chat.notify("Copied.", timeout=2)


def mark(chat: Chat, turn: Turn) -> None:
    """Keep the joke as a favourite, or take the mark that is seen on it."""
    from jokebox.favourites import Favourites, favourite

    favourites = Favourites()
    turns = chat.turns[: chat.turns.index(turn) + 1]
    joke = favourite(turns, chat.talker.model)
    try:
        if joke.text in chat.view.marks:
            favourites.remove(joke.text)
        else:
            favourites.add(joke)
    except JokeboxError as error:
        chat.post_message(Failed(error))
    chat.view.look_at_marks()


def again(chat: Chat, turn: Turn) -> None:
    answer_again(chat, turn.number)


def go_on(chat: Chat, turn: Turn) -> None:
    if turn.draft:
        answer_again(chat, turn.number, kept=len(turn.words))
        return
    chat.view.cut(turn.number)
    view = chat.view.add("")
    view.restart()
    chat.speak(view, partial(chat.talker.go_on, turn.number))


def edit(chat: Chat, turn: Turn) -> None:
    chat.query_one(Prompt).edit(turn)


def branch(chat: Chat, turn: Turn) -> None:
    chat.work(partial(chat.talker.go_to, turn.number))
    chat.action_leave_talk()


def before(chat: Chat, turn: Turn) -> None:
    _flip(chat, turn, -1)


def after(chat: Chat, turn: Turn) -> None:
    _flip(chat, turn, 1)


def undo(chat: Chat, turn: Turn) -> None:
    chat.work(partial(chat.talker.rewrite, turn.number, len(turn.words) - 1))


def type_word(chat: Chat, turn: Turn) -> None:
    chat.screen.query_one(WordPanel).type()


def source(chat: Chat, turn: Turn) -> None:
    assert turn.copied is not None
    chat.app.push_screen(SourceScreen(turn.joke, turn.copied))


def _flip(chat: Chat, turn: Turn, by: int) -> None:
    others = next(others for others in chat.alternatives if turn.number in others)
    other = others[(others.index(turn.number) + by) % len(others)]
    chat.work(partial(chat.talker.show, other))


def take(chat: Chat, turn: Turn, place: int, text: str) -> None:
    """Let this word stand at `place` of the answer; an empty one ends the joke there."""
    if not text:
        chat.work(partial(chat.talker.end, turn.number, place))
    elif turn.draft:
        chat.work(partial(chat.talker.rewrite, turn.number, place, text))
    else:
        answer_again(chat, turn.number, kept=place, word=text)


def answer_again(
    chat: Chat, number: int, *, prompt: str | None = None, kept: int = 0, word: str = ""
) -> None:
    """Another answer in the place of a turn."""
    view = chat.view.cut(number)
    view.restart(prompt, kept, word)
    again = chat.talker.answer_again
    chat.speak(view, partial(again, number, prompt=prompt, kept=kept, word=word))


DEEDS: dict[str, Callable[[Chat, Turn], None]] = {
    "copy": copy,
    "mark": mark,
    "again": again,
    "go_on": go_on,
    "edit": edit,
    "branch": branch,
    "before": before,
    "after": after,
    "undo": undo,
    "type": type_word,
    "source": source,
}

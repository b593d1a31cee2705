from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from jokebox.settings import Settings, save_settings
from jokebox.tui.app import JokeboxApp
from jokebox.tui.chat import Chat
from jokebox.tui.keys import bind
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.prompt import Prompt
from tests.small import endless, shelve
from tests.tui.stage import open_app

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
EVERYWHERE: tuple[type[DOMNode], ...] = (Chat, MainScreen, JokeboxApp)
FOCUSED: tuple[type[DOMNode], ...] = (Prompt, ConversationView)


def bindings(*classes: type[DOMNode]) -> list[Binding]:
    own = chain.from_iterable(one.__dict__["BINDINGS"] for one in classes)
    return [binding for binding in own if isinstance(binding, Binding)]


def test_the_id_of_a_key_is_its_action_unless_it_has_one_of_its_own() -> None:
    assert bind("f1", "help", "Help", "What is here").id == "help"
    binding = bind("f3", "show('learning')", "Learning", "How it learns", id="learning")
    assert (binding.action, binding.id) == ("show('learning')", "learning")


@pytest.mark.parametrize("focused", FOCUSED)
def test_an_id_names_one_key_of_all_that_can_be_active_at_once(focused: type[DOMNode]) -> None:
    ids = [binding.id for binding in bindings(focused, *EVERYWHERE) if binding.id]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("focused", FOCUSED)
def test_a_key_does_one_thing_unless_its_actions_exclude_each_other(
    focused: type[DOMNode],
) -> None:
    several = [("escape", {"stop_answer", "leave_talk", "leave_panel"})]
    several += [("ctrl+t", {"stop_training", "resume"}), ("ctrl+s", {"pause", "unpause"})]
    actions: dict[str, set[str]] = {}
    for binding in bindings(focused, *EVERYWHERE):
        for key in binding.key.split(","):
            actions.setdefault(key, set()).add(binding.action)
    if focused is ConversationView:  # those of the prompt are off in the talk
        several += [("enter", {"do('edit')", "do('type')"}), ("ctrl+f", {"mark", "do('mark')"})]
        several += [("ctrl+g", {"again", "do('again')"}), ("ctrl+b", {"rewind", "do('branch')"})]
    shared = {key: found for key, found in actions.items() if len(found) > 1}
    assert shared == dict(several)


def test_no_letter_is_a_key_where_one_types() -> None:
    for binding in bindings(ConversationView, Prompt, *EVERYWHERE):
        assert not (len(binding.key) == 1 and binding.key.isalpha()), binding.key


def test_every_key_reaches_every_terminal() -> None:
    usual = re.compile(
        r"ctrl\+[a-z]|f[1-9]|escape|enter|backspace|up|down|left|right|\d|\w+_bracket"
    )
    for binding in bindings(ConversationView, Prompt, *EVERYWHERE):
        assert usual.fullmatch(binding.key), binding.key


@pytest.mark.parametrize("focused", FOCUSED)
def test_every_key_with_an_id_says_in_full_what_it_does(focused: type[DOMNode]) -> None:
    for binding in bindings(focused, *EVERYWHERE):
        if binding.id:
            assert binding.tooltip, f"{binding.id} is missing in the help"


def test_the_readme_lists_every_key_of_the_main_screen() -> None:
    rows = README.partition("## Keys")[2].partition("## Commands")[0].splitlines()
    listed = {
        key.strip()
        for row in rows
        if row.startswith("| ")
        for key in row[1:].split("|")[0].split(",")
    }
    keys = {binding.key for binding in bindings(*EVERYWHERE)}
    assert {key.replace("escape", "esc") for key in keys} <= listed


async def test_a_user_gives_an_action_keys_of_their_own(settings: Settings) -> None:
    save_settings(replace(settings, keys={"rewind": "f10,f11"}))
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say("Why did the cow", "Why did the owl")
        await stage.sees("f10 Rewind")
        for turns, key in ((1, "f10"), (0, "f11")):
            await stage.pilot.press(key)
            await stage.settled(turns)


async def test_tips_and_help_name_keys_as_they_are(settings: Settings) -> None:
    save_settings(replace(settings, keys={"tips": "f12", "word": "f11"}))
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.pilot.press("f12", "f12")
        await stage.sees("f11 shows how sure it was")
        await stage.pilot.press("f1", "pagedown")
        await stage.sees("Why this word (f11)")


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"agian": "f10"}, "no action is called agian"),
        ({"again": "ctrl+g,f5"}, "f5 is a key of both"),
    ],
)
async def test_what_is_wrong_with_the_keys_is_told(
    settings: Settings, keys: dict[str, str], problem: str
) -> None:
    save_settings(replace(settings, keys=keys))
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.sees(problem)

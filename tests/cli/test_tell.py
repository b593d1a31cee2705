from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from jokebox.library import Library
from tests import small
from tests.cli.shell import PATIENCE, ROOT, shell, start

pytestmark = pytest.mark.usefixtures("farm")
PROMPT = "Why did the cow"


def tell(*arguments: str, given: str = "") -> list[dict[str, Any]]:
    """Return what `jokebox tell --json` prints."""
    said = shell("tell", "--json", *arguments, given=given)
    assert said.returncode == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]


def test_a_joke_begins_with_the_prompt() -> None:
    said = shell("tell", PROMPT)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(f"{PROMPT} ")
    assert said.stdout.count("\n") == 1


def test_the_same_seed_tells_the_same_jokes_and_another_seed_others() -> None:
    first, again, other = (shell("tell", "-n", "3", "--seed", seed).stdout for seed in "112")
    assert first == again != other


def test_each_of_many_jokes_is_a_new_talk_with_the_next_seed() -> None:
    jokes = tell(PROMPT, "-n", "3", "--seed", "5")
    assert [joke["seed"] for joke in jokes] == [5, 6, 7]
    assert jokes[2] == tell(PROMPT, "--seed", "7")[0]


def test_a_seed_that_was_drawn_is_reported_so_that_the_joke_can_be_told_again() -> None:
    (joke,) = tell(PROMPT)
    assert tell(PROMPT, "--seed", str(joke["seed"])) == [joke]


def test_json_has_every_word_with_its_bits() -> None:
    (joke,) = tell(PROMPT, "--seed", "1")
    assert joke["prompt"] == PROMPT
    assert "".join(word["word"] for word in joke["words"]).strip() == joke["text"]
    assert all(word["bits"] >= 0 for word in joke["words"])
    assert joke["ended"] in ("end-of-joke", "limit")


def test_json_says_whether_the_joke_is_recited() -> None:
    (joke,) = tell(small.jokes()[0].removesuffix("."), "--words", "1", "--temperature", "0")
    copied = len(Library().load("farm").corpus.training[0].split())
    assert isinstance(joke["recited"], bool)
    assert 0 < joke["longest_copied_run"] <= copied


def test_the_word_limit_ends_an_answer() -> None:
    (joke,) = tell(PROMPT, "--words", "2", "--seed", "1")
    assert (joke["ended"], len(joke["text"].split())) == ("limit", 2)


def test_lines_of_stdin_are_turns_of_one_talk() -> None:
    cut = ("--words", "1", "--seed", "3", "--temperature", "0")
    talked = tell("-", *cut, given=f"{PROMPT}\ncross the\n")
    alone = tell("cross the", *cut)
    assert [turn["prompt"] for turn in talked] == [PROMPT, "cross the"]
    assert talked[1]["words"] != alone[0]["words"]


def test_a_line_is_answered_before_the_next_is_read() -> None:
    with start("tell", "-") as talk:
        assert talk.stdin is not None
        assert talk.stdout is not None
        for line in (PROMPT, "What is"):
            talk.stdin.write(f"{line}\n")
            talk.stdin.flush()
            assert talk.stdout.readline().startswith(line)
        assert talk.communicate(timeout=PATIENCE) == ("", "")
        assert talk.returncode == 0


def test_words_are_written_as_they_come_until_ctrl_c() -> None:
    small.shelve("owl", small.endless())
    # at this pace the answer takes more than an hour
    with start("tell", PROMPT, "--model", "owl", "--pace", "2", "--words", "10000") as telling:
        assert telling.stdout is not None
        told = ""
        while len(told.split()) < len(PROMPT.split()) + 3:
            piece = os.read(telling.stdout.fileno(), 1000).decode(errors="replace")
            assert piece, "it ended too early"
            told += piece
        assert told.startswith(PROMPT)
        assert len(told.split()) < 1000
        telling.send_signal(signal.SIGINT)
        telling.communicate(timeout=PATIENCE)
        assert telling.returncode == 130


def test_a_closed_pipe_ends_it_quietly() -> None:
    with start("tell", "-n", "10000") as telling:  # more than a pipe holds
        assert telling.stdout is not None
        assert telling.stderr is not None
        telling.stdout.readline()
        telling.stdout.close()
        assert telling.wait(timeout=PATIENCE) == -signal.SIGPIPE
        assert telling.stderr.read() == ""


@pytest.mark.parametrize("wrong", ["--temperature=-1", "--top-p=0", "--words=0", "--seed=-1"])
def test_a_value_out_of_range_is_wrong_usage(wrong: str) -> None:
    said = shell("tell", wrong)
    assert (said.returncode, said.stdout) == (2, "")
    assert wrong.partition("=")[0] in said.stderr


def test_hostile_prompts_are_made_harmless() -> None:
    said = shell("tell", "Why \x1b[31mdid\x07 the [/b]\u202ecow", "--words", "3")
    assert said.returncode == 0
    assert said.stdout.startswith("Why [31mdid the [/b]cow")


def test_an_option_that_is_not_given_comes_from_the_settings(farm: Path) -> None:
    config = farm / "config" / "settings.toml"
    config.parent.mkdir()
    config.write_text("word_limit = 1\ntemperature = 0.0\n")
    assert tell(PROMPT, "--seed", "1") == tell(PROMPT, "--words", "1", "--seed", "1")
    (joke,) = tell(PROMPT)
    assert len(joke["text"].split()) == 1


def test_without_a_model_it_says_how_to_get_one() -> None:
    Library().remove("farm")
    said = shell("tell")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("jokebox: no such model")
    assert "jokebox train" in said.stderr


def test_a_missing_model_is_an_error_that_names_those_that_exist() -> None:
    said = shell("tell", "--model", "circus")
    assert said.returncode == 1
    assert "'circus'" in said.stderr
    assert "farm" in said.stderr.splitlines()[1]


def test_telling_imports_neither_torch_nor_clevercsv() -> None:
    code = (
        "import sys; sys.argv = ['jokebox', 'tell', '--json', '--model', 'farm']\n"
        "from jokebox.__main__ import main\n"
        "try: main()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    with Popen([sys.executable, "-c", code], cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True) as run:
        modules = set(run.communicate(timeout=PATIENCE)[1].split())
    assert "numpy" in modules
    assert not modules & {"torch", "clevercsv", "textual", "requests", "tqdm"}

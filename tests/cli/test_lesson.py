from __future__ import annotations

from tests.cli.shell import shell


def test_without_a_terminal_the_lesson_says_so_in_one_line() -> None:
    said = shell("lesson")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == "jokebox: the screen needs a terminal; in scripts use `jokebox tell`\n"

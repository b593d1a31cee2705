from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import click
import pytest

from jokebox import paths
from jokebox.cli.options import load_model, load_settings_or_warn, number
from jokebox.errors import ModelError
from jokebox.library import Library
from jokebox.lm.config import RANGES, Range
from jokebox.lm.events import Ended
from jokebox.settings import Settings
from tests import small
from tests.cli.shell import shell


def convert(range: Range, text: str) -> Any:
    """Return the value that an option of this range has if a user types `text`."""
    return number(range).convert(cast(Any, text), None, None)


@pytest.mark.parametrize("range", RANGES.values(), ids=RANGES)
def test_an_option_takes_the_values_of_its_range(range: Range) -> None:
    assert convert(range, str(range.high)) == range.high
    for value in (range.low - 1, range.high + 1):
        with pytest.raises(click.BadParameter):
            convert(range, str(value))


def test_an_option_refuses_the_low_end_if_its_range_excludes_it() -> None:
    assert convert(Range(0, 1), "0") == 0
    with pytest.raises(click.BadParameter):
        convert(Range(0, 1, exclusive_low=True), "0")


def test_an_option_for_integers_refuses_a_fraction() -> None:
    with pytest.raises(click.BadParameter):
        convert(Range(1, 9, integer=True), "1.5")


def test_the_model_used_last_is_loaded_if_none_is_named() -> None:
    small.shelve("cow", small.untrained())
    small.shelve("owl", small.untrained())
    for last in ("cow", "owl"):
        assert load_model(None, last).name == last
        assert load_model("cow", last).name == "cow"


def test_settings_that_cannot_be_used_are_told_and_left_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = paths.settings_file()
    path.parent.mkdir(parents=True)
    path.write_text("top_k = = 3")
    assert load_settings_or_warn() == Settings()
    assert "the settings cannot be used, and the defaults are" in capsys.readouterr().err
    assert path.read_text() == "top_k = = 3"


def test_a_missing_model_is_an_error() -> None:
    with pytest.raises(ModelError):
        load_model("nothing", None)


def test_an_unfinished_model_is_loaded_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = replace(small.untrained(), name="farm")
    list(Library().record("farm", iter([Ended("stopped", 1.0, 2.5, "", checkpoint=stopped)])))
    assert not load_model("farm", None).finished
    out, err = capsys.readouterr()
    assert out == ""
    assert "farm" in err
    assert "40%" in err
    assert "jokebox train --resume" in err


@pytest.mark.usefixtures("farm")
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("jokebox tell --model f", "farm"),
        ("jokebox models show f", "farm"),
        ("jokebox train --corpus o", "originals"),
        ("jokebox train --preset ti", "tiny"),
        ("jokebox ev", "eval"),
    ],
)
def test_the_shell_completes_commands_and_names(typed: str, completed: str) -> None:
    said = shell(
        _JOKEBOX_COMPLETE="bash_complete",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(typed.split()) - 1),
    )
    assert said.stdout == f"plain,{completed}\n"

from __future__ import annotations

from pathlib import Path

import pytest

from jokebox.library import Library
from jokebox.settings import Settings, load_settings, save_settings
from jokebox.snapshots import take_snapshot
from tests.cli.shell import shell


@pytest.mark.usefixtures("farm")
def test_models_are_listed_shown_renamed_and_removed() -> None:
    save_settings(Settings(model="farm"))
    assert "farm" in shell("models").stdout
    assert shell("models", "list").stdout == shell("models").stdout
    shown, model = shell("models", "show", "farm").stdout, Library().load("farm")
    shape = f"{model.model.layers} x {model.model.hidden_size}"
    for fact in (f"{len(model.corpus.training)} training", shape, "per byte"):
        assert fact in shown
    assert shell("models", "rename", "farm", "stable").returncode == 0
    assert load_settings().model == "stable"
    assert [entry.name for entry in Library().models()] == ["stable"]
    assert shell("models", "remove", "stable").returncode == 0
    assert Library().models() == []
    assert "jokebox train" in shell("models").stderr


@pytest.mark.usefixtures("farm")
def test_a_model_is_exported_to_one_file_and_imported_from_it(tmp_path: Path) -> None:
    file = str(tmp_path / "farm.safetensors")
    assert shell("models", "export", "farm", file).returncode == 0
    again = shell("models", "export", "farm", file)
    assert (again.returncode, again.stderr.count("there already")) == (1, 1)
    taken = shell("models", "import", file)
    assert (taken.returncode, taken.stderr.count("taken")) == (1, 1)
    assert shell("models", "import", file, "--name", "barn").stdout == "Imported as barn.\n"
    assert {entry.name for entry in Library().models()} == {"farm", "barn"}


@pytest.mark.usefixtures("farm")
def test_a_bad_model_beside_a_good_one_ends_nothing(home: Path) -> None:
    save_settings(Settings(model="bad"))
    bad = home / "data/models/bad/model.safetensors"
    bad.parent.mkdir()
    bad.write_bytes(b"damaged")
    farm, other = shell("models").stdout.splitlines()
    assert farm.startswith("farm ")
    assert other.startswith(f"bad   cannot be opened: a model file is damaged: {bad}: ")
    told = shell("tell", "Why", "--words", "3")
    assert (told.returncode, "farm is opened instead" in told.stderr) == (0, True)
    refused = shell("tell", "Why", "--model", "bad")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 2)
    assert "bad/model.damaged-" in refused.stderr


@pytest.mark.parametrize("how", [("show",), ("remove",), ("rename", "new")])
def test_a_missing_model_is_an_error(how: tuple[str, ...]) -> None:
    said = shell("models", how[0], "nothing", *how[1:])
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("jokebox: no such model: ")


def test_snapshots_are_shown_and_removed_alone(farm: Path) -> None:
    model = Library().load("farm")
    take_snapshot(farm / "data/models/farm", model)
    assert f"of step {model.step}; " in shell("models", "show", "farm").stdout
    assert shell("models", "remove-snapshots", "farm").returncode == 0
    assert "snapshots   none" in shell("models", "show", "farm").stdout

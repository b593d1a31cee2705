from __future__ import annotations

from pathlib import Path

import pytest

from jokebox import paths


def test_one_variable_moves_every_directory(home: Path) -> None:
    places = [paths.data_dir(), paths.config_dir(), paths.log_dir(), paths.models_dir()]
    places += [paths.corpora_dir(), paths.settings_file(), paths.log_file()]
    assert all(place.is_relative_to(home) for place in places)
    assert len(set(places)) == len(places)


def test_without_that_variable_the_directories_are_the_platforms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JOKEBOX_HOME")
    for place in (paths.data_dir(), paths.config_dir(), paths.log_dir()):
        assert place.is_absolute()
        assert "jokebox" in place.parts


def test_a_tilde_in_that_variable_is_the_users_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOKEBOX_HOME", "~/elsewhere")
    assert paths.data_dir() == Path.home() / "elsewhere" / "data"


def test_asking_for_a_directory_does_not_make_it(home: Path) -> None:
    paths.models_dir()
    assert not home.exists()


def test_the_bundled_corpus_exists() -> None:
    assert paths.bundled_corpus().is_file()

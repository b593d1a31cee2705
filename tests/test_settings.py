from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jokebox import paths
from jokebox.errors import SettingsError
from jokebox.files import exclusive
from jokebox.lm.config import Sampling
from jokebox.settings import Settings, load_settings, save_settings

CHOSEN = Settings(
    theme="nord",
    model="Witze \U0001f600",
    words_per_second=2.5,
    word_limit=7,
    temperature=0,
    top_k=40,
    top_p=0.5,
    min_p=0.2,
    invented_words=True,
    seed=5,
    keys={"again": "ctrl+g,f4"},
    tips_seen=True,
)


def write(content: str | bytes) -> Path:
    path = paths.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_without_a_file_the_settings_are_the_defaults() -> None:
    assert load_settings() == Settings()
    assert load_settings().sampling == Sampling()
    assert not paths.settings_file().exists()


def test_saved_settings_are_loaded_again() -> None:
    save_settings(CHOSEN)
    assert load_settings() == CHOSEN
    assert CHOSEN.sampling == Sampling(0, 40, 0.5, 0.2)
    save_settings(Settings())
    assert load_settings() == Settings()


def test_only_what_differs_from_the_defaults_is_written() -> None:
    save_settings(Settings(word_limit=7))
    assert paths.settings_file().read_text() == "word_limit = 7\n"


def test_settings_of_another_version_are_preserved() -> None:
    path = write('colour = "blue"\ntheme = "nord"\n\n[later]\ndepth = [1, 2]\n')
    save_settings(Settings(top_k=3))
    assert load_settings() == Settings(top_k=3)
    assert (
        path.read_text() == 'colour = "blue"\ntop_k = 3\n\n[later]\ndepth = [\n    1,\n    2,\n]\n'
    )


def test_an_integer_is_accepted_as_a_number() -> None:
    write("temperature = 1\nwords_per_second = 0\n")
    assert load_settings() == Settings(temperature=1.0, words_per_second=0.0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('theme = "nord"\ntop_k = = 3\n', "line 2"),
        (b'theme = "\xff"', "utf-8"),
        ("a = " + "[" * 100_000, ""),
        ("theme = 3", "theme has to be a string, not int"),
        ("model = []", "model has to be a string, not list"),
        ('word_limit = "many"', "word_limit has to be a whole number, not str"),
        ("word_limit = true", "word_limit has to be a whole number, not bool"),
        ("word_limit = 1.5", "word_limit has to be a whole number, not float"),
        ("top_p = false", "top_p has to be a number, not bool"),
        ("invented_words = 1", "invented_words has to be true or false, not int"),
        ("keys = 3", "[keys] has to contain strings"),
        ("[keys]\nagain = 3", "[keys] has to contain strings"),
        ("seed = -1", "seed cannot be -1"),
        ("word_limit = 0", "word-limit cannot be 0: it goes from 1 to 10000"),
        ("words_per_second = nan", "words-per-second cannot be nan"),
        ("temperature = 11", "temperature cannot be 11: it goes from 0 to 10"),
        (f"top_k = 1{'0' * 400}", "top_k is a number of more than 64 bits"),
    ],
)
def test_an_invalid_file_is_an_error_that_says_where_and_is_not_changed(
    content: str | bytes, says: str
) -> None:
    path = write(content)
    before = path.read_bytes()
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert str(path) in error.value.message
    assert says in error.value.message
    assert error.value.hint
    assert path.read_bytes() == before


def test_an_invalid_file_is_not_overwritten() -> None:
    path = write("top_k = = 3\n")
    with pytest.raises(SettingsError, match="line 1"):
        save_settings(CHOSEN)
    assert path.read_text() == "top_k = = 3\n"


def test_settings_that_cannot_be_read_or_written_are_an_error(home: Path) -> None:
    paths.settings_file().mkdir(parents=True)
    with pytest.raises(SettingsError, match="directory"):
        load_settings()
    paths.settings_file().rmdir()
    paths.config_dir().rmdir()
    paths.config_dir().write_text("a file where the folder should be")
    with pytest.raises(SettingsError):
        save_settings(CHOSEN)


def test_a_setting_out_of_range_is_refused() -> None:
    with pytest.raises(SettingsError, match="word-limit"):
        Settings(word_limit=10_001)
    with pytest.raises(SettingsError, match="min-p"):
        Settings(min_p=2)


def test_only_what_was_changed_here_is_written() -> None:
    save_settings(Settings(top_k=3))
    here = load_settings()
    save_settings(Settings(top_k=3, theme="nord"))  # by another jokebox
    save_settings(replace(here, word_limit=9), here)
    assert load_settings() == Settings(top_k=3, theme="nord", word_limit=9)


def test_settings_in_use_by_another_process_are_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jokebox.settings.WAIT", 0)
    lock = paths.settings_file().with_suffix(".lock")
    with exclusive(lock, "it"), pytest.raises(SettingsError, match="in use"):
        save_settings(Settings(top_k=3))

"""The user's settings: a frozen dataclass <-> settings.toml."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import tomli_w

from jokebox import files, paths
from jokebox.errors import SettingsError
from jokebox.lm.config import RANGES, Manner, Sampling

WAIT = 2.0  # seconds for another jokebox to write its settings


@dataclass(frozen=True)
class Settings:
    """The user's settings. Raises SettingsError if one is out of its range."""

    theme: str = "jokebox-dark"
    """The name of the theme."""

    model: str | None = None
    """The model that was opened last."""

    words_per_second: float = 8
    """How fast an answer is shown; 0 shows it at once."""

    word_limit: int = Manner.word_limit
    """The most words in an answer."""

    temperature: float = Sampling.temperature
    """What the scores are divided by before a word is drawn; 0 always takes the likeliest word."""

    top_k: int = Sampling.top_k
    """How many of the likeliest words may be drawn; 0 is all."""

    top_p: float = Sampling.top_p
    """The probability that the words that may be drawn hold together; 1 is all."""

    min_p: float = Sampling.min_p
    """How likely a word has to be, as a share of the likeliest one; 0 is all."""

    invented_words: bool = False
    """Whether words outside the vocabulary may be spelled."""

    drafts: int = Manner.drafts
    """How many answers the model drafts, to tell the one it is surest of."""

    take_turns: bool = False
    """Whether an answer ends after a sentence, so that user and model take turns."""

    seed: int | None = None
    """The seed of the first answer of a talk; without one each talk is another."""

    keys: dict[str, str] = field(default_factory=dict)
    """Keys for actions, such as again = "ctrl+g,f10"."""

    tips_seen: bool = False
    """Whether the tips of the first start were shown."""

    new_jokes_offered: bool = False
    """Whether a model of earlier bundled jokes was opened, and the new ones were offered."""

    lesson_step: int = 0
    """The step of the lesson that comes next, from 1 on; 0 if it was not begun, or is over."""

    def __post_init__(self) -> None:
        for name, allowed in RANGES.items():
            value = getattr(self, name)
            if value is not None:
                allowed.check(name, value)

    @property
    def sampling(self) -> Sampling:
        """How the next word is drawn."""
        return Sampling(self.temperature, self.top_k, self.top_p, self.min_p)

    @property
    def manner(self) -> Manner:
        """How an answer is told."""
        return Manner(
            self.sampling, self.word_limit, self.invented_words, self.drafts, self.take_turns
        )


def load_settings() -> Settings:
    """Return the settings in the user's file, or the defaults if there is no file.

    Raises SettingsError, naming the file and the key or line, if something in it is invalid.
    """
    stored = _read()
    hints = get_type_hints(Settings)
    chosen: dict[str, Any] = {
        key: _checked(key, stored[key], hints[key]) for key in hints if key in stored
    }
    try:
        return Settings(**chosen)
    except SettingsError as error:
        raise _invalid(f"{error.title}: {error.message}") from None


def save_settings(settings: Settings, before: Settings | None = None) -> None:
    """Write the settings, or only those that have changed since `before`; the others stay.

    What is as by default is not written, and unknown keys in the file are kept. Raises
    SettingsError, and leaves the file unchanged, if it cannot be read or written.
    """
    chosen, defaults = dataclasses.asdict(settings), dataclasses.asdict(Settings())
    known = dataclasses.asdict(before) if before else {}
    path = paths.settings_file()
    try:
        # read again: another jokebox may have changed others meanwhile
        with files.exclusive(
            path.with_suffix(".lock"), "the settings file", wait=WAIT, error=SettingsError
        ):
            stored = _read()
            for key, value in chosen.items():
                if key not in known or value != known[key]:
                    stored[key] = value
            written = {k: v for k, v in stored.items() if k not in defaults or v != defaults[k]}
            files.write_atomically(path, tomli_w.dumps(written).encode())
    except OSError as error:
        raise SettingsError(
            "the settings cannot be saved",
            f"{path}: {error.strerror or error}",
            "Check the folder's permissions and the free disk space.",
        ) from None


def _read() -> dict[str, Any]:
    path = paths.settings_file()
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _invalid(error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, or nested too deeply
        raise _invalid(str(error)) from None


def _checked(key: str, value: object, wanted: Any) -> object:
    """Return `value` if it has the type `wanted`; a whole number is accepted as a float.

    Raises SettingsError if it has another type.
    """
    is_bool = isinstance(value, bool)
    if isinstance(value, int) and not is_bool and not -(2**63) <= value < 2**63:
        raise _invalid(f"{key} is a number of more than 64 bits")
    if wanted is float and isinstance(value, int) and not is_bool:
        return float(value)
    if wanted == dict[str, str]:
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            return value
        raise _invalid(f'[{key}] has to contain strings, such as again = "ctrl+g,f10"')
    if isinstance(value, wanted) and (wanted is bool or not is_bool):
        return value
    kinds = {float: "a number", int: "a whole number", bool: "true or false"}
    raise _invalid(f"{key} has to be {kinds.get(wanted, 'a string')}, not {type(value).__name__}")


def _invalid(problem: str) -> SettingsError:
    path = paths.settings_file()
    return SettingsError(
        "the settings cannot be used",
        f"{path}: {problem}",
        "Correct the file, or delete it to use the defaults.",
    )

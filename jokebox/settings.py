"""What the user chose: a frozen dataclass <-> settings.toml."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import tomli_w

from jokebox import files, paths
from jokebox.errors import SettingsError
from jokebox.lm.config import RANGES, Manner, Sampling


@dataclass(frozen=True)
class Settings:
    """The user's choices; raises SettingsError where one is out of its range."""

    theme: str = "jokebox-dark"
    model: str | None = None  # the last one talked to
    words_per_second: float = 8  # 0 shows an answer at once
    word_limit: int = Manner.word_limit  # of an answer
    temperature: float = Sampling.temperature
    top_k: int = Sampling.top_k
    top_p: float = Sampling.top_p
    min_p: float = Sampling.min_p
    invented_words: bool = False
    seed: int | None = None  # of the first answer of a talk; None is another each time
    keys: dict[str, str] = field(default_factory=dict)  # action -> keys, as in "ctrl+g,f4"
    tips_seen: bool = False

    def __post_init__(self) -> None:
        for name, allowed in RANGES.items():
            value = getattr(self, name)
            if value is not None:
                allowed.check(name, value)

    @property
    def sampling(self) -> Sampling:
        return Sampling(self.temperature, self.top_k, self.top_p, self.min_p)

    @property
    def manner(self) -> Manner:
        return Manner(self.sampling, self.word_limit, self.invented_words)


def load_settings() -> Settings:
    """The settings in the user's file, the defaults where there is none.

    Raises SettingsError naming the file, and the key or the line that is wrong.
    """
    stored = _read()
    hints = get_type_hints(Settings)
    chosen: dict[str, Any] = {
        key: _typed(key, stored[key], hints[key]) for key in hints if key in stored
    }
    try:
        return Settings(**chosen)
    except SettingsError as error:
        raise _wrong(f"{error.title}: {error.message}") from None


def save_settings(settings: Settings) -> None:
    """Write what differs from the defaults, keeping keys of the file that are not jokebox's.

    Raises SettingsError where the file cannot be read or written; it is then as before.
    """
    ours = dataclasses.asdict(settings)
    defaults = dataclasses.asdict(Settings())
    foreign = {key: value for key, value in _read().items() if key not in ours}
    changed = {key: value for key, value in ours.items() if value != defaults[key]}
    path = paths.settings_file()
    try:
        files.write_atomically(path, tomli_w.dumps(foreign | changed).encode())
    except OSError as error:
        raise SettingsError(
            "the settings cannot be saved",
            f"{path}: {error.strerror or error}",
            "Check the folder's permissions and the disk.",
        ) from None


def _read() -> dict[str, Any]:
    path = paths.settings_file()
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _wrong(error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, or nested without end
        raise _wrong(str(error)) from None


def _typed(key: str, value: object, wanted: Any) -> object:
    """`value` where it is of the type `wanted`; a whole number will do for a float."""
    is_bool = isinstance(value, bool)
    if isinstance(value, int) and not is_bool and not -(2**63) <= value < 2**63:
        raise _wrong(f"{key} is a number of more than 64 bits")
    if wanted is float and isinstance(value, int) and not is_bool:
        return float(value)
    if wanted == dict[str, str]:
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            return value
        raise _wrong(f'[{key}] has to hold texts, such as again = "ctrl+g,f4"')
    if isinstance(value, wanted) and (wanted is bool or not is_bool):
        return value
    kinds = {float: "a number", int: "a whole number", bool: "true or false"}
    raise _wrong(f"{key} has to be {kinds.get(wanted, 'a text')}, not {type(value).__name__}")


def _wrong(what: str) -> SettingsError:
    path = paths.settings_file()
    return SettingsError(
        "the settings cannot be used",
        f"{path}: {what}",
        "Mend the file, or delete it to start over.",
    )

"""Every directory that jokebox uses. If JOKEBOX_HOME is set, it writes only there.

JOKEBOX_VISITOR is set by `jokebox serve` alone.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

BUNDLED = "originals"  # the name of the bundled corpus
FAVOURITES = "favourites"  # the name of the user's favourite jokes, as a corpus
BUNDLED_JOKES = 14_745  # in it


def data_dir() -> Path:
    """Return the directory of models, talks, favourites and corpora: files that should be kept."""
    return _home("data") or platformdirs.user_data_path("jokebox", appauthor=False)


def config_dir() -> Path:
    """Return the directory of the settings."""
    return _home("config") or platformdirs.user_config_path("jokebox", appauthor=False)


def log_dir() -> Path:
    """Return the directory of the log file."""
    return _home("log") or platformdirs.user_log_path("jokebox", appauthor=False)


def models_dir() -> Path:
    """Return the directory of models and runs."""
    return data_dir() / "models"


def corpora_dir() -> Path:
    """Return the directory of added and fetched joke files."""
    return data_dir() / "corpora"


def talks_dir() -> Path:
    """Return the directory of stored talks."""
    return data_dir() / "talks"


def favourites_file() -> Path:
    """Return the path of the favourite jokes."""
    return data_dir() / "favourites.jsonl"


def prompts_file() -> Path:
    """Return the path of the history of prompts."""
    return data_dir() / "prompts.txt"


def settings_file() -> Path:
    """Return the path of the settings."""
    return config_dir() / "settings.toml"


def log_file() -> Path:
    """Return the path of the log file."""
    return log_dir() / "jokebox.log"


def visitor_dir() -> Path | None:
    """Return the folder that typed paths may not leave, for a visitor of `jokebox serve`."""
    folder = os.environ.get("JOKEBOX_VISITOR")
    return Path(folder).resolve() if folder else None


def bundled_corpus() -> Path:
    """Return the path of the bundled corpus: in the package, or beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "data" / "originals.csv"
    return installed if installed.exists() else package.parent / "data" / "originals.csv"


def _home(part: str) -> Path | None:
    home = os.environ.get("JOKEBOX_HOME")
    return Path(home).expanduser() / part if home else None

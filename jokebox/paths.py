"""Every directory jokebox touches. JOKEBOX_HOME, where set, moves them all."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_dir() -> Path:
    """Models, talks and added corpora: what a user would be sorry to lose."""
    return _home("data") or platformdirs.user_data_path("jokebox", appauthor=False)


def config_dir() -> Path:
    return _home("config") or platformdirs.user_config_path("jokebox", appauthor=False)


def log_dir() -> Path:
    return _home("log") or platformdirs.user_log_path("jokebox", appauthor=False)


def models_dir() -> Path:
    return data_dir() / "models"


def corpora_dir() -> Path:
    return data_dir() / "corpora"


def talks_dir() -> Path:
    return data_dir() / "talks"


def favourites_file() -> Path:
    return data_dir() / "favourites.jsonl"


def prompts_file() -> Path:
    return data_dir() / "prompts.txt"


def settings_file() -> Path:
    return config_dir() / "settings.toml"


def log_file() -> Path:
    return log_dir() / "jokebox.log"


def bundled_corpus() -> Path:
    """The bundled corpus: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "data" / "originals.csv"
    return installed if installed.exists() else package.parent / "data" / "originals.csv"


def _home(part: str) -> Path | None:
    home = os.environ.get("JOKEBOX_HOME")
    return Path(home).expanduser() / part if home else None

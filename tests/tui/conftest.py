from __future__ import annotations

import pytest

from jokebox.settings import Settings, save_settings
from tests.tui.stage import Script


@pytest.fixture(autouse=True)
def settings(home: object) -> Settings:
    """Save settings for short answers at once, without drafts, the same in every run."""
    settings = Settings(words_per_second=0, word_limit=5, seed=1, drafts=1)
    save_settings(settings)
    return settings


@pytest.fixture
def script() -> Script:
    return Script()

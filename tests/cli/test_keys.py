from __future__ import annotations

import json

from jokebox.settings import Settings, save_settings
from tests.cli.shell import shell


def test_actions_are_listed_with_their_keys() -> None:
    save_settings(Settings(keys={"again": "ctrl+g,f10"}))
    said = shell("keys")
    assert "again          ctrl+g, f10        Answer the last prompt again" in said.stdout
    lines = [json.loads(line) for line in shell("keys", "--json").stdout.splitlines()]
    (talks,) = (line for line in lines if line["action"] == "talks")
    assert talks["keys"] == ["f5"]


def test_keys_used_twice_are_named() -> None:
    save_settings(Settings(keys={"again": "f5"}))
    assert "f5 is a key of both talks and again" in shell("keys").stderr

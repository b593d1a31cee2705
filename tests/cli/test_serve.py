from __future__ import annotations

import socket
import sys
from contextlib import closing

import pytest
from click.testing import CliRunner

from jokebox.cli.commands import group
from jokebox.errors import JokeboxError, ModelError
from tests import small


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "jokebox.serving.server", raising=False)
    monkeypatch.delitem(sys.modules, "jokebox.serving.visitor", raising=False)
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    with pytest.raises(JokeboxError, match=r"pip install 'jokebox\[serve\]'"):
        CliRunner().invoke(group, ["serve"], standalone_mode=False, catch_exceptions=False)
    help = CliRunner().invoke(group, ["serve", "--help"])
    assert help.exit_code == 0
    assert "--visitors" in help.output


def test_without_a_finished_model_there_is_nothing_to_serve() -> None:
    with pytest.raises(ModelError, match="jokebox train"):
        CliRunner().invoke(group, ["serve"], standalone_mode=False, catch_exceptions=False)
    small.shelve("farm", small.endless(), how="stopped")
    with pytest.raises(ModelError, match="farm"):
        CliRunner().invoke(group, ["serve"], standalone_mode=False, catch_exceptions=False)


def test_a_port_that_is_taken_is_told() -> None:
    small.shelve("farm", small.endless())
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(JokeboxError, match=rf"port {port}: .*\nChoose another port"):
            CliRunner().invoke(
                group, ["serve", "--port", port], standalone_mode=False, catch_exceptions=False
            )

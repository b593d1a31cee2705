from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jokebox.errors import JokeboxError
from jokebox.files import (
    exclusive,
    exists,
    replacing,
    sweep,
    typed_path,
    write_atomically,
)


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, fails, full)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(FileExistsError), replacing(path, new=True) as beside:  # noqa: PT012
        beside.write_bytes(b"mine")
        path.write_bytes(b"another's")
    assert path.read_bytes() == b"another's"
    path.unlink()
    with replacing(path, new=True) as beside:
        beside.write_bytes(b"mine")
    assert path.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_is_written_where_there_are_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", unknown)
    test_a_new_file_replaces_nothing(tmp_path)


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    path, others = tmp_path / "file", [tmp_path / ".file.mine", tmp_path / ".other.1a2b3c4d"]
    for other in (*others, tmp_path / ".file.1a2b3c4d"):
        other.write_bytes(b"")
    with replacing(path) as beside:
        sweep(path)
        assert {*tmp_path.iterdir()} == {beside, *others}
    code = "import os, sys, pathlib; from jokebox.files import replacing\n"
    code += "with replacing(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert len({*tmp_path.iterdir()}) == 4
    sweep(path)
    assert {*tmp_path.iterdir()} == {path, *others}


def test_one_process_at_a_time_holds_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "models" / "lock"
    code = "import sys, pathlib; from jokebox.files import exclusive\n"
    code += "with exclusive(pathlib.Path(sys.argv[1]), 'the model'): print('locked')"
    command = [sys.executable, "-c", code, str(lock)]
    with exclusive(lock, "the model"):
        other = subprocess.run(command, capture_output=True, text=True)
        assert "the model is in use" in other.stderr
        with pytest.raises(JokeboxError, match="in use"), exclusive(lock, "the model"):
            pass
    assert subprocess.run(command, capture_output=True, text=True).stdout == "locked\n"


def test_an_error_releases_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path / "lock", "it"):
        _ = 1 / 0
    with exclusive(tmp_path / "lock", "it"):
        pass


def test_a_typed_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert typed_path(" ~/jokes.txt ") == tmp_path / "jokes.txt"
    assert typed_path("~no-such-user/x") == Path("~no-such-user/x")


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("jokes.txt", "jokes.txt"),
        ("~/jokes.txt", "jokes.txt"),
        ("/etc/passwd", "etc/passwd"),
        ("../../etc/passwd", "etc/passwd"),
        ("a/../../b", "a/b"),
        ("~root/x", "root/x"),
        ("", ""),
    ],
)
def test_a_visitor_of_a_page_reaches_nothing_outside_of_their_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str, path: str
) -> None:
    for name in ("HOME", "USERPROFILE", "JOKEBOX_VISITOR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert typed_path(typed).absolute() == tmp_path / path
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(JokeboxError, match="outside of your folder"):
        typed_path("link/passwd")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "nowhere"])
def test_a_path_that_no_disk_can_hold_does_not_exist(path: str) -> None:
    assert not exists(Path(path))
    assert exists(Path())

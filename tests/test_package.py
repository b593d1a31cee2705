from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import jokebox
from tests import small

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.xdist_group("package")


def do(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command that has to succeed; return what it prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    said = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert said.returncode == 0, said.stderr
    return said.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("dist")
    do(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", place)
    (wheel,) = place.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment that borrows the libraries; return its `bin`."""
    place = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(place, symlinks=True)
    python = place / "bin" / "python"
    do(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    (site,) = place.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return place / "bin"


def test_the_wheel_holds_the_jokes_the_styles_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "jokebox/data/originals.csv" in names
    assert "jokebox/tui/jokebox.tcss" in names
    assert "jokebox/tui/screens/dialogs.tcss" in names
    assert "jokebox/sharing/templates/page.html" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not any(name.startswith("tests") for name in names)


def test_jokebox_trains_and_tells_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    command = installed / "jokebox"
    jokes = tmp_path / "farm.txt"
    jokes.write_text("\n".join(small.jokes()))
    assert do(command, "--version", cwd=tmp_path) == f"jokebox {jokebox.__version__}\n"
    quick = ("--preset", "tiny", "--max-epochs", "1")
    assert "finished" in do(command, "train", "--corpus", jokes, *quick, cwd=tmp_path)
    assert do(command, "tell", "Why did", cwd=tmp_path).startswith("Why did")
    module = do(installed / "python", "-m", "jokebox", "tell", "Why", cwd=tmp_path)
    assert module.startswith("Why")


def test_the_bundled_jokes_and_the_screen_are_found_in_the_wheel(
    installed: Path, tmp_path: Path
) -> None:
    code = "import jokebox.paths, jokebox.tui.app; print(jokebox.paths.bundled_corpus())"
    place = Path(do(installed / "python", "-c", code, cwd=tmp_path).strip())
    assert installed.parent in place.parents
    assert place.read_bytes() == (ROOT / "data" / "originals.csv").read_bytes()

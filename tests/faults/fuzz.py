"""Coverage-guided fuzzing of what reads text and files: one target, until atheris has had its runs.

    python -m tests.faults.fuzz TARGET -runs=20000

The inputs that reach new code are kept in memory only. An input that is not survived is written to
a file `crash-...` in the current folder, and given as an argument it is tried again.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["jokebox"]):
    from jokebox.errors import JokeboxError
    from jokebox.lm.text import normalise, sanitise
    from jokebox.lm.tokenizer import WordTokenizer
    from jokebox.model_file import read_model
    from jokebox.train.decoding import find_encoding
    from jokebox.train.joke_files import SUFFIXES, read_rows
    from jokebox.train.source import Layout, Source
    from tests import small
    from tests.faults.test_models import base, sealed

TOKENIZER = WordTokenizer.fit(small.jokes())
FOLDER = tempfile.TemporaryDirectory()


def text(data: bytes) -> None:
    """Fail if a text that passed the gate would not pass it again unchanged."""
    given = data[: len(data) // 2 * 2].decode("utf-16-le", "surrogatepass")  # any characters
    for gate in (sanitise, normalise):
        passed = gate(given)
        assert gate(passed) == passed
        assert "\x1b" not in passed


def tokenizer(data: bytes) -> None:
    """Fail if a text does not come back from its ids."""
    given = normalise(data.decode("utf-8", "replace"))
    assert TOKENIZER.decode(TOKENIZER.encode(given)) == given


def jokes(data: bytes) -> None:
    """Fail if a file of jokes is neither read nor refused."""
    suffix = SUFFIXES[data[0] % len(SUFFIXES)] if data else ".txt"
    if suffix in (".xlsx", ".xls", ".ods"):  # a library reads them
        suffix = ".csv"
    source = Source("fuzz", suffix, data[1:])
    with suppress(JokeboxError):
        find_encoding(source, None)
        list(read_rows(source, Layout()))


def model(data: bytes) -> None:
    """Fail if metadata with a right checksum are neither read nor refused."""
    metadata, tensors = base()
    at = int.from_bytes(data[:2], "little") % len(metadata)
    changed = metadata[:at] + data[2:].decode("utf-8", "replace") + metadata[at + len(data[2:]) :]
    path = Path(FOLDER.name) / "model.safetensors"
    path.write_bytes(sealed(changed, tensors))
    with suppress(JokeboxError):
        read_model(path)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (text, tokenizer, jokes, model)
}

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()

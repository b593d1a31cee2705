"""Model files as they should not be, through every door: each opens, or is refused in two lines.

A short form with `make test`; `JOKEBOX_FAULTS=long` takes 10,000 cases. Each case is a small model
with one thing wrong in it, made from its number alone. Nothing may be lost on the way: the file
itself, or the good model beside it.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from click.testing import CliRunner
from numpy.typing import NDArray

from jokebox import model_file
from jokebox.cli.commands import group
from jokebox.errors import JokeboxError
from jokebox.library import MODEL, RESUME, Library
from jokebox.lm.text import sanitise
from jokebox.model_file import read_metadata, read_model
from tests import small

CASES = 10_000 if os.environ.get("JOKEBOX_FAULTS") == "long" else 150
Tensors = dict[str, NDArray[Any]]


ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 0.5, -0.5, 10**9, 10**400, 2**63),
    *(float("nan"), float("inf"), -float("inf"), 1e308, "", "1", "words"),
    *("\x1b[2J\x9b", "\ud800", "\n\n\n", "../../x", [], {}, [[]], [1, 2]),
    *([[1, 2, 3]], [["a", "b"]], {"a": 1}, [None], "x" * 100_000),
    *("[" * depth + "]" * depth for depth in (50, 500, 100_000)),  # become lists in lists
)


@cache
def base() -> tuple[str, Tensors]:
    """Return the metadata and the tensors of a good run that can be resumed."""
    checkpoint = replace(small.untrained(), finished=True)
    tensors: Tensors = {f"weights.{name}": w for name, w in checkpoint.weights.items()}
    tensors |= {f"state.{name}": tensor for name, tensor in small.state(checkpoint).items()}
    tensors["corpus"] = np.frombuffer(model_file._corpus_bytes(checkpoint.corpus), np.uint8)
    return json.dumps(model_file._metadata(checkpoint)), tensors


def sealed(metadata: str, tensors: Tensors, **header: str) -> bytes:
    """Return a file with a right checksum."""
    whole = {
        "format": "2",
        "jokebox": metadata,
        "sha256": model_file.checksum(metadata, tensors),
    }
    return safetensors.numpy.save(tensors, metadata=whole | header)


def mutated(number: int) -> bytes:
    """Return the file of a case."""
    rng = random.Random(number)
    metadata, tensors = base()
    kind = rng.choice((_bytes, _header, _metadata, _metadata, _metadata, _tensor, _tensor, _corpus))
    return kind(rng, metadata, dict(tensors))


def _bytes(rng: random.Random, metadata: str, tensors: Tensors) -> bytes:
    content = bytearray(sealed(metadata, tensors))
    at, much = rng.randrange(len(content)), rng.choice((1, 1, 8, 1000))
    if rng.random() < 0.5:  # in the header, where a byte means more
        at = rng.randrange(min(2000, len(content)))
    match rng.randrange(4):
        case 0:
            content[at] ^= 1 << rng.randrange(8)
        case 1:
            del content[at:]
        case 2:
            del content[at : at + much]
        case 3:
            content[at:at] = rng.randbytes(much)
    return bytes(content)


def _header(rng: random.Random, metadata: str, tensors: Tensors) -> bytes:
    name = rng.choice(("format", "jokebox", "sha256"))
    odd = ("", "0", "-1", "99", "1e5", "x", "null", "[]", "{}", "9" * 5000, "[" * 100_000, "\x1b")
    if rng.random() < 0.2:
        return safetensors.numpy.save(tensors, metadata={"format": "2"})
    if rng.random() < 0.3:
        return sealed(rng.choice(odd), tensors)
    return sealed(metadata, tensors, **{name: rng.choice(odd)})


def _metadata(rng: random.Random, metadata: str, tensors: Tensors) -> bytes:
    return sealed(_spoilt(rng, metadata), tensors)


def _corpus(rng: random.Random, metadata: str, tensors: Tensors) -> bytes:
    corpus = _spoilt(rng, tensors["corpus"].tobytes().decode())
    content = corpus.encode(errors="surrogatepass") if rng.random() < 0.9 else rng.randbytes(100)
    tensors["corpus"] = np.frombuffer(content, np.uint8)
    return sealed(metadata, tensors)


def _spoilt(rng: random.Random, text: str) -> str:
    """Return an object as JSON with one value in it, anywhere, replaced, removed or repeated."""
    value = json.loads(text)
    place, key = value, rng.choice(list(value))
    while isinstance(place[key], list | dict) and place[key] and rng.random() < 0.7:
        place = place[key]
        key = rng.choice(list(place)) if isinstance(place, dict) else rng.randrange(len(place))
    match rng.randrange(8):
        case 0:
            del place[key]
        case 1 if isinstance(place, list):
            place.insert(key, place[key])
        case 2 if isinstance(place, dict):
            place[rng.choice(("more", "layers", "\x1b"))] = rng.choice(ODD)
        case _:
            place[key] = rng.choice(ODD)
    written = json.dumps(value)
    return re.sub(r'"(\[+\]+)"', r"\1", written)


def _tensor(rng: random.Random, metadata: str, tensors: Tensors) -> bytes:
    name = rng.choice(list(tensors))
    tensor = tensors[name]
    other = tensors[rng.choice(list(tensors))]
    match rng.randrange(9):
        case 0:
            del tensors[name]
        case 1:
            tensors[rng.choice(("x", "weights.x", "state.x", "state.optimizer.99.step"))] = tensor
        case 2:
            tensors[name] = tensor.reshape(-1) if tensor.ndim > 1 else tensor[None]
        case 3:
            tensors[name] = tensor[: len(tensor) // 2].copy()
        case 4:
            tensors[name] = other
        case 5:
            kinds = (np.float64, np.float16, np.int64, np.int8, np.bool_, np.complex64)
            tensors[name] = tensor.astype(rng.choice(kinds))
        case _:
            odd = (np.nan, np.inf, -np.inf, 3e38, 1e10, 1e5, -1, 0, 255)
            tensors[name] = _filled(rng, tensor, rng.choice(odd))
    return sealed(metadata, tensors)


def _filled(rng: random.Random, tensor: NDArray[Any], value: float) -> NDArray[Any]:
    """Return a tensor with this value in one place, or everywhere."""
    changed = tensor.copy()
    if tensor.dtype != np.float32:
        value = int(np.nan_to_num(value, posinf=200, neginf=-200)) % 256
    where = rng.randrange(changed.size) if changed.size and rng.random() < 0.5 else slice(None)
    changed.reshape(-1)[where] = value
    return changed


# The doors ----------------------------------------------------------------------------------------


def passes(door: Callable[[], object]) -> bool:
    """Return whether a door opens; anything but a JokeboxError of two lines is a traceback."""
    try:
        door()
    except JokeboxError as error:
        lines = str(error).split("\n")
        assert len(lines) <= 2, lines
        assert max(map(len, lines)) < 600, lines
        assert [sanitise(line) for line in lines] == lines
        return False
    return True


def shell(*arguments: str) -> None:
    result = CliRunner().invoke(group, arguments, standalone_mode=False)
    assert "\x1b" not in result.output
    assert "\x9b" not in result.output
    if result.exception is not None:
        raise result.exception


def visit(path: Path, library: Library) -> bool:
    """Take a file, which is also the model `odd` of the library, through every door."""
    passes(lambda: read_metadata(path))
    opens = passes(lambda: read_model(path))
    shell("models")
    assert "farm" in [model.name for model in library.models()]
    assert library.open(None, "odd").name == ("odd" if opens else "farm")
    if passes(lambda: library.import_(path, "imported")):
        assert opens
        library.remove("imported")
    assert passes(lambda: shell("models", "show", "odd")) == opens
    assert passes(lambda: library.load("odd")) == opens
    assert passes(lambda: shell("tell", "Why", "--model=odd", "--words=3", "--drafts=2")) == opens
    passes(lambda: library.load_run("odd"))
    shell("models")
    return opens


@pytest.mark.filterwarnings("error")
def test_each_mutated_model_opens_or_is_refused_in_two_lines(home: Path, tmp_path: Path) -> None:
    small.shelve("farm", small.fluent())
    farm = (home / "data/models/farm" / MODEL).read_bytes()
    library, folder = Library(), home / "data/models/odd"
    survived = losses = 0
    for number in range(CASES):
        path, content = tmp_path / "odd.safetensors", mutated(number)
        path.write_bytes(content)
        folder.mkdir()
        for kind in (MODEL, RESUME):
            (folder / kind).write_bytes(content)
        try:
            visit(path, library)
        except BaseException as error:
            error.add_note(f"in case {number}")
            raise
        survived += 1
        kept = [file.read_bytes() for file in folder.iterdir()].count(content)
        losses += kept != 2 or (home / "data/models/farm" / MODEL).read_bytes() != farm
        library.remove("odd")
    print(f"models: cases {CASES}, survived {survived}, losses {losses}")
    assert (survived, losses) == (CASES, 0)

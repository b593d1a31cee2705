from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from numpy.typing import NDArray

from jokebox.model_schema import WRONG
from jokebox.tensor_file import KINDS, TensorFile, write_tensors

TENSORS: dict[str, NDArray[Any]] = {
    "bytes": np.arange(5, dtype=np.uint8),
    "ids": np.arange(6).reshape(2, 3),
    "none": np.zeros((0, 3), np.float32),
    "weights": np.linspace(0, 1, 7, dtype=np.float32),
}
METADATA = {"format": "2", "name": "Größe \U0001f404"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tensors"
    with path.open("wb") as file:
        write_tensors(file, TENSORS, METADATA)
    return path


def same(one: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]]) -> bool:
    return one.keys() == other.keys() and all(
        one[name].dtype == tensor.dtype and np.array_equal(one[name], tensor)
        for name, tensor in other.items()
    )


def test_tensors_are_read_back_unchanged(path: Path) -> None:
    with TensorFile(path) as file:
        assert file.metadata == METADATA
        assert same({name: file.read(name) for name in file.entries}, TENSORS)


def test_the_library_reads_what_is_written_here(path: Path) -> None:
    assert same(safetensors.numpy.load_file(path), TENSORS)
    with safetensors.safe_open(path, framework="np") as file:
        assert file.metadata() == METADATA


def test_what_the_library_writes_is_read_here(tmp_path: Path) -> None:
    for name in KINDS:
        safetensors.numpy.save_file({"x": np.zeros(3, name)}, tmp_path / "x")
        with TensorFile(tmp_path / "x") as file:
            assert same({"x": file.read("x")}, {"x": np.zeros(3, name)})


def entry(dtype: str = "U8", shape: object = (4,), offsets: object = (0, 4)) -> dict[str, object]:
    return {"x": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


@pytest.mark.parametrize(
    ("header", "rest"),
    [
        ("", b""),
        ("{", b""),
        ("[" * 100_000, b""),
        ([], b""),
        (entry("F4"), b"1234"),
        (entry(shape=(5,)), b"1234"),
        (entry(shape=(2**40, 2**40)), b"1234"),
        (entry(shape=None), b"1234"),
        (entry(shape=(-4,)), b"1234"),
        (entry(offsets=(1, 5)), b"12345"),
        (entry(), b"123"),
        (entry(), b"12345"),
        (entry() | {"y": entry()["x"]}, b"1234"),
        ({"__metadata__": {"format": 2}}, b""),
    ],
)
def test_a_file_that_is_not_consistent_is_refused(
    tmp_path: Path, header: object, rest: bytes
) -> None:
    content = (header if isinstance(header, str) else json.dumps(header)).encode()
    (tmp_path / "x").write_bytes(len(content).to_bytes(8, "little") + content + rest)
    with pytest.raises(WRONG):
        TensorFile(tmp_path / "x")


def test_a_header_longer_than_the_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes((2**63).to_bytes(8, "little") + b"{}")
    with pytest.raises(ValueError, match="cut off"):
        TensorFile(tmp_path / "x")


def test_a_file_that_is_cut_off_while_it_is_open_is_an_error(path: Path) -> None:
    with path.open("wb") as written:
        write_tensors(written, {"x": np.zeros(100_000)}, {})
    with TensorFile(path) as file:
        os.truncate(path, 500_000)
        with pytest.raises(ValueError, match="ends within x"):
            file.read("x")

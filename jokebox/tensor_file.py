"""Tensors in a file, as safetensors lays them out: a header in JSON, and then their bytes.

Read and written here and not by that library: if memory is short, it ends the process; if it is
killed while it writes, it leaves a temporary file behind; and if a file is cut off while it is
mapped into memory, the process is killed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

KINDS = {
    "float32": "F32",
    "float64": "F64",
    "float16": "F16",
    "int64": "I64",
    "int32": "I32",
    "uint8": "U8",
}
TYPES = {kind: np.dtype(name) for name, kind in KINDS.items()}
MOST_HEADER = 100_000_000  # bytes, as in the library

Size = Annotated[int, Meta(ge=0, le=2**62)]


class Entry(msgspec.Struct, frozen=True):
    """A tensor in the header."""

    dtype: str
    shape: tuple[Size, ...]
    data_offsets: tuple[Size, Size]


class TensorFile:
    """A file that is open for reading, whose header is consistent.

    Raises ValueError or msgspec.ValidationError if it is not, OSError if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            self.metadata, self.entries, self._start = self._read_header()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> TensorFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, name: str) -> NDArray[Any]:
        """Read a tensor; raises ValueError if the file ends before it does."""
        entry = self.entries[name]
        tensor = np.empty(entry.shape, TYPES[entry.dtype])
        self._file.seek(self._start + entry.data_offsets[0])
        content = tensor.reshape(-1).view(np.uint8).data
        if self._file.readinto(content) != tensor.nbytes:
            raise ValueError(f"the file ends within {name}")
        return tensor

    def _read_header(self) -> tuple[dict[str, str], dict[str, Entry], int]:
        size = self._file.seek(0, 2)
        self._file.seek(0)
        length = int.from_bytes(self._file.read(8), "little")
        start = 8 + length
        if start > size or length > MOST_HEADER:
            raise ValueError("it is cut off, or no safetensors file")
        header = json.loads(self._file.read(length))
        if not isinstance(header, dict):
            raise ValueError("its header is no object")
        metadata = msgspec.convert(header.pop("__metadata__", {}), dict[str, str])
        entries = msgspec.convert(header, dict[str, Entry])
        end = 0
        for name, entry in sorted(entries.items(), key=lambda item: item[1].data_offsets):
            if entry.dtype not in TYPES:
                raise ValueError(f"{name} has the unknown type {entry.dtype}")
            nbytes = math.prod(entry.shape) * TYPES[entry.dtype].itemsize
            if entry.data_offsets != (end, end + nbytes):
                raise ValueError(f"{name} is not where its header says")
            end += nbytes
        if start + end != size:
            raise ValueError("it is cut off, or has too much at its end")
        return metadata, entries, start


def write_tensors(
    file: BinaryIO, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write contiguous `tensors` and `metadata`; raises OSError if that is not possible."""
    # aligned to their size, as every reader may expect
    ordered = sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0]))
    header: dict[str, object] = {"__metadata__": metadata}
    end = 0
    for name, tensor in ordered:
        begin, end = end, end + tensor.nbytes
        kind = KINDS[tensor.dtype.name]
        header[name] = {"dtype": kind, "shape": tensor.shape, "data_offsets": (begin, end)}
    content = json.dumps(header, ensure_ascii=False).encode()
    content += b" " * (-len(content) % 8)
    file.write(len(content).to_bytes(8, "little") + content)
    for _, tensor in ordered:
        file.write(tensor.data)

"""The file of a model: one safetensors file, in which nothing can run.

Its header holds the format, the metadata as JSON, and a SHA-256 over metadata and tensors. The
jokes that the model was trained on are in it too, as bytes: they are needed to tell a copied joke
from a new one, for scoring, and to resume a run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jokebox.errors import ModelError
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.corpus import Corpus
from jokebox.lm.text import sanitise
from jokebox.model_schema import (
    MOST_METADATA,
    WRONG,
    Metadata,
    check_state,
    check_weights,
    parse_corpus,
    parse_metadata,
)
from jokebox.tensor_file import TensorFile, write_tensors

FORMAT = 2  # 1 had no pointer; what it lacks has the defaults of the dataclasses
NESTED = ("model", "training", "plan", "tokenizer", "history")  # of a Checkpoint, written by hand
TENSORS = ("weights", "corpus")
WHY_LENGTH = 200  # characters of a reason, which may quote the file


class DamagedModelError(ModelError):
    """A model file that is cut off or altered, or says what no model can be."""

    def __init__(
        self, path: Path, why: str, hint: str = "Train the model again, or import a copy of it."
    ) -> None:
        why = shorten(sanitise(why), WHY_LENGTH, placeholder=" ...")
        super().__init__("a model file is damaged", f"{path}: {why}", hint)
        self.why = why


def write_model(
    path: Path, checkpoint: Checkpoint, state: Mapping[str, NDArray[Any]] | None = None
) -> None:
    """Write `checkpoint` to `path`, and the live tensors of a run that can be resumed.

    Raises OSError if the file cannot be written, ModelError if the model is too large to be read
    again. The tensors go straight to the disk, because making the bytes in memory first would hold
    up every other thread for as long as it takes.
    """
    tensors: dict[str, NDArray[Any]] = {
        f"weights.{name}": weight for name, weight in checkpoint.weights.items()
    }
    tensors |= {f"state.{name}": tensor for name, tensor in (state or {}).items()}
    tensors["corpus"] = np.frombuffer(_corpus_bytes(checkpoint.corpus), np.uint8)
    # safetensors stores memory as it lies: a transposed array would come back scrambled
    tensors = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    metadata = json.dumps(_metadata(checkpoint), ensure_ascii=False)
    if len(metadata) > MOST_METADATA:
        raise ModelError(
            "the model is too large for its file",
            f"{path}: {len(checkpoint.tokenizer.words):,} different words",
            "Train it on fewer jokes, or with another preset.",
        )
    header = {
        "format": str(FORMAT),
        "jokebox": metadata,
        "sha256": checksum(metadata, tensors),
    }
    with path.open("wb") as file:
        write_tensors(file, tensors, header)


def read_model(path: Path) -> tuple[Checkpoint, dict[str, NDArray[Any]]]:
    """Read the checkpoint in `path` and a run's live tensors, none if it cannot be resumed.

    Raises DamagedModelError if it was read and is not a model, ModelError if it is of a newer
    format or too large for the memory, OSError if it cannot be read now.
    """
    with _opened(path) as (file, metadata):
        tensors = {name: file.read(name) for name in file.entries}
        if file.metadata["sha256"] != checksum(file.metadata["jokebox"], tensors):
            raise ValueError("its content does not match its checksum")
        weights, state = _under("weights.", tensors), _under("state.", tensors)
        check_weights(weights)
        if state:
            check_state(metadata, state)
        checkpoint = Checkpoint(
            name=metadata.name,
            model=metadata.model,
            training=metadata.training,
            plan=metadata.plan,
            tokenizer=metadata.make_tokenizer(),
            weights=weights,
            corpus=parse_corpus(tensors["corpus"].tobytes()),
            step=metadata.step,
            seconds=metadata.seconds,
            created=metadata.created,
            versions=metadata.versions,
            history=metadata.make_history(),
            validation_bits_per_byte=metadata.validation_bits_per_byte,
            test_bits_per_byte=metadata.test_bits_per_byte,
            finished=metadata.finished,
        )
        return checkpoint, state


def read_metadata(path: Path) -> Metadata:
    """Read the metadata alone, and check that its tensors are there; raises as `read_model` does.

    What is in the tensors is not read, and the checksum is not compared.
    """
    with _opened(path) as (_, metadata):
        return metadata


@contextmanager
def _opened(path: Path) -> Iterator[tuple[TensorFile, Metadata]]:
    """Give the open file and its metadata; what is wrong with it becomes a ModelError."""
    try:
        with TensorFile(path) as file:
            _check_format(path, file.metadata["format"])
            metadata = parse_metadata(file.metadata["jokebox"])
            _check_tensors(file, metadata)
            yield file, metadata
    except WRONG as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise DamagedModelError(path, why) from None
    except MemoryError:
        raise ModelError(
            "there is too little memory for a model",
            str(path),
            "Close other programs, or open a smaller model.",
        ) from None


def _check_format(path: Path, version: str) -> None:
    if int(version) > FORMAT:
        raise ModelError(
            "this model was made by a newer jokebox",
            f"{path} has format {int(version)}, this jokebox reads up to {FORMAT}",
            "Upgrade jokebox; the file was left as it is.",
        )


def _check_tensors(file: TensorFile, metadata: Metadata) -> None:
    """Raise ValueError if the tensors are not those of the model, by their names and shapes."""
    wanted = {f"weights.{name}": shape for name, shape in metadata.weight_shapes().items()}
    there = [name for name in file.entries if not name.startswith("state.")]
    for name in {*wanted, "corpus"}.symmetric_difference(there):
        raise ValueError(f"{name} is {'unknown' if name in there else 'missing'}")
    for name, shape in wanted.items():
        entry = file.entries[name]
        if (entry.dtype, entry.shape) != ("F32", shape):
            raise ValueError(f"{name} is {entry.dtype} {entry.shape}, not F32 {shape}")
    if file.entries["corpus"].dtype != "U8":
        raise ValueError("its corpus is no text")


@lru_cache(maxsize=1)  # the same each time that a run is saved
def _corpus_bytes(corpus: Corpus) -> bytes:
    return json.dumps(dataclasses.asdict(corpus), ensure_ascii=False).encode()


def _metadata(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return the metadata of format 1, in which the history is four keys beside the others."""
    values = {
        f.name: getattr(checkpoint, f.name)
        for f in dataclasses.fields(checkpoint)
        if f.name not in (*NESTED, *TENSORS)
    }
    history = checkpoint.history
    return values | {
        "training_history": history.training,
        "validation_history": history.validation,
        "sample_prompt": history.prompt,
        "samples": history.samples,
        "model": dataclasses.asdict(checkpoint.model),
        "training": dataclasses.asdict(checkpoint.training),
        "plan": dataclasses.asdict(checkpoint.plan),
        "tokenizer": {"kind": checkpoint.tokenizer.kind, "words": checkpoint.tokenizer.words},
        "versions": dict(checkpoint.versions),
        # for lists of models, which read no tensors
        "parameters": checkpoint.parameters,
        "progress": checkpoint.progress,
        "corpora": (*checkpoint.corpus.earlier_names, *checkpoint.corpus.names),
        "fingerprint": checkpoint.corpus.fingerprint,
    }


def _under(prefix: str, tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def checksum(metadata: str, tensors: Mapping[str, NDArray[Any]]) -> str:
    """Return the SHA-256 of metadata and tensors, in hexadecimal digits."""
    sha256 = hashlib.sha256(metadata.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        sha256.update(f"{name} {tensor.dtype} {tensor.shape}".encode())
        sha256.update(np.ascontiguousarray(tensor).data)
    return sha256.hexdigest()

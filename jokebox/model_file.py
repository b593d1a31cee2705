"""The file of a model: one safetensors file, in which nothing can run.

Its header holds the format, the metadata as JSON, and a SHA-256 over metadata and tensors. The
jokes that the model was trained on are in it too, as bytes: they are needed to tell a copied joke
from a new one, for scoring, and to resume a run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from jokebox.errors import ModelError
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import ModelConfig, Plan, TrainingConfig
from jokebox.lm.corpus import Corpus
from jokebox.lm.history import History
from jokebox.lm.text import sanitise
from jokebox.lm.tokenizer import TOKENIZERS

FORMAT = 2  # 1 had no pointer; what it lacks has the defaults of the dataclasses
NESTED = ("model", "training", "plan", "tokenizer", "history")  # of a Checkpoint, written by hand
TENSORS = ("weights", "corpus")


class DamagedModelError(ModelError):
    """A model file that is cut off or altered."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__("a model file is damaged", f"{path}: {why}", "Train the model again.")


def write_model(
    path: Path, checkpoint: Checkpoint, state: Mapping[str, NDArray[Any]] | None = None
) -> None:
    """Write `checkpoint` to `path`, and the live tensors of a run that can be resumed.

    Raises OSError if the file cannot be written. It is written straight to the disk, because
    making the bytes in memory first would hold up every other thread for as long as it takes.
    """
    tensors: dict[str, NDArray[Any]] = {
        f"weights.{name}": weight for name, weight in checkpoint.weights.items()
    }
    tensors |= {f"state.{name}": tensor for name, tensor in (state or {}).items()}
    tensors["corpus"] = np.frombuffer(_corpus_bytes(checkpoint.corpus), np.uint8)
    # safetensors stores memory as it lies: a transposed array would come back scrambled
    tensors = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    metadata = json.dumps(_metadata(checkpoint), ensure_ascii=False)
    header = {
        "format": str(FORMAT),
        "jokebox": metadata,
        "sha256": _hash(metadata, tensors),
    }
    try:
        safetensors.numpy.save_file(tensors, path, metadata=header)
    except safetensors.SafetensorError as error:
        raise OSError(str(error)) from error


def read_model(path: Path) -> tuple[Checkpoint, dict[str, NDArray[Any]]]:
    """Read the checkpoint in `path` and a run's live tensors, none if it cannot be resumed.

    Raises ModelError if the file is of a newer format, DamagedModelError if it is damaged.
    """
    metadata = read_metadata(path)
    try:
        with safetensors.safe_open(path, framework="np") as file:
            header = file.metadata()
            tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise DamagedModelError(path, str(error)) from None
    if header["sha256"] != _hash(header["jokebox"], tensors):
        raise DamagedModelError(path, "its content does not match its checksum")
    try:
        corpus = json.loads(tensors.pop("corpus").tobytes())
        corpus = {key: tuple(v) if isinstance(v, list) else v for key, v in corpus.items()}
        checkpoint = Checkpoint(
            **_parse(metadata), weights=_under("weights.", tensors), corpus=Corpus(**corpus)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:  # not damaged, but no model
        raise DamagedModelError(path, f"something is missing in it: {error}") from None
    return checkpoint, _under("state.", tensors)


def read_metadata(path: Path) -> dict[str, Any]:
    """Read the metadata alone, without the tensors; raises as `read_model` does."""
    try:
        with safetensors.safe_open(path, framework="np") as file:
            header = file.metadata() or {}
        version, metadata = int(header["format"]), json.loads(header["jokebox"])
    except (safetensors.SafetensorError, OSError, ValueError, KeyError) as error:
        raise DamagedModelError(path, str(error)) from None
    if version > FORMAT:
        raise ModelError(
            "this model was made by a newer jokebox",
            f"{path} has format {version}, this jokebox reads up to {FORMAT}",
            "Upgrade jokebox; the file was left as it is.",
        )
    return dict(metadata)


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
        "corpora": checkpoint.corpus.names,
        "fingerprint": checkpoint.corpus.fingerprint,
    }


def _parse(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a checkpoint, text made safe to show: a file may come from anywhere."""
    tokenizer = metadata["tokenizer"]
    plain = {f.name for f in dataclasses.fields(Checkpoint)} - {*NESTED, *TENSORS}
    return {
        **{name: value for name, value in metadata.items() if name in plain},
        "history": History(
            prompt=sanitise(metadata["sample_prompt"]),
            training=tuple((step, value) for step, value in metadata["training_history"]),
            validation=tuple((step, value) for step, value in metadata["validation_history"]),
            samples=tuple((step, sanitise(text)) for step, text in metadata["samples"]),
        ),
        "model": ModelConfig(**metadata["model"]),
        "training": TrainingConfig(**metadata["training"]),
        "plan": Plan(**metadata["plan"]),
        "tokenizer": TOKENIZERS[tokenizer["kind"]](tuple(map(sanitise, tokenizer["words"]))),
    }


def _under(prefix: str, tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def _hash(metadata: str, tensors: Mapping[str, NDArray[Any]]) -> str:
    sha256 = hashlib.sha256(metadata.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        sha256.update(f"{name} {tensor.dtype} {tensor.shape}".encode())
        sha256.update(np.ascontiguousarray(tensor).data)
    return sha256.hexdigest()

"""A trained model, whole, and the one file it lives in.

The file is safetensors: nothing in it can run. Its header holds the metadata as JSON and a SHA-256
over metadata and tensors; the jokes it was trained on travel in it as bytes, for novelty checks,
for scoring and for resuming.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from jokebox.errors import ModelError
from jokebox.lm.config import ModelConfig, Plan, TrainingConfig
from jokebox.lm.corpus import Corpus
from jokebox.lm.text import sanitise
from jokebox.lm.tokenizer import TOKENIZERS, Tokenizer

FORMAT = 1
Point = tuple[int, float]  # step, bits per byte


@dataclass(frozen=True)
class Checkpoint:
    """A model as it was at one step of its training."""

    name: str
    model: ModelConfig
    training: TrainingConfig
    plan: Plan
    tokenizer: Tokenizer
    weights: Mapping[str, NDArray[np.float32]] = field(repr=False)
    corpus: Corpus = field(repr=False)
    step: int
    seconds: float
    created: str  # ISO 8601, UTC
    versions: Mapping[str, str]
    training_history: tuple[Point, ...] = ()
    validation_history: tuple[Point, ...] = ()
    sample_prompt: str = ""
    samples: tuple[tuple[int, str], ...] = ()
    validation_bits_per_byte: float | None = None
    test_bits_per_byte: float | None = None
    finished: bool = False

    @property
    def parameters(self) -> int:
        return sum(weight.size for weight in self.weights.values())

    @property
    def progress(self) -> float:
        """The share of its run that lies behind the model, 0 to 1."""
        last = self.training_history[-1][0] if self.training_history else self.step
        return 1.0 if self.finished else min(1.0, last / max(1, self.plan.steps))


def to_file(
    path: Path, checkpoint: Checkpoint, state: Mapping[str, NDArray[Any]] | None = None
) -> None:
    """Write `checkpoint`; `state` are the live tensors of a run that can be resumed.

    Raises OSError where it cannot be written. Other threads go on meanwhile: bytes in memory
    would hold them up for the time of a whole copy.
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


def from_file(path: Path) -> tuple[Checkpoint, dict[str, NDArray[Any]]]:
    """The checkpoint in `path` and the run's live tensors, empty where it is not to be resumed.

    Raises ModelError where the file is of a newer format; DamagedModelError where it is not whole.
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
    except (KeyError, TypeError, ValueError, AttributeError) as error:  # whole, but no model
        raise DamagedModelError(path, f"something is missing in it: {error}") from None
    return checkpoint, _under("state.", tensors)


def read_metadata(path: Path) -> dict[str, Any]:
    """The metadata alone, without reading the tensors; raises as `from_file` does."""
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


class DamagedModelError(ModelError):
    """A model file that is cut off or altered."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__("a model file is damaged", f"{path}: {why}", "Train the model again.")


@lru_cache(maxsize=1)  # the same each time that a run is saved
def _corpus_bytes(corpus: Corpus) -> bytes:
    return json.dumps(dataclasses.asdict(corpus), ensure_ascii=False).encode()


def _metadata(checkpoint: Checkpoint) -> dict[str, Any]:
    values = {
        f.name: getattr(checkpoint, f.name)
        for f in dataclasses.fields(checkpoint)
        if f.name not in ("weights", "corpus", "tokenizer", "model", "training", "plan")
    }
    return values | {
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
    """The fields of a checkpoint; text is made safe to show: a file may come from anywhere."""
    tokenizer = metadata["tokenizer"]
    histories = ("training_history", "validation_history")
    fields = {f.name for f in dataclasses.fields(Checkpoint)}
    return {
        **{name: value for name, value in metadata.items() if name in fields},
        **{name: tuple((step, value) for step, value in metadata[name]) for name in histories},
        "samples": tuple((step, sanitise(text)) for step, text in metadata["samples"]),
        "sample_prompt": sanitise(metadata["sample_prompt"]),
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

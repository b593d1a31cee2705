"""What a model file may say: types and bounds, checked before anything is made of it.

A file may come from anywhere, and a right checksum only says that it is as somebody wrote it. So
all of it is checked once, here, and no other part has to doubt a model. Each function raises one of
WRONG for a file that is not as it should be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from jokebox.errors import SettingsError
from jokebox.lm.checkpoint import LARGEST_WEIGHT, weight_shapes
from jokebox.lm.config import POINTER_MEMORY, ModelConfig, Plan, TrainingConfig
from jokebox.lm.corpus import Corpus
from jokebox.lm.history import History
from jokebox.lm.text import MAX_LENGTH, sanitise
from jokebox.lm.tokenizer import TOKENIZERS, Tokenizer, WordTokenizer

WRONG = (
    *(msgspec.ValidationError, SettingsError, RecursionError),
    *(ValueError, KeyError, TypeError, AttributeError, OverflowError),
)
MOST_METADATA = 16 * 2**20  # characters: the list of models reads them all
MOST_POINTS = 200_000  # of the training curve; a run has a tenth of them at most
MOST_EVALUATIONS = 10_000
MOST_HALVINGS = 100  # of the rate of a run

T = TypeVar("T")
Count = Annotated[int, Meta(ge=0, le=10**12)]
Bits = Annotated[float, Meta(ge=0)]  # a run that was never scored has infinity
Curve = tuple[tuple[Count, float], ...]
Samples = tuple[tuple[Count, str], ...]
Jokes = Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]


class Vocabulary(msgspec.Struct, frozen=True):
    """A tokenizer: its kind, one of TOKENIZERS, and its words."""

    kind: str
    words: tuple[str, ...]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """All of a model but its tensors. The history is four keys beside the others."""

    name: str
    model: ModelConfig
    training: TrainingConfig
    plan: Plan
    tokenizer: Vocabulary
    step: Count
    seconds: Annotated[float, Meta(ge=0, le=1e12)]
    created: str
    versions: dict[str, str]
    sample_prompt: str
    training_history: Annotated[Curve, Meta(max_length=MOST_POINTS)]
    validation_history: Annotated[Curve, Meta(max_length=MOST_EVALUATIONS)]
    samples: Annotated[Samples, Meta(max_length=MOST_EVALUATIONS)]
    validation_bits_per_byte: Bits | None = None
    test_bits_per_byte: Bits | None = None
    finished: bool = False
    # for lists of models, which read no tensors
    parameters: Count
    progress: Annotated[float, Meta(ge=0, le=1)]
    corpora: tuple[str, ...]
    fingerprint: str

    def make_tokenizer(self) -> Tokenizer:
        """Return the tokenizer that the vocabulary describes."""
        return TOKENIZERS[self.tokenizer.kind](self.tokenizer.words)

    def make_history(self) -> History:
        """Return the history of the run."""
        return History(
            self.sample_prompt, self.training_history, self.validation_history, self.samples
        )

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the weights that the file has to hold."""
        return weight_shapes(self.model, self.make_tokenizer().size)


class _Jokes(msgspec.Struct, frozen=True):
    """A corpus, none of whose parts is empty."""

    names: tuple[str, ...]
    training: Jokes
    validation: Jokes
    test: Jokes
    fingerprint: str
    dropped_empty: Count = 0
    dropped_duplicates: Count = 0
    notices: tuple[str, ...] = ()
    earlier_names: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()


def parse_metadata(text: str) -> Metadata:
    """Return the metadata in `text`, which is JSON."""
    if len(text) > MOST_METADATA:
        raise ValueError(f"{len(text):,} characters of metadata are more than {MOST_METADATA:,}")
    metadata = _convert(text, Metadata)
    if metadata.tokenizer.kind not in TOKENIZERS:
        raise ValueError(f"there is no tokenizer called {metadata.tokenizer.kind!r}")
    if not metadata.tokenizer.words and metadata.tokenizer.kind != WordTokenizer.kind:
        raise ValueError("its vocabulary is empty")  # only words can be spelled
    return metadata


def parse_corpus(content: bytes) -> Corpus:
    """Return the corpus in `content`, which is JSON."""
    return Corpus(**msgspec.structs.asdict(_convert(content, _Jokes)))


def check_weights(weights: Mapping[str, NDArray[Any]]) -> None:
    """Raise ValueError if a weight is not a number, or too large to compute with."""
    for name, weight in weights.items():
        if weight.size and not (weight.min() >= -LARGEST_WEIGHT and weight.max() <= LARGEST_WEIGHT):
            raise ValueError(f"{name} has values that no model has")


def check_state(metadata: Metadata, state: Mapping[str, NDArray[Any]]) -> None:
    """Raise one of WRONG if a run cannot continue from `state`.

    `Learner.save_state` and the loop say what each tensor is. A run that has not taken a step has
    neither an optimizer nor rows; one of jokebox 0.1.0 has no threads and no pointer's memory; only
    one that was rolled back has halvings.
    """
    known = _state_shapes(metadata, state)
    always = [name for name in known if name.startswith("network.")]
    for name in (*always, "rng", "losses", "place"):
        _ = state[name]
    for name, tensor in state.items():
        kind, shape = known[name]
        fits = len(shape) == tensor.ndim and all(
            wanted in (-1, size) for wanted, size in zip(shape, tensor.shape, strict=True)
        )
        if tensor.dtype != kind or not fits:
            raise ValueError(f"{name} cannot be {tensor.dtype} {tensor.shape}")
        if kind == "float32" and name != "losses" and not np.isfinite(tensor).all():
            raise ValueError(f"{name} has values that are no numbers")
    if state["place"].min() < 0 or state["place"][0] > metadata.plan.steps:
        raise ValueError(f"its place in the run cannot be {state['place'].tolist()}")
    if "halvings" in state and not 0 <= state["halvings"][0] <= MOST_HALVINGS:
        raise ValueError(f"its rate cannot have been halved {state['halvings'][0]} times")
    if "threads" in state:
        replace(metadata.plan, threads=int(state["threads"][0]))


def _state_shapes(
    metadata: Metadata, state: Mapping[str, NDArray[Any]]
) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the type and shape of every tensor that a state may have; -1 is any number."""
    weights, model = metadata.weight_shapes(), metadata.model
    shapes = {f"network.{name}": ("float32", shape) for name, shape in weights.items()}
    # AdamW has those that decay first, and then the biases
    ordered = sorted(weights.values(), key=lambda shape: len(shape) == 1)
    for i, shape in enumerate(ordered):
        shapes |= {
            f"optimizer.{i}.{name}": ("float32", shape) for name in ("exp_avg", "exp_avg_sq")
        }
        shapes[f"optimizer.{i}.step"] = ("float32", (1,))
    rows = state["h"].shape[1] if "h" in state and state["h"].ndim == 3 else -1
    carried = (model.layers, rows, model.hidden_size)
    memory = POINTER_MEMORY if model.pointer_size else 0
    return shapes | {
        "h": ("float32", carried),
        "c": ("float32", carried),
        "keys": ("float32", (memory, rows, model.pointer_size)),
        "ids": ("int64", (memory, rows)),
        "rng": ("uint8", (-1, -1)),
        "losses": ("float32", (-1,)),
        "threads": ("int64", (1,)),
        "place": ("int64", (3,)),
        "halvings": ("int64", (1,)),
    }


def _convert(content: str | bytes, kind: type[T]) -> T:
    """Return what `content` says, which is JSON, with every text in it made safe to show."""
    value = json.loads(content)
    msgspec.convert(value, kind)  # first, because cleaning what is refused could take long
    return msgspec.convert(_clean(value), kind)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return sanitise(value)[:MAX_LENGTH]
    if isinstance(value, list):
        return [_clean(part) for part in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(part) for name, part in value.items()}
    return value

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from jokebox import model_file
from jokebox.errors import ModelError
from jokebox.lm.config import ModelConfig
from jokebox.lm.history import History
from jokebox.lm.tokenizer import WhitespaceTokenizer
from jokebox.model_file import DamagedModelError, read_metadata, read_model, write_model
from tests import small


def test_a_model_is_read_back_from_its_file_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    for training in (small.QUICK, replace(small.QUICK, tokens="whitespace")):
        checkpoint = small.untrained(model=ModelConfig(2, 16, tied=False), training=training)
        write_model(path, checkpoint)
        loaded, state = read_model(path)
        assert replace(loaded, weights={}) == replace(checkpoint, weights={})
        assert loaded.weights.keys() == checkpoint.weights.keys()
        assert all(np.array_equal(loaded.weights[n], w) for n, w in checkpoint.weights.items())
        assert state == {}


def test_the_live_tensors_of_a_run_are_read_back_too(tmp_path: Path) -> None:
    path = tmp_path / "resume.safetensors"
    checkpoint = small.untrained()
    state = small.state(checkpoint)
    transposed = np.asfortranarray(state["network.lstm.weight_hh_l0"])
    write_model(path, checkpoint, state | {"network.lstm.weight_hh_l0": transposed})
    loaded = read_model(path)[1]
    assert loaded.keys() == state.keys()
    assert all(np.array_equal(loaded[name], tensor) for name, tensor in state.items())


def test_a_file_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_model(tmp_path / "nowhere" / "model.safetensors", small.untrained())


def test_the_metadata_can_be_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_model(path, small.untrained())
    metadata = read_metadata(path)
    assert metadata.corpora == ("small",)
    assert metadata.progress == pytest.approx(0.4)
    assert metadata.training_history == ((10, 3.0), (40, 2.0))


def test_terminal_codes_in_a_file_from_elsewhere_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    model = small.untrained(training=replace(small.QUICK, tokens="whitespace"))
    _, _, *rest = model.tokenizer.words
    hostile = replace(
        model,
        tokenizer=WhitespaceTokenizer(("\x1b[2Jowl", "cow\u202e", *rest)),
        history=History(prompt="Why\x07", samples=((0, "Why\x9b[/foo]"),)),
        created="now\x1b",
        corpus=replace(model.corpus, training=("A\x1bcow", "An owl")),
    )
    write_model(path, hostile)
    loaded, _ = read_model(path)
    assert loaded.tokenizer.words[:2] == ("[2Jowl", "cow")
    assert (loaded.created, loaded.corpus.training) == ("now", ("Acow", "An owl"))
    assert (loaded.history.prompt, loaded.history.samples) == ("Why", ((0, "Why[/foo]"),))


@pytest.mark.parametrize("at", [0, 8, 200, -40, -1])
def test_one_altered_byte_is_detected(tmp_path: Path, at: int) -> None:
    path = tmp_path / "model.safetensors"
    write_model(path, small.untrained())
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedModelError, match="damaged"):
        read_model(path)


@pytest.mark.parametrize("length", [0, 7, 100, 5000])
def test_a_file_cut_short_is_detected(tmp_path: Path, length: int) -> None:
    path = tmp_path / "model.safetensors"
    write_model(path, small.untrained())
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DamagedModelError):
        read_model(path)


def test_a_newer_format_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    header = {"format": "99", "jokebox": json.dumps({}), "sha256": ""}
    content = safetensors.numpy.save({"x": np.zeros(1)}, metadata=header)
    path.write_bytes(content)
    with pytest.raises(ModelError, match="newer jokebox"):
        read_model(path)
    assert path.read_bytes() == content


def test_a_safetensors_file_of_another_program_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors.numpy.save({"x": np.zeros(1)}))
    with pytest.raises(DamagedModelError):
        read_model(path)


@pytest.mark.parametrize("missing", ["tokenizer", "plan", "samples", "step"])
def test_an_undamaged_file_without_all_parts_of_a_model_is_refused(
    tmp_path: Path, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.safetensors"
    whole = model_file._metadata(small.untrained())
    monkeypatch.setattr(
        model_file, "_metadata", lambda _: {k: v for k, v in whole.items() if k != missing}
    )
    write_model(path, small.untrained())
    with pytest.raises(DamagedModelError, match=missing):
        read_model(path)

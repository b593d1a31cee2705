from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jokebox import snapshots
from jokebox.errors import ModelError
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.events import Evaluated, Event, Progress, Resumable
from jokebox.snapshots import (
    MOST,
    list_snapshots,
    load_snapshot,
    most_crowded,
    prune_snapshots,
    record_snapshots,
    remove_snapshots,
    snapshot_bytes,
    take_snapshot,
)
from jokebox.train.loop import Resume
from tests import small

MODEL = small.untrained()


def take(folder: Path, *steps: int, model: Checkpoint = MODEL) -> None:
    for step in steps:
        take_snapshot(folder, replace(model, step=step))


def steps(folder: Path, model: Checkpoint = MODEL) -> list[int]:
    return [snapshot.step for snapshot in list_snapshots(folder, model.created)]


def test_a_snapshot_is_the_model_of_that_step_in_half_precision(tmp_path: Path) -> None:
    large = dict(MODEL.weights) | {"output.bias": np.full_like(MODEL.weights["output.bias"], 1e5)}
    take(tmp_path, 0, model=replace(MODEL, weights=large))
    (snapshot,) = list_snapshots(tmp_path, MODEL.created)
    loaded = load_snapshot(MODEL, snapshot)
    assert (loaded.step, loaded.validation_bits_per_byte) == (0, 3.5)
    assert loaded.weights.keys() == MODEL.weights.keys()
    for name, weight in loaded.weights.items():
        assert weight.dtype == np.float32
        np.testing.assert_allclose(weight, large[name].clip(-65504, 65504), rtol=1e-3, atol=1e-6)
    assert snapshot.path.stat().st_size < 2.2 * MODEL.parameters + 3000
    assert snapshot_bytes(tmp_path) == snapshot.path.stat().st_size


def test_at_most_a_dozen_stay_the_first_and_last_among_them_spread_evenly(tmp_path: Path) -> None:
    take(tmp_path, *range(0, 1001, 20))
    kept = steps(tmp_path)
    assert len(kept) == MOST
    assert (kept[0], kept[-1]) == (0, 1000)
    gaps = np.diff(np.sqrt(kept))
    assert gaps.max() <= 3 * gaps.min()


def test_the_one_between_the_nearest_neighbours_goes_first() -> None:
    assert most_crowded([0, 100, 400, 441, 1600]) == 2


def test_runs_are_kept_apart_and_pruned_apart(tmp_path: Path) -> None:
    other = replace(MODEL, created="another/../run")
    take(tmp_path, 10)
    take(tmp_path, 20, model=other)
    assert (steps(tmp_path), steps(tmp_path, other)) == ([10], [20])
    prune_snapshots(tmp_path, [other.created])
    assert (steps(tmp_path), steps(tmp_path, other)) == ([], [20])
    remove_snapshots(tmp_path)
    remove_snapshots(tmp_path)
    assert snapshot_bytes(tmp_path) == len(list(tmp_path.iterdir())) == 0


@pytest.mark.parametrize(
    ("place", "why"), [(8, "is no object|Expecting|invalid|cut off|codec"), (-1, "checksum")]
)
def test_a_damaged_snapshot_is_refused(tmp_path: Path, place: int, why: str) -> None:
    take(tmp_path, 10)
    (snapshot,) = list_snapshots(tmp_path, MODEL.created)
    content = bytearray(snapshot.path.read_bytes())
    content[place] ^= 1
    snapshot.path.write_bytes(content)
    with pytest.raises(ModelError, match=rf"damaged.*({why})"):
        load_snapshot(MODEL, snapshot)


def test_a_snapshot_of_another_run_or_another_shape_is_refused(tmp_path: Path) -> None:
    take(tmp_path, 10)
    (snapshot,) = list_snapshots(tmp_path, MODEL.created)
    with pytest.raises(ModelError, match="of another run"):
        load_snapshot(replace(MODEL, created="later"), snapshot)
    with pytest.raises(ModelError, match="not those of this model"):
        load_snapshot(small.untrained(small.corpus(40)), snapshot)


def test_what_a_killed_process_has_left_is_swept(tmp_path: Path) -> None:
    take(tmp_path, 10)
    (snapshot,) = list_snapshots(tmp_path, MODEL.created)
    left = snapshot.path.with_name(".5.safetensors.1a2b3c4d")
    left.write_bytes(b"half")
    take(tmp_path, 20)
    assert not left.exists()
    assert steps(tmp_path) == [10, 20]


def test_a_full_disk_does_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(snapshots, "write_tensors", full)
    events: list[Event] = [
        Evaluated(40, 1.0, 2.5, True, "", MODEL),
        Evaluated(50, 1, 2, True, "", MODEL),
    ]
    assert list(record_snapshots(tmp_path, events)) == events
    assert steps(tmp_path) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_real_run_learns_the_same_bits_with_snapshots_also_when_resumed(tmp_path: Path) -> None:
    corpus = small.corpus()
    plain = small.trained(corpus)
    *_, resumable, _ended = record_snapshots(tmp_path, small.events(corpus, stop_at=15))
    assert isinstance(resumable, Resumable)
    before = steps(tmp_path, resumable.checkpoint)
    assert before[0] == 0
    *events, ended = record_snapshots(tmp_path, resumed(resumable))
    assert all((ended.checkpoint.weights[n] == w).all() for n, w in plain.weights.items())  # type: ignore[union-attr]
    assert ended.checkpoint.history.samples == plain.history.samples  # type: ignore[union-attr]
    kept = steps(tmp_path, resumable.checkpoint)
    assert set(before[:1]) < set(kept)
    assert set(kept) <= {step for step, _ in plain.history.samples}
    assert any(isinstance(event, Progress) for event in events)


def resumed(resumable: Resumable) -> Iterator[Event]:
    resume = Resume(resumable.checkpoint, resumable.state)
    return small.events(resumable.checkpoint.corpus, resume=resume)

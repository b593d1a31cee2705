"""One model trained by several processes, started as torchrun starts them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import distributed

from jokebox.errors import JokeboxError
from jokebox.lm.config import TrainingConfig
from jokebox.lm.events import Ended
from jokebox.model_file import read_model
from jokebox.train.loop import Resume
from jokebox.train.presets import PRESETS
from jokebox.train.ranks import Ranks
from tests import small
from tests.train.processes import start_ranks, train_ranks, wait

SHORT = replace(small.QUICK, epochs=2)
PLAIN = replace(small.QUICK, epochs=1, word_dropout=0.0, embedding_dropout=0.0, output_dropout=0.0)


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_learn_what_one_alone_would_have_learnt(ranks: int, tmp_path: Path) -> None:
    alone = small.trained(small.corpus(), PLAIN)
    together = train_ranks(ranks, tmp_path, PLAIN)  # 3 ranks share 4 rows unevenly
    for name, weight in alone.weights.items():
        # sums in another order differ in the last digits, and more where a gradient is nearly zero
        assert np.abs(together.weights[name] - weight).mean() < 1e-4, name
    for curve in ("training", "validation"):
        np.testing.assert_allclose(
            getattr(together.history, curve), getattr(alone.history, curve), atol=1e-3
        )


def test_a_stopped_run_resumed_with_as_many_ranks_ends_with_the_same_bits(tmp_path: Path) -> None:
    straight = train_ranks(2, tmp_path / "straight", SHORT)
    train_ranks(2, tmp_path / "halves", SHORT, stop_at=7)
    resume = Resume(*read_model(tmp_path / "halves" / "resume"))
    halves = train_ranks(2, tmp_path / "halves", SHORT)
    for name, weight in straight.weights.items():
        assert weight.tobytes() == halves.weights[name].tobytes()
    assert straight.history.training == halves.history.training
    # another number of ranks resumes it too, though not to the same bits
    ended = small.train(small.corpus(), SHORT, resume=resume)[-1]
    assert isinstance(ended, Ended)
    assert ended.how == "finished"


def test_ranks_of_different_speed_follow_the_plan_that_rank_0_fitted_to_the_time(
    tmp_path: Path,
) -> None:
    config = replace(small.QUICK, epochs=None, max_minutes=1)
    even = train_ranks(2, tmp_path / "even", config, ticks=(1.0, 1.0))
    uneven = train_ranks(2, tmp_path / "uneven", config, ticks=(1.0, 0.5))
    assert uneven.finished
    assert 1 < uneven.plan.steps == even.plan.steps
    # the learning rate follows from the plan: with plans of their own the ranks would drift apart
    for name, weight in even.weights.items():
        assert weight.tobytes() == uneven.weights[name].tobytes()


@pytest.mark.parametrize(
    ("config", "rows"),
    [(small.QUICK, 4), (replace(PRESETS["tutorial"].training, sequence_length=3), 3)],
    ids=["rows", "windows"],
)
def test_more_ranks_than_rows_are_refused(
    config: TrainingConfig, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "5")
    with pytest.raises(JokeboxError, match=f"5 ranks cannot share {rows} rows"):
        small.train(small.corpus(), config)


def test_rank_0_ends_after_another_rank_was_killed(tmp_path: Path) -> None:
    processes = start_ranks(2, tmp_path, replace(small.QUICK, epochs=900), save_always=True)
    while not (tmp_path / "resume").exists():
        time.sleep(0.01)
    processes[1].kill()
    assert wait(processes[0]) == 1
    read_model(tmp_path / "resume")  # what was saved is kept


def test_rank_0_does_not_wait_for_a_rank_that_never_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jokebox.train.ranks.MEETING", 0.1)
    store = distributed.HashStore()  # type: ignore[attr-defined]
    monkeypatch.setattr("jokebox.train.ranks.rendezvous", lambda url: iter([(store, 0, 2)]))
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(JokeboxError, match="1 of 2 are here"):
        small.train(small.corpus(), small.QUICK)


def test_each_row_is_read_by_exactly_one_rank() -> None:
    read = []
    for rank in range(3):
        world = Ranks()
        world.rank, world.size = rank, 3
        read.append(list(range(8))[world.rows(8)])
    assert read == [[0, 1], [2, 3, 4], [5, 6, 7]]

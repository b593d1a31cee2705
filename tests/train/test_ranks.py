"""One model trained by several processes, started as torchrun starts them."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jokebox.errors import JokeboxError
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import TrainingConfig
from jokebox.lm.events import Ended
from jokebox.model_file import read_model
from jokebox.train.loop import Resume
from jokebox.train.presets import PRESETS
from jokebox.train.ranks import Ranks
from tests import small

ROOT = Path(__file__).parents[2]
PLAIN = replace(small.QUICK, epochs=1, word_dropout=0.0, embedding_dropout=0.0, output_dropout=0.0)

RANK = """
import json, os, sys
from pathlib import Path
from threading import Event
sys.path.insert(0, sys.argv[1])
from jokebox.train import learner, loop
from jokebox.model_file import read_model, write_model
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.events import Ended, Progress, Resumable
from tests import small
if os.environ["RANK"] != "0":
    sys.exit(loop.assist())
learner.pick_precision = lambda device: "float32"
folder, stop_at, stop = Path(sys.argv[2]), int(sys.argv[3]), Event()
config = TrainingConfig(**json.loads(sys.argv[4]))
resume = folder / "resume"
origin = loop.Resume(*read_model(resume)) if resume.exists() else None
for event in loop.train(
    small.corpus(), ModelConfig(1, 16), config, name="small", stop=stop, resume=origin
):
    if isinstance(event, Progress) and event.step == stop_at:
        stop.set()
    if isinstance(event, Resumable):
        write_model(resume, event.checkpoint, event.state)
    if isinstance(event, Ended):
        write_model(folder / "model", event.checkpoint)
"""


def trained(
    ranks: int, folder: Path, config: TrainingConfig = small.QUICK, *, stop_at: int = -1
) -> Checkpoint:
    """What `ranks` processes make together; they go on where those before in `folder` stopped."""
    folder.mkdir(exist_ok=True)
    settings = json.dumps(dataclasses.asdict(config))
    command = [sys.executable, "-c", RANK, str(ROOT), str(folder), str(stop_at), settings]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = {"WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    world["CUDA_VISIBLE_DEVICES"] = ""
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=os.environ | world | {"RANK": str(rank)})
        for rank in range(ranks)
    ]
    assert [process.wait(timeout=100) for process in processes] == [0] * ranks
    return read_model(folder / "model")[0]


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_learn_what_one_alone_would_have_learnt(
    ranks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # in bfloat16, sums over fewer rows differ in the third digit
    monkeypatch.setattr("jokebox.train.learner.pick_precision", lambda device: "float32")
    alone = small.trained(small.corpus(), PLAIN)
    together = trained(ranks, tmp_path, PLAIN)  # 3 ranks share 4 rows unevenly
    for name, weight in alone.weights.items():
        np.testing.assert_allclose(together.weights[name], weight, atol=1e-4)
    for curve in ("training", "validation"):
        np.testing.assert_allclose(
            getattr(together.history, curve), getattr(alone.history, curve), atol=1e-4
        )


def test_a_stopped_run_goes_on_to_the_same_bits_with_as_many_ranks(tmp_path: Path) -> None:
    whole = trained(2, tmp_path / "whole")
    trained(2, tmp_path / "halves", stop_at=7)
    resume = Resume(*read_model(tmp_path / "halves" / "resume"))
    halves = trained(2, tmp_path / "halves")
    for name, weight in whole.weights.items():
        assert weight.tobytes() == halves.weights[name].tobytes()
    assert whole.history.training == halves.history.training
    # and with another number it goes on as well
    ended = small.train(small.corpus(), resume=resume)[-1]
    assert isinstance(ended, Ended)
    assert ended.how == "finished"


def test_ranks_keep_to_a_plan_that_was_fitted_to_the_time(tmp_path: Path) -> None:
    model = trained(2, tmp_path, replace(small.QUICK, epochs=None, max_minutes=0.05))
    assert model.finished
    assert model.plan.steps > 1


@pytest.mark.parametrize(
    ("config", "rows"),
    [(small.QUICK, 4), (replace(PRESETS["tutorial"].training, sequence_length=3), 3)],
    ids=["rows", "windows"],
)
def test_there_are_no_more_ranks_than_rows(
    config: TrainingConfig, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "5")
    with pytest.raises(JokeboxError, match=f"5 ranks cannot share {rows} rows"):
        small.train(small.corpus(), config)


def test_each_row_is_walked_by_one_rank() -> None:
    walked = []
    for rank in range(3):
        world = Ranks()
        world.rank, world.size = rank, 3
        walked.append(list(range(8))[world.rows(8)])
    assert walked == [[0, 1], [2, 3, 4], [5, 6, 7]]

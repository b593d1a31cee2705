from __future__ import annotations

import time

import pytest
import torch

from jokebox.train import threads
from jokebox.train.threads import CoreClock, free_threads, probe, suitable_threads


@pytest.mark.parametrize(
    ("threads", "share", "suitable"),
    [(2, 1.0, 2), (2, 0.9, 2), (2, 0.66, 1), (2, 0.25, 1), (1, 0.3, 1), (8, 0.5, 4), (8, 0.1, 1)],
)
def test_fewer_threads_are_used_if_they_do_not_get_their_cores(
    threads: int, share: float, suitable: int
) -> None:
    assert suitable_threads(threads, share) == suitable


def test_waiting_takes_no_share_of_a_core_and_work_does() -> None:
    clock = CoreClock()
    with clock:
        time.sleep(0.05)
    waiting = clock.share(1)
    with clock:
        sum(range(10**6))
    assert 3 * waiting < clock.share(1)  # other programs may take most of the core


def test_what_is_not_learning_does_not_count() -> None:
    clock = CoreClock()
    with clock:
        sum(range(10**6))
    time.sleep(0.5)
    assert clock.share(1) > 0.1


def test_a_clock_that_measured_nothing_finds_the_cores_free() -> None:
    assert CoreClock().share(2) == 1.0


def test_a_probe_finds_out_what_there_is() -> None:
    assert 0 < probe(1) < 1.5


def test_threads_are_given_back_after_a_timing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "probe", lambda count: 0.4)
    before = torch.get_num_threads()
    with free_threads(2):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)

"""Thousands of turns and hundreds of runs in one process: nothing grows."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jokebox.library import Library
from jokebox.lm.config import Manner
from jokebox.lm.generator import Generator
from jokebox.lm.novelty import Novelty
from jokebox.talk.archive import Archive
from jokebox.talk.conversation import Conversation
from tests import small
from tests.faults import campaign
from tests.faults.campaign import LONG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

TURNS_A_TALK = 50  # a talk keeps the state after each of its turns: another one begins from none
GROWTH = 30  # MB, between a fifth of the way and its end


def megabytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def soak(name: str, rounds: int, turn: Callable[[int], None]) -> None:
    """Do `turn` many times; what the process holds is the same after a fifth and at the end."""
    before: tuple[float, int, int] | None = None

    def case(number: int) -> int:
        nonlocal before
        turn(number)
        if number == rounds // 5:
            before = megabytes(), threading.active_count(), descriptors()
        return 0

    campaign.run(name, range(rounds), case)
    assert before is not None
    grown = megabytes() - before[0]
    print(f"{name}: {grown:+.1f} MB, threads {threading.active_count()}, files {descriptors()}")
    assert grown < GROWTH
    assert (threading.active_count(), descriptors()) == before[1:]


def test_talking_for_long_leaves_nothing_behind() -> None:
    checkpoint = small.fluent()
    archive = Archive()
    talk = Conversation(
        Generator(checkpoint), Novelty(checkpoint.corpus.training), Manner(word_limit=5, drafts=2)
    )
    recorder = archive.begin(talk)

    def turn(number: int) -> None:
        nonlocal recorder
        if number % TURNS_A_TALK == 0:
            talk.new_talk()
            recorder = archive.begin(talk)
        list(recorder.record(talk.say("Why did the cow", seed=number)))

    soak("turns", 10_000 if LONG else 60, turn)


def test_training_many_times_leaves_nothing_behind() -> None:
    corpus = small.corpus(20)
    config = replace(small.QUICK, epochs=1)

    def turn(number: int) -> None:
        list(Library().record("farm", small.events(corpus, config)))

    soak("runs", 200 if LONG else 3, turn)

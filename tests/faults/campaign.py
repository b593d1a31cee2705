"""What the fault campaigns share: their length, their seed, and the line that sums each up."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

LONG = os.environ.get("JOKEBOX_FAULTS") == "long"
SEED = int(os.environ.get("JOKEBOX_FAULTS_SEED", "1"))


def cases(short: int, long: int) -> range:
    """Return the numbers of the cases; each case is made from its number alone."""
    return range(SEED * 1_000_000, SEED * 1_000_000 + (long if LONG else short))


def some(population: Iterable[T], short: int) -> list[T]:
    """Return all of them in the long form, else so many, always the same ones."""
    everything = list(population)
    if LONG or short >= len(everything):
        return everything
    return random.Random(SEED).sample(everything, short)


def run(name: str, numbers: Iterable[T], case: Callable[[T], int]) -> None:
    """Run every case, print the line that sums them up, and fail if one did not survive.

    `case` returns how many things were lost, and raises if jokebox itself did not behave.
    """
    total = survived = losses = 0
    failed: list[str] = []
    for number in numbers:
        total += 1
        try:
            lost = case(number)
        except Exception as error:
            failed.append(f"{number}: {type(error).__name__}: {str(error)[:2000]}")
            continue
        survived += 1
        losses += lost
        if lost:
            failed.append(f"{number}: {lost} lost")
    print(f"\n{name}: cases {total}, survived {survived}, losses {losses}")
    assert not failed, "\n".join(failed[:20])

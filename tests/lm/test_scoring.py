from __future__ import annotations

from jokebox.lm.scoring import bits_per_byte


def test_bits_per_byte_count_the_end_of_each_joke_as_a_byte() -> None:
    assert bits_per_byte(30.0, ["four", "dück"]) == 30 / (5 + 6)
